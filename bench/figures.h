// SPDX-License-Identifier: Apache-2.0
// What the measuring programs share: medians, clocks, and how figures are printed.
#ifndef BENCH_FIGURES_H
#define BENCH_FIGURES_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define ROUNDS_MAX 101

// The upper of the two middle values where the count is even. Sorts in place.
double median(double *values, size_t count);

int64_t wall_ns(void); // CLOCK_MONOTONIC, which all processes of a machine share

// Prints and releases the document; NULL is ERR_MEMORY.
err_t figures_print_json(json_t *document);
// "bench NAME: reason" on stderr; returns the exit code.
int figures_fail(const char *name, err_t err);

#endif
