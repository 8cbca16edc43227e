// SPDX-License-Identifier: Apache-2.0
// What the index shows at GET /metrics: one field, one line of figures_measure and one row of the table a metric.
#ifndef INDEXD_FIGURES_H
#define INDEXD_FIGURES_H

#include <stddef.h>

#include "indexd/engine.h"
#include "proto/daemon_figures.h"

struct figures {
    struct daemon_figures daemon;
    double works, full, corrupt, unavailable; // 1 or 0
    uint64_t questions, children, changes, alerts;
    struct histogram_figures commit_seconds, commit_children;
    double waiting;
    uint64_t journal_records, journal_bytes;
    double disk_free, map_used, map_size; // no count of rows: one that stands still would tell that a child was known
    double scrubbed_s, swept_s;
    double signed_records, cosigned_records, cosigned_s, cosigning_behind;
    double feeds_fresh, feeds_total;
};

extern const struct metric_row figures_rows[];
extern const size_t figures_row_count;

// For struct daemon: `state` is a struct service, `figures` a struct figures whose `daemon` part is filled but for
// roster and descriptor.
void figures_measure(void *state, void *figures);

#endif
