// SPDX-License-Identifier: Apache-2.0
// Latencies in buckets whose width grows with the value, after Gil Tene's HdrHistogram: every value is kept to within
// 1/128 of itself, from a microsecond to an hour.
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>
#include <stdio.h>

#define HISTOGRAM_SUB 128 // buckets for each doubling
#define HISTOGRAM_BUCKETS (HISTOGRAM_SUB * 34)

struct histogram { // zero-initialise
    uint64_t buckets[HISTOGRAM_BUCKETS];
    uint64_t count, sum, max; // microseconds
};

void histogram_add(struct histogram *histogram, int64_t us);
// The value that `share` (0..1) of all do not exceed; 0 of none.
double histogram_quantile(const struct histogram *histogram, double share);
double histogram_mean(const struct histogram *histogram);
// Lines of "share <TAB> microseconds", for plots: fine at the upper end.
void histogram_print(const struct histogram *histogram, FILE *out);

#endif
