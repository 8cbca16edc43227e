// SPDX-License-Identifier: Apache-2.0
// A thread that takes out of the index what is not to be kept: what ended long enough ago, at start and whenever a
// quarter has begun, and what an agency fed of which all goes, as soon as that was signed (indexd/sweep.h).
#ifndef INDEXD_SWEEPER_H
#define INDEXD_SWEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "indexd/engine.h"

struct sweeper;

struct sweeper_setup {
    struct engine *engine;
    const struct wall_clock *clock;
    int64_t keep_days; // how long an involvement is kept after it lapsed or ended
    // Whether the index serves at this time. Where the clock leaps beyond what is in force, it must not take out what
    // has not lapsed: that would be for good.
    bool (*serves)(void *ctx, int64_t now_s);
    void *ctx;
};

// Engine and clock must outlive it. ERR_MEMORY.
err_t sweeper_start(const struct sweeper_setup *setup, struct sweeper **out);
void sweeper_wake(struct sweeper *sweeper); // there is a purge to be done
void sweeper_stop(struct sweeper *sweeper); // breaks off, to go on after the next start; NULL is harmless

#endif
