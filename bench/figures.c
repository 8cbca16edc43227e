// SPDX-License-Identifier: Apache-2.0
#include "bench/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double median(double *values, size_t count) {
    qsort(values, count, sizeof(*values), compare);
    return values[count / 2];
}

int64_t wall_ns(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

err_t figures_print_json(json_t *document) {
    int failed = document == NULL || json_dumpf(document, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) != 0;
    printf("\n");
    json_decref(document);
    return failed ? err_set(ERR_MEMORY, "the figures could not be printed") : OK;
}

int figures_fail(const char *name, err_t err) {
    fprintf(stderr, "bench %s: %s: %s\n", name, err_text(err), err_detail());
    return 2;
}
