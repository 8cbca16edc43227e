// SPDX-License-Identifier: Apache-2.0
// What goes for good: involvements that ended long enough ago, and all that one agency fed.
#include "indexd/sweep.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/base/refusal.h"
#include "tests/indexd/fixture.h"
#include "tests/indexd/inside.h"

#define KEEP_DAYS 365

static struct fixture *fixture;
static struct engine *engine;

static void start(void) {
    fixture = fixture_new();
    engine = fixture->engine;
}

static void end(void) {
    fixture_end(fixture);
}

TestSuite(sweep, .init = start, .fini = end);
TestSuite(purge, .init = start, .fini = end);

static void reopen(void) {
    fixture_reopen(fixture);
    engine = fixture->engine;
}

static uint64_t swept(void) {
    uint64_t removed = 0;
    assert_ok(engine_sweep(engine, KEEP_DAYS, NULL, &removed));
    return removed;
}

static enum answer north_hears(struct token_set child) {
    return ask_one(engine, "north", child);
}

static uint64_t entry_count(void) {
    struct engine_stats stats;
    assert_ok(engine_stats(engine, &stats));
    return stats.entries - SLOTS; // the canaries
}

static void open_many(const char *agency, unsigned first, unsigned last) {
    struct change changes[MAX_CHILDREN];
    size_t count = 0;
    for (unsigned i = first; i <= last; i++) {
        changes[count++] = change_of(ACTION_OPEN, i, child_of(i, i, 0));
        if (count == MAX_CHILDREN || i == last) {
            struct asked asked = submit_changes(engine, agency, changes, count, false);
            assert_ok(asked.err);
            count = 0;
        }
    }
}

Test(sweep, keeps_what_lapsed_for_the_time_that_was_set_and_then_removes_it) {
    open_one(engine, "south", 1, child_of(1, 2, 3)); // 2026-11-22: until the end of 2027
    fixture_days_pass(fixture, 400);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_YES);
    fixture_days_pass(fixture, 92);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_PREVIOUSLY);
    cr_assert_eq(swept(), 0);
    fixture_days_pass(fixture, KEEP_DAYS - 1);
    cr_assert_eq(swept(), 0);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_PREVIOUSLY);
    fixture_days_pass(fixture, 92);
    cr_assert_eq(swept(), 3);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_NO);
    cr_assert_eq(entry_count(), 0);
    reopen(); // the canaries stand
}

Test(sweep, counts_from_the_end_of_what_was_closed_not_from_the_day_it_would_have_lapsed) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(change_one(engine, "south", change_of(ACTION_CLOSE, 1, child_of(1, 2, 3))), RESULT_CLOSED);
    struct change ended = change_of(ACTION_OPEN, 2, child_of(4, 5, 6));
    ended.previous = true;
    cr_assert_eq(change_one(engine, "south", ended), RESULT_OPENED);
    fixture_days_pass(fixture, KEEP_DAYS);
    cr_assert_eq(swept(), 0);
    fixture_days_pass(fixture, 140);
    cr_assert_eq(swept(), 6);
}

Test(sweep, leaves_what_was_renewed_or_opened_again) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    open_one(engine, "east", 1, child_of(1, 2, 3));
    for (int year = 0; year < 4; year++) {
        fixture_days_pass(fixture, 300);
        cr_assert_eq(change_one(engine, "south", change_of(ACTION_RENEW, 1, child_of(1, 2, 3))), RESULT_RENEWED);
    }
    cr_assert_eq(swept(), 3);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_YES);
    cr_assert_eq(entry_count(), 3);
}

static int64_t last_swept_s(void) {
    struct engine_load load;
    engine_load(engine, &load);
    return load.swept_s;
}

Test(sweep, can_be_stopped_and_begun_again) {
    uint64_t removed = 0;
    const atomic_bool stop = true;
    open_one(engine, "south", 1, child_of(1, 2, 3));
    fixture_days_pass(fixture, 2000);
    cr_assert_eq(engine_sweep(engine, KEEP_DAYS, &stop, &removed), ERR_UNAVAILABLE);
    cr_assert_eq(removed, 0);
    cr_assert_eq(last_swept_s(), 0, "not to its end");
    cr_assert_eq(swept(), 3);
    cr_assert_eq(last_swept_s(), clock_now_s(&fixture->clock));
    cr_assert_eq(swept(), 0);
}

Test(sweep, is_replayed_to_the_same_store) {
    open_many("south", 1, 300); // more rows than one job takes
    open_many("east", 301, 600);
    fixture_days_pass(fixture, 2000);
    open_one(engine, "south", 7, child_of(7, 7, 0)); // opened again
    cr_assert_eq(swept(), 1198);
    fixture_close(fixture);
    struct records records = inside_records(fixture);
    size_t sweeps = 0;
    for (size_t i = 0; i < records.count; i++) {
        sweeps += records.items[i].kind == RECORD_REMOVALS ? 1 : 0;
    }
    cr_assert_geq(sweeps, 2);
    cr_assert_leq(sweeps, 8); // not one for each row
    inside_records_free(&records);
    struct buf before = inside_rows(fixture);
    inside_empty_database(fixture);
    fixture_open(fixture);
    fixture_close(fixture);
    struct buf after = inside_rows(fixture);
    cr_assert_eq(before.len, after.len);
    buf_free(&before);
    buf_free(&after);
    fixture_open(fixture);
    engine = fixture->engine;
    cr_assert_eq(north_hears(child_of(7, 0, 0)), ANSWER_YES);
    cr_assert_eq(north_hears(child_of(8, 0, 0)), ANSWER_NO);
}

static void *sweep_beside(void *ctx) {
    uint64_t *removed = ctx;
    assert_ok(engine_sweep(engine, KEEP_DAYS, NULL, removed));
    return NULL;
}

Test(sweep, runs_beside_the_load_and_loses_none_of_it) {
    uint64_t removed = 0;
    pthread_t thread;
    open_many("south", 1, 400);
    fixture_days_pass(fixture, 2000);
    cr_assert_eq(pthread_create(&thread, NULL, sweep_beside, &removed), 0);
    for (unsigned i = 1; i <= 100; i++) { // the same rows, by another agency
        open_one(engine, "east", i, child_of(i, 0, 0));
        cr_assert_eq(north_hears(child_of(i, 0, 0)), ANSWER_YES);
    }
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert_eq(removed, 800);
    cr_assert_eq(entry_count(), 100);
}

Test(sweep, rounds_days_up_to_whole_quarters) {
    cr_assert_eq(sweep_quarters(0), 0);
    cr_assert_eq(sweep_quarters(1), 1);
    cr_assert_eq(sweep_quarters(90), 1);
    cr_assert_eq(sweep_quarters(91), 2);
    cr_assert_eq(sweep_quarters(1096), 13);
}

// ---- one agency

static void begin_purge(const char *agency) {
    char id[MAX_ID + 1];
    snprintf(id, sizeof id, "%s", agency);
    assert_ok(engine_run_job(engine, engine_begin_purge, id));
}

static void count_purge(void *ctx, const char *agency, int64_t since_ms) {
    size_t *count = ctx;
    cr_assert_str_eq(agency, "south");
    cr_assert_gt(since_ms, 0);
    (*count)++;
}

static size_t purges(void) {
    size_t count = 0;
    assert_ok(engine_each_purge(engine, count_purge, &count));
    return count;
}

static void feed_all(void) {
    struct change quiet = change_of(ACTION_OPEN, 3, child_of(1, 0, 3));
    quiet.quiet = true;
    open_one(engine, "south", 1, child_of(1, 2, 3));
    open_one(engine, "south", 2, child_of(4, 5, 6));
    cr_assert_eq(change_one(engine, "south", quiet), RESULT_OPENED);
    cr_assert_eq(change_one(engine, "south", change_of(ACTION_CLOSE, 2, child_of(4, 5, 6))), RESULT_CLOSED);
    open_one(engine, "east", 1, child_of(1, 2, 3));
}

static int64_t fed_day(const char *agency) {
    int64_t day = 0;
    uint32_t moved = 0;
    assert_ok(engine_last_fed(engine, agency, &day, &moved));
    return day;
}

Test(purge, removes_all_that_one_agency_fed_and_nothing_else) {
    uint64_t removed = 0;
    feed_all();
    cr_assert_eq(entry_count(), 11);
    cr_assert_gt(fed_day("south"), 0);
    begin_purge("south");
    assert_ok(engine_purge(engine, NULL, &removed));
    cr_assert_eq(removed, 8);
    cr_assert_eq(entry_count(), 3);
    cr_assert_eq(purges(), 0);
    cr_assert_eq(fed_day("south"), 0);
    cr_assert_gt(fed_day("east"), 0);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_YES);
    cr_assert_eq(north_hears(child_of(4, 5, 6)), ANSWER_NO);
}

Test(purge, goes_on_after_a_crash_where_there_is_something_left) {
    uint64_t removed = 0;
    const atomic_bool stop = true;
    feed_all();
    begin_purge("south");
    cr_assert_eq(engine_purge(engine, &stop, &removed), ERR_UNAVAILABLE);
    reopen();
    cr_assert_eq(purges(), 1);
    fixture_close(fixture);
    assert_ok(engine_rebuild(&fixture->settings, &fixture->descriptor));
    fixture_open(fixture);
    engine = fixture->engine;
    cr_assert_eq(purges(), 1);
    assert_ok(engine_purge(engine, NULL, &removed));
    cr_assert_eq(removed, 8);
    cr_assert_eq(purges(), 0);
    reopen();
    cr_assert_eq(entry_count(), 3);
}

Test(purge, that_nobody_asked_for_removes_nothing) {
    uint64_t removed = 0;
    feed_all();
    assert_ok(engine_purge(engine, NULL, &removed));
    cr_assert_eq(removed, 0);
    cr_assert_eq(entry_count(), 11);
}
