// SPDX-License-Identifier: Apache-2.0
// Counts, over an invented population, how many other children share each slot of a key set with each child.
#ifndef BENCH_CENSUS_H
#define BENCH_CENSUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "client/match_keys.h"

struct census_order {
    const struct match_set *set;
    size_t children;
    uint64_t seed;
    double second_forenames; // share of records that write a second forename down
};

// Strangers are scaled to a nation of 12 million children, for their number grows with it; brothers and sisters are
// not.
struct census_slot {
    double others;    // expected number of other children who share the slot
    double questions; // share of children with at least one
    bool dated;       // the slot holds the date of birth, so that the two figures below can be told
    double worst;     // others, for the name at the 99th percentile of children
    double most;      // others, for the commonest name
    uint32_t most_child;
};

struct census_result {
    struct census_slot slot[MAX_SLOTS];
    double false_yes, false_possibly; // share of questions about children of whom nothing is recorded
};

err_t census_run(const struct census_order *order, struct census_result *out);

#endif
