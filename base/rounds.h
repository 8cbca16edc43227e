// SPDX-License-Identifier: Apache-2.0
// A thread that does a round of work, rests, and does the next, until it is stopped: for what goes on beside the
// requests. Any thread may wake it or, once, stop it.
#ifndef BASE_ROUNDS_H
#define BASE_ROUNDS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct rounds;

struct rounds_setup {
    const char *name;                                  // of the thread (base/thread.h)
    int64_t rest_s;                                    // between two rounds, on the monotonic clock
    bool stands_back;                                  // nobody waits for it
    void (*round)(void *ctx, const atomic_bool *stop); // returns soon when `stop` is set
    void *ctx;
};

// The first round begins at once. ERR_MEMORY.
err_t rounds_start(const struct rounds_setup *setup, struct rounds **out);
// The next round begins now, or as soon as this one is over.
void rounds_wake(struct rounds *rounds);
// Returns when the round is over, and frees; NULL is harmless.
void rounds_stop(struct rounds *rounds);

#endif
