// SPDX-License-Identifier: Apache-2.0
#include "keys/keyholderd/figures.h"

const struct metric_row figures_rows[] = {
    DAEMON_METRICS,
    {"signpost_holder_elements_total", "", METRIC_COUNTER, FIGURE_AT(elements),
     "Blinded elements that were evaluated."},
};
const size_t figures_row_count = sizeof figures_rows / sizeof figures_rows[0];
