// SPDX-License-Identifier: Apache-2.0
// What a key holder shows at GET /metrics: one field, one line of holder_measure and one row of the table a metric.
#ifndef KEYS_KEYHOLDERD_FIGURES_H
#define KEYS_KEYHOLDERD_FIGURES_H

#include <stddef.h>

#include "proto/daemon_figures.h"

struct figures {
    struct daemon_figures daemon;
    uint64_t elements;
};

extern const struct metric_row figures_rows[];
extern const size_t figures_row_count;

#endif
