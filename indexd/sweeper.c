// SPDX-License-Identifier: Apache-2.0
#include "indexd/sweeper.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/rounds.h"
#include "indexd/decide.h"

#define DAY_S 86400
#define LOOK_S 60 // how often it looks whether a quarter has begun, and tries again what failed

struct sweeper {
    struct sweeper_setup setup;
    uint16_t swept; // the quarter for which all was swept
    bool told;      // that nothing is swept
    struct rounds *rounds;
};

static void log_end(err_t err, const atomic_bool *stop, uint64_t removed, const char *what) {
    if (err == OK && removed > 0) {
        log_line(LOG_NOTICE, "%s: removed %llu entries", what, (unsigned long long)removed);
    } else if (err != OK && !atomic_load(stop)) {
        log_err(err, "%s", what);
    }
}

static void purge(struct sweeper *sweeper, const atomic_bool *stop) {
    uint64_t removed = 0;
    err_t err = engine_purge(sweeper->setup.engine, stop, &removed);
    log_end(err, stop, removed, "purging an agency");
}

// An involvement lapses at the end of a quarter, so that in between nothing new is to be found.
static void sweep_quarter(struct sweeper *sweeper, const atomic_bool *stop) {
    const int64_t now_s = clock_now_s(sweeper->setup.clock);
    uint16_t quarter = quarter_of_day(now_s / DAY_S);
    uint64_t removed = 0;
    if (quarter == sweeper->swept) {
        return;
    }
    if (!sweeper->setup.serves(sweeper->setup.ctx, now_s)) {
        if (!sweeper->told) {
            log_line(LOG_WARNING, "nothing is swept: the roster or the descriptor has ended, or the clock is wrong");
        }
        sweeper->told = true;
        return;
    }
    sweeper->told = false;
    err_t err = engine_sweep(sweeper->setup.engine, sweeper->setup.keep_days, stop, &removed);
    log_end(err, stop, removed, "sweeping what is kept no longer");
    sweeper->swept = err == OK ? quarter : sweeper->swept;
}

static void purge_and_sweep(void *ctx, const atomic_bool *stop) {
    purge(ctx, stop);
    sweep_quarter(ctx, stop);
}

err_t sweeper_start(const struct sweeper_setup *setup, struct sweeper **out) {
    struct sweeper *sweeper = calloc(1, sizeof *sweeper);
    if (sweeper == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    sweeper->setup = *setup;
    const struct rounds_setup rounds = {"sweeper", LOOK_S, true, purge_and_sweep, sweeper};
    err_t err = rounds_start(&rounds, &sweeper->rounds);
    if (err != OK) {
        free(sweeper);
        return err;
    }
    *out = sweeper;
    return OK;
}

void sweeper_wake(struct sweeper *sweeper) {
    rounds_wake(sweeper->rounds);
}

void sweeper_stop(struct sweeper *sweeper) {
    if (sweeper != NULL) {
        rounds_stop(sweeper->rounds);
        free(sweeper);
    }
}
