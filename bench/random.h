// SPDX-License-Identifier: Apache-2.0
// A small deterministic generator (splitmix64), so that a seed gives the same population on every machine.
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *random) {
    uint64_t z = random->state += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

// 0 .. below - 1
static inline uint32_t random_below(struct random *random, uint32_t below) {
    return (uint32_t)(((random_next(random) >> 32) * below) >> 32);
}

// [0, 1)
static inline double random_share(struct random *random) {
    return (double)(random_next(random) >> 11) * 0x1p-53;
}

#endif
