// SPDX-License-Identifier: Apache-2.0
// Linkage of one or two caseloads by the client's own match values, without the network: which pairs of children share
// a slot, and which of them carry the same truth label.
#ifndef BENCH_PAIRS_H
#define BENCH_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "client/caseload.h"

struct tally {
    uint64_t true_pairs, false_pairs;
};

struct pairs_result {
    size_t slot_count;
    struct tally slot[MAX_SLOTS]; // pairs that share this slot
    struct tally all, sure;       // pairs that share any slot; any sure one
    uint64_t expected;            // pairs that carry one label, rejected rows included
    // Children with at least one true partner (in the other file where there are two), and those that find one.
    uint64_t with_partner, finding_partner;
    // Each child of the asking file as one question: what it hears, and whether a child of its label is among what
    // matched.
    struct tally yes, possibly;
    uint64_t no, not_asked; // not asked: its rows were rejected
};

struct pairs_order {
    const char *path_a, *path_b; // path_b NULL: the pairs within A
    const struct match_set *set;
    bool without_id; // as if no row had an NHS number or a UPN
};

err_t pairs_count(const struct pairs_order *order, struct pairs_result *out);

#endif
