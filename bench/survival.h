// SPDX-License-Identifier: Apache-2.0
// Which single mistakes a key set survives without the NHS number and the UPN, by the origin of the name: of children
// whose details suffer the mistake, the share whose two records still share a slot.
#ifndef BENCH_SURVIVAL_H
#define BENCH_SURVIVAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "bench/mistakes.h"
#include "client/match_keys.h"

#define MISTAKES_MAX 16
#define ORIGINS 7

extern const char *const origin_names[ORIGINS];

struct survival_count {
    uint64_t suffered, survived, survived_sure;
};

struct survival {
    const struct match_set *set;
    struct survival_count cell[MISTAKES_MAX][ORIGINS];
};

// Of so many children of each origin.
err_t survival_measure(const struct match_set *set, size_t children, uint64_t seed, struct survival *out);

double survival_share(uint64_t part, uint64_t whole); // in percent
// The mean over the mistakes that everyone's details can suffer.
double survival_mean(const struct survival *survival, size_t origin);
// By how many points the worst origin's mean lies below the best's.
double survival_spread(const struct survival *survival);

#endif
