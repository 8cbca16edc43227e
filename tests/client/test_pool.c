// SPDX-License-Identifier: Apache-2.0
#include "client/pool.h"

#include <criterion/criterion.h>
#include <pthread.h>

#include "tests/base/refusal.h"

#define JOBS 200

struct job {
    struct pool_job pool; // first
    size_t number, square;
};

static struct job jobs[JOBS];
static struct pool *pool;

static void square(struct pool_job *job) {
    struct job *self = (struct job *)job;
    self->square = self->number * self->number;
}

static void submit(size_t number, enum pool_order order) {
    jobs[number] = (struct job){.pool = {.run = square}, .number = number};
    pool_submit(pool, &jobs[number].pool, order);
}

static void end(void) {
    pool_free(pool);
}

TestSuite(pool, .fini = end);

static void run_all(size_t threads) {
    size_t taken = 0;
    assert_ok(pool_new(threads, &pool));
    for (size_t i = 0; i < JOBS; i++) {
        submit(i, POOL_LAST);
    }
    while (pool_take(pool, true) != NULL) {
        taken++;
    }
    cr_assert_eq(taken, JOBS);
    for (size_t i = 0; i < JOBS; i++) {
        cr_assert_eq(jobs[i].square, i * i);
    }
}

Test(pool, runs_every_job_once) {
    run_all(3);
}

Test(pool, runs_them_on_the_callers_thread_without_threads) {
    run_all(0);
}

Test(pool, has_nothing_to_give_when_nothing_is_under_way) {
    assert_ok(pool_new(2, &pool));
    cr_assert_null(pool_take(pool, true));
    cr_assert_null(pool_take(pool, false));
}

Test(pool, does_not_run_anything_for_a_caller_that_will_not_wait) {
    assert_ok(pool_new(0, &pool));
    submit(3, POOL_LAST);
    cr_assert_null(pool_take(pool, false));
    cr_assert_eq(jobs[3].square, 0);
}

Test(pool, keeps_the_order_and_lets_some_jobs_go_first) {
    assert_ok(pool_new(0, &pool));
    submit(1, POOL_LAST);
    submit(2, POOL_LAST);
    submit(3, POOL_FIRST);
    static const size_t expected[] = {3, 1, 2};
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(((struct job *)pool_take(pool, true))->number, expected[i]);
    }
}

static pthread_barrier_t both;

static void meet(struct pool_job *job) {
    (void)job;
    pthread_barrier_wait(&both);
}

Test(pool, works_on_several_jobs_at_a_time, .timeout = 20) {
    struct pool_job a = {.run = meet}, b = {.run = meet};
    cr_assert_eq(pthread_barrier_init(&both, NULL, 2), 0);
    assert_ok(pool_new(2, &pool));
    pool_submit(pool, &a, POOL_LAST);
    pool_submit(pool, &b, POOL_LAST);
    cr_assert_not_null(pool_take(pool, true), "each waits for the other");
    cr_assert_not_null(pool_take(pool, true));
    pthread_barrier_destroy(&both);
}

Test(pool, drops_what_has_not_begun_when_it_ends) {
    assert_ok(pool_new(0, &pool));
    submit(5, POOL_LAST);
    pool_free(pool);
    pool = NULL;
    cr_assert_eq(jobs[5].square, 0);
}

Test(pool, forgets_what_was_submitted_and_goes_on) {
    for (size_t threads = 0; threads <= 2; threads++) {
        assert_ok(pool_new(threads, &pool));
        for (size_t i = 0; i < JOBS; i++) {
            submit(i, POOL_LAST);
        }
        pool_cancel(pool);
        cr_assert_null(pool_take(pool, true));
        submit(7, POOL_LAST);
        cr_assert_eq(pool_take(pool, true), &jobs[7].pool);
        pool_free(pool);
    }
    pool = NULL;
}
