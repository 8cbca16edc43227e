// SPDX-License-Identifier: Apache-2.0
// How frequent the name of a given rank is, and the names beyond the lists.
#ifndef BENCH_NAME_CURVES_H
#define BENCH_NAME_CURVES_H

#include <stddef.h>

struct curve_point {
    double rank, share; // in any unit; between points the share runs straight on log-log paper
};

// Ends with a point of rank 0.
double curve_at(const struct curve_point *points, double rank);

struct syllables {
    const char *first, *second, *third; // lists separated by spaces; "-" stands for nothing
};

// The `index`-th combination, the first list running fastest. False when there are no more.
int syllables_name(const struct syllables *syllables, size_t index, char *out, size_t size);

#endif
