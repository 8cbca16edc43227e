// SPDX-License-Identifier: Apache-2.0
#include "indexd/scrubber.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/thread.h"

#define DAY_S 86400
#define LOOK_S 60 // how often it looks whether the day has changed

struct scrubber {
    struct engine *engine;
    const struct wall_clock *clock;
    int64_t day; // of the last run
    atomic_bool stop;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    pthread_t thread;
};

static int64_t today(const struct scrubber *scrubber) {
    return clock_now_s(scrubber->clock) / DAY_S;
}

static void scrub(struct scrubber *scrubber) {
    scrubber->day = today(scrubber);
    err_t err = engine_scrub(scrubber->engine, &scrubber->stop);
    if (err == OK) {
        log_line(LOG_NOTICE, "the index was read through: every row and every record is whole");
    } else if (!atomic_load(&scrubber->stop)) {
        log_err(err, "reading the index through");
    }
}

static void rest(struct scrubber *scrubber) {
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LOOK_S;
    (void)pthread_mutex_lock(&scrubber->lock);
    if (!atomic_load(&scrubber->stop)) {
        (void)pthread_cond_timedwait(&scrubber->woken, &scrubber->lock, &until);
    }
    (void)pthread_mutex_unlock(&scrubber->lock);
}

static void *scrubber_main(void *ctx) {
    struct scrubber *scrubber = ctx;
    thread_stand_back();
    while (!atomic_load(&scrubber->stop)) {
        if (today(scrubber) != scrubber->day) {
            scrub(scrubber);
        }
        rest(scrubber);
    }
    return NULL;
}

static void scrubber_free(struct scrubber *scrubber) {
    (void)pthread_cond_destroy(&scrubber->woken);
    (void)pthread_mutex_destroy(&scrubber->lock);
    free(scrubber);
}

err_t scrubber_start(struct engine *engine, const struct wall_clock *clock, bool now, struct scrubber **out) {
    struct scrubber *scrubber = calloc(1, sizeof *scrubber);
    if (scrubber == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    scrubber->engine = engine;
    scrubber->clock = clock;
    scrubber->day = now ? -1 : today(scrubber);
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&scrubber->woken, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    (void)pthread_mutex_init(&scrubber->lock, NULL);
    err_t err = thread_start("scrubber", scrubber_main, scrubber, &scrubber->thread);
    if (err != OK) {
        scrubber_free(scrubber);
        return err;
    }
    *out = scrubber;
    return OK;
}

void scrubber_stop(struct scrubber *scrubber) {
    if (scrubber == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&scrubber->lock);
    atomic_store(&scrubber->stop, true);
    (void)pthread_cond_signal(&scrubber->woken);
    (void)pthread_mutex_unlock(&scrubber->lock);
    (void)pthread_join(scrubber->thread, NULL);
    scrubber_free(scrubber);
}
