// SPDX-License-Identifier: Apache-2.0
#include "indexd/indexctl/making.h"

static const char *const records = "records of the journal";
static const char *const rows = "rows";

static void step(struct making *making, const char *unit, size_t done, size_t total) {
    if (making->bar.unit != unit) {
        progress_bar_end(&making->bar);
        progress_bar_or_lines_begin(&making->bar, unit);
    }
    progress_step(progress_bar_step(&making->bar), done, total);
}

static void step_reading(void *ctx, size_t done, size_t total) {
    step(ctx, records, done, total);
}

static void step_writing(void *ctx, size_t done, size_t total) {
    step(ctx, rows, done, total);
}

void making_begin(struct making *making, struct engine_settings *settings) {
    *making = (struct making){0};
    settings->reading = (struct progress){.step = step_reading, .ctx = making};
    settings->writing = (struct progress){.step = step_writing, .ctx = making};
}

void making_end(struct making *making) {
    progress_bar_end(&making->bar);
}
