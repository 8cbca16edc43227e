// SPDX-License-Identifier: Apache-2.0
// When the sweeper may take out what has lapsed: never at a time at which the index does not serve.
#include "indexd/sweeper.h"

#include <criterion/criterion.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "tests/base/refusal.h"
#include "tests/indexd/fixture.h"

struct judge {
    sem_t asked;
    atomic_bool serves;
};

static bool serves(void *ctx, int64_t now_s) {
    struct judge *judge = ctx;
    cr_assert_gt(now_s, 0);
    const bool answer = atomic_load(&judge->serves);
    (void)sem_post(&judge->asked);
    return answer;
}

static uint64_t entries_of(struct fixture *fixture) {
    struct engine_stats stats;
    assert_ok(engine_stats(fixture->engine, &stats));
    return stats.entries;
}

Test(sweeper, takes_out_nothing_while_the_clock_is_beyond_what_is_in_force, .timeout = 60) {
    struct fixture *fixture = fixture_new();
    struct judge judge = {.serves = false};
    struct sweeper *sweeper = NULL;
    (void)sem_init(&judge.asked, 0, 0);
    open_one(fixture->engine, "south", 1, child_of(1, 2, 3));
    const uint64_t before = entries_of(fixture);
    fixture_days_pass(fixture, 5 * 365); // as a clock that was set wrongly has it
    const struct sweeper_setup setup = {
        .engine = fixture->engine, .clock = fixture->settings.clock, .keep_days = 30, .serves = serves, .ctx = &judge};
    assert_ok(sweeper_start(&setup, &sweeper));
    for (int looks = 0; looks < 3; looks++) { // a look has ended when the next begins
        (void)sem_wait(&judge.asked);
        sweeper_wake(sweeper);
    }
    cr_assert_eq(entries_of(fixture), before);
    atomic_store(&judge.serves, true);
    while (entries_of(fixture) == before) {
        sweeper_wake(sweeper);
    }
    cr_assert_lt(entries_of(fixture), before);
    sweeper_stop(sweeper);
    fixture_end(fixture);
}
