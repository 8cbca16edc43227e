// SPDX-License-Identifier: Apache-2.0
// The truth labels of a caseload CSV: every ref of the file with its entity, rejected rows included, so that what
// matching refuses counts as missed.
#ifndef BENCH_LABELS_H
#define BENCH_LABELS_H

#include <stddef.h>

#include "base/err.h"

struct label {
    char *ref, *entity;
};

struct labels {
    struct label *label; // sorted by ref; one for each ref
    size_t count;
};

// ERR_INPUT when a readable row has no entity.
err_t labels_load(const char *path, struct labels *out);
const struct label *labels_find(const struct labels *labels, const char *ref); // NULL when unknown
void labels_free(struct labels *labels);

#endif
