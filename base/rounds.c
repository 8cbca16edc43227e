// SPDX-License-Identifier: Apache-2.0
#include "base/rounds.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/thread.h"

struct rounds {
    struct rounds_setup setup;
    atomic_bool stop;
    bool woken; // under the lock
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
};

static void rest(struct rounds *rounds) {
    struct timespec until;
    int code = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += rounds->setup.rest_s;
    (void)pthread_mutex_lock(&rounds->lock);
    while (!rounds->woken && code == 0) {
        code = pthread_cond_timedwait(&rounds->changed, &rounds->lock, &until);
    }
    rounds->woken = false;
    (void)pthread_mutex_unlock(&rounds->lock);
}

static void *rounds_main(void *ctx) {
    struct rounds *rounds = ctx;
    if (rounds->setup.stands_back) {
        thread_stand_back();
    }
    while (!atomic_load(&rounds->stop)) {
        rounds->setup.round(rounds->setup.ctx, &rounds->stop);
        rest(rounds);
    }
    return NULL;
}

static void rounds_free(struct rounds *rounds) {
    (void)pthread_cond_destroy(&rounds->changed);
    (void)pthread_mutex_destroy(&rounds->lock);
    free(rounds);
}

err_t rounds_start(const struct rounds_setup *setup, struct rounds **out) {
    struct rounds *rounds = calloc(1, sizeof *rounds);
    if (rounds == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    rounds->setup = *setup;
    pthread_condattr_t monotonic; // a clock that is set back must not make anything wait
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&rounds->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    (void)pthread_mutex_init(&rounds->lock, NULL);
    err_t err = thread_start(setup->name, rounds_main, rounds, &rounds->thread);
    if (err != OK) {
        rounds_free(rounds);
        return err;
    }
    *out = rounds;
    return OK;
}

void rounds_wake(struct rounds *rounds) {
    (void)pthread_mutex_lock(&rounds->lock);
    rounds->woken = true;
    (void)pthread_cond_signal(&rounds->changed);
    (void)pthread_mutex_unlock(&rounds->lock);
}

void rounds_stop(struct rounds *rounds) {
    if (rounds == NULL) {
        return;
    }
    atomic_store(&rounds->stop, true);
    rounds_wake(rounds);
    (void)pthread_join(rounds->thread, NULL);
    rounds_free(rounds);
}
