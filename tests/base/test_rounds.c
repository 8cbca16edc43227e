// SPDX-License-Identifier: Apache-2.0
#include "base/rounds.h"

#include <criterion/criterion.h>
#include <semaphore.h>
#include <sys/resource.h>

#include "tests/base/refusal.h"

#define FOR_EVER 1000000 // seconds: no test takes as long

struct work {
    sem_t begun, go_on;
    unsigned done;
    int priority;
    bool saw_stop;
};

static void begin(struct work *work) {
    *work = (struct work){0};
    (void)sem_init(&work->begun, 0, 0);
    (void)sem_init(&work->go_on, 0, 0);
}

// Each round tells that it has begun and waits until it may end.
static void do_work(void *ctx, const atomic_bool *stop) {
    struct work *work = ctx;
    (void)stop;
    work->priority = getpriority(PRIO_PROCESS, 0);
    (void)sem_post(&work->begun);
    (void)sem_wait(&work->go_on);
    work->done++;
}

static struct rounds *start(struct work *work, int64_t rest_s, bool stands_back) {
    const struct rounds_setup setup = {"work", rest_s, stands_back, do_work, work};
    struct rounds *rounds = NULL;
    begin(work);
    assert_ok(rounds_start(&setup, &rounds));
    (void)sem_wait(&work->begun);
    return rounds;
}

static void tell(void *ctx, const atomic_bool *stop) {
    struct work *work = ctx;
    (void)stop;
    (void)sem_post(&work->begun);
}

Test(rounds, begin_at_once_and_again_after_each_rest) {
    struct work work;
    begin(&work);
    const struct rounds_setup setup = {"work", 0, false, tell, &work};
    struct rounds *rounds = NULL;
    assert_ok(rounds_start(&setup, &rounds));
    for (int i = 0; i < 3; i++) {
        (void)sem_wait(&work.begun);
    }
    rounds_stop(rounds);
}

Test(rounds, begin_when_they_are_woken) {
    struct work work;
    struct rounds *rounds = start(&work, FOR_EVER, false);
    (void)sem_post(&work.go_on);
    rounds_wake(rounds);
    (void)sem_wait(&work.begun);
    (void)sem_post(&work.go_on);
    rounds_stop(rounds); // while it rests, or just before
    cr_assert_eq(work.done, 2);
}

Test(rounds, one_that_is_woken_while_it_runs_is_followed_by_one_more) {
    struct work work;
    struct rounds *rounds = start(&work, FOR_EVER, false);
    rounds_wake(rounds);
    rounds_wake(rounds);
    (void)sem_post(&work.go_on);
    (void)sem_wait(&work.begun);
    (void)sem_post(&work.go_on);
    rounds_stop(rounds);
    cr_assert_eq(work.done, 2);
}

static void wait_for_stop(void *ctx, const atomic_bool *stop) {
    struct work *work = ctx;
    (void)sem_post(&work->begun);
    while (!atomic_load(stop)) {
    }
    work->saw_stop = true;
}

Test(rounds, one_that_runs_hears_of_the_stop_and_is_the_last) {
    struct work work;
    begin(&work);
    const struct rounds_setup setup = {"work", 0, false, wait_for_stop, &work};
    struct rounds *rounds = NULL;
    assert_ok(rounds_start(&setup, &rounds));
    (void)sem_wait(&work.begun);
    rounds_stop(rounds);
    cr_assert(work.saw_stop);
    rounds_stop(NULL);
}

Test(rounds, stand_back_where_nobody_waits_for_them) {
    struct work work;
    const int own = getpriority(PRIO_PROCESS, 0);
    for (int i = 0; i < 2; i++) {
        struct rounds *rounds = start(&work, FOR_EVER, i == 1);
        cr_assert_eq(work.priority, i == 1 ? 10 : own);
        (void)sem_post(&work.go_on);
        rounds_stop(rounds);
        cr_assert_eq(work.done, 1);
    }
}
