// SPDX-License-Identifier: Apache-2.0
#include "indexd/sweeper.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/thread.h"
#include "indexd/decide.h"

#define DAY_S 86400
#define LOOK_S 60 // how often it looks whether a quarter has begun, and tries again what failed

struct sweeper {
    struct sweeper_setup setup;
    uint16_t swept; // the quarter for which all was swept
    bool told;      // that nothing is swept
    atomic_bool stop;
    bool woken; // under the lock
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
};

static void log_end(struct sweeper *sweeper, err_t err, uint64_t removed, const char *what) {
    if (err == OK && removed > 0) {
        log_line(LOG_NOTICE, "%s: removed %llu entries", what, (unsigned long long)removed);
    } else if (err != OK && !atomic_load(&sweeper->stop)) {
        log_err(err, "%s", what);
    }
}

static void purge(struct sweeper *sweeper) {
    uint64_t removed = 0;
    err_t err = engine_purge(sweeper->setup.engine, &sweeper->stop, &removed);
    log_end(sweeper, err, removed, "purging an agency");
}

// An involvement lapses at the end of a quarter, so that in between nothing new is to be found.
static void sweep_quarter(struct sweeper *sweeper) {
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
    err_t err = engine_sweep(sweeper->setup.engine, sweeper->setup.keep_days, &sweeper->stop, &removed);
    log_end(sweeper, err, removed, "sweeping what is kept no longer");
    sweeper->swept = err == OK ? quarter : sweeper->swept;
}

static void rest(struct sweeper *sweeper) {
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LOOK_S;
    (void)pthread_mutex_lock(&sweeper->lock);
    if (!sweeper->woken && !atomic_load(&sweeper->stop)) {
        (void)pthread_cond_timedwait(&sweeper->changed, &sweeper->lock, &until);
    }
    sweeper->woken = false;
    (void)pthread_mutex_unlock(&sweeper->lock);
}

static void *sweeper_main(void *ctx) {
    struct sweeper *sweeper = ctx;
    thread_stand_back();
    while (!atomic_load(&sweeper->stop)) {
        purge(sweeper);
        sweep_quarter(sweeper);
        rest(sweeper);
    }
    return NULL;
}

static void sweeper_free(struct sweeper *sweeper) {
    (void)pthread_cond_destroy(&sweeper->changed);
    (void)pthread_mutex_destroy(&sweeper->lock);
    free(sweeper);
}

err_t sweeper_start(const struct sweeper_setup *setup, struct sweeper **out) {
    struct sweeper *sweeper = calloc(1, sizeof *sweeper);
    if (sweeper == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    sweeper->setup = *setup;
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&sweeper->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    (void)pthread_mutex_init(&sweeper->lock, NULL);
    err_t err = thread_start("sweeper", sweeper_main, sweeper, &sweeper->thread);
    if (err != OK) {
        sweeper_free(sweeper);
        return err;
    }
    *out = sweeper;
    return OK;
}

static void wake(struct sweeper *sweeper, bool stops) {
    (void)pthread_mutex_lock(&sweeper->lock);
    sweeper->woken = true;
    if (stops) {
        atomic_store(&sweeper->stop, true);
    }
    (void)pthread_cond_signal(&sweeper->changed);
    (void)pthread_mutex_unlock(&sweeper->lock);
}

void sweeper_wake(struct sweeper *sweeper) {
    wake(sweeper, false);
}

void sweeper_stop(struct sweeper *sweeper) {
    if (sweeper == NULL) {
        return;
    }
    wake(sweeper, true);
    (void)pthread_join(sweeper->thread, NULL);
    sweeper_free(sweeper);
}
