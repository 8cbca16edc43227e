// SPDX-License-Identifier: Apache-2.0
// The single mistakes that records make about a child, each by name.
#ifndef BENCH_MISTAKES_H
#define BENCH_MISTAKES_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/people.h"

struct mistake {
    const char *name;
    // Alters the person; false where this child's details cannot suffer it (no second forename, no diacritics).
    bool (*make)(struct person *person, const struct name_model *names, struct random *random);
    bool anyone; // every child's details can: such mistakes are compared between origins
};

extern const struct mistake mistakes[];
extern const size_t mistake_count;

#endif
