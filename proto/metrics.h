// SPDX-License-Identifier: Apache-2.0
// A daemon's figures as Prometheus' text format (version 0.0.4). A table describes a struct of figures, one row a
// metric; rows of one name with other labels follow one another.
//
// No metric may tell about a child or a person: no identity, agency, reference, token or answer stands in a name or a
// label, and labels take their values from tables in the program alone.
#ifndef PROTO_METRICS_H
#define PROTO_METRICS_H

#include <stddef.h>

#include "base/bytes.h"
#include "proto/histogram.h"

enum metric_kind {
    METRIC_COUNTER,   // uint64_t, only rises
    METRIC_GAUGE,     // double
    METRIC_HISTOGRAM, // struct histogram_figures
};

struct metric_row {
    const char *name;
    const char *labels; // "", or such as "feed=\"fresh\""
    enum metric_kind kind;
    size_t at;        // of the field in the struct of figures
    const char *help; // of a name's first row: one sentence
};

void metrics_write(const struct metric_row *rows, size_t count, const void *figures, struct buf *out);

// The parts, for what is no row of a table.
void metrics_put_head(const char *name, enum metric_kind kind, const char *help, struct buf *out);
void metrics_put_count(const char *name, const char *labels, uint64_t value, struct buf *out);
void metrics_put_gauge(const char *name, const char *labels, double value, struct buf *out);
void metrics_put_histogram(const char *name, const char *labels, const struct histogram_figures *figures,
                           struct buf *out);

#endif
