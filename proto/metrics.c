// SPDX-License-Identifier: Apache-2.0
#include "proto/metrics.h"

#include <inttypes.h>
#include <string.h>

static const char *const kinds[] = {
    [METRIC_COUNTER] = "counter",
    [METRIC_GAUGE] = "gauge",
    [METRIC_HISTOGRAM] = "histogram",
};

void metrics_put_head(const char *name, enum metric_kind kind, const char *help, struct buf *out) {
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kinds[kind]);
}

static void put_name(const char *name, const char *labels, struct buf *out) {
    const bool some = labels[0] != '\0';
    buf_printf(out, "%s%s%s%s ", name, some ? "{" : "", labels, some ? "}" : "");
}

void metrics_put_count(const char *name, const char *labels, uint64_t value, struct buf *out) {
    put_name(name, labels, out);
    buf_printf(out, "%" PRIu64 "\n", value);
}

void metrics_put_gauge(const char *name, const char *labels, double value, struct buf *out) {
    put_name(name, labels, out);
    buf_printf(out, "%.15g\n", value);
}

// Each bucket counts all up to its bound; the last, all there are.
void metrics_put_histogram(const char *name, const char *labels, const struct histogram_figures *figures,
                           struct buf *out) {
    const char *comma = labels[0] == '\0' ? "" : ",";
    uint64_t so_far = 0;
    for (size_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
        so_far += figures->counts[i];
        buf_printf(out, "%s_bucket{%s%sle=\"%g\"} %" PRIu64 "\n", name, labels, comma,
                   (double)figures->scale->bounds[i] * figures->scale->unit, so_far);
    }
    so_far += figures->counts[HISTOGRAM_BOUNDS];
    buf_printf(out, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n%s_sum", name, labels, comma, so_far, name);
    put_name("", labels, out);
    buf_printf(out, "%.15g\n%s_count", (double)figures->sum * figures->scale->unit, name);
    put_name("", labels, out);
    buf_printf(out, "%" PRIu64 "\n", so_far);
}

static void put_row(const struct metric_row *row, const void *figures, struct buf *out) {
    const void *field = (const char *)figures + row->at;
    switch (row->kind) {
    case METRIC_COUNTER:
        metrics_put_count(row->name, row->labels, *(const uint64_t *)field, out);
        return;
    case METRIC_GAUGE:
        metrics_put_gauge(row->name, row->labels, *(const double *)field, out);
        return;
    case METRIC_HISTOGRAM:
        metrics_put_histogram(row->name, row->labels, field, out);
        return;
    }
}

void metrics_write(const struct metric_row *rows, size_t count, const void *figures, struct buf *out) {
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(rows[i].name, rows[i - 1].name) != 0) {
            metrics_put_head(rows[i].name, rows[i].kind, rows[i].help, out);
        }
        put_row(&rows[i], figures, out);
    }
}
