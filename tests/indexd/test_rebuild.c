// SPDX-License-Identifier: Apache-2.0
// The store is derived from the journal: replaying gives the same, byte for byte, and whatever is older catches up.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexd/engine.h"
#include "indexd/journal.h"
#include "tests/base/refusal.h"
#include "tests/indexd/fixture.h"
#include "tests/indexd/inside.h"

static struct fixture *fixture;

static void start(void) {
    fixture = fixture_new();
}

static void end(void) {
    fixture_end(fixture);
}

TestSuite(rebuild, .init = start, .fini = end);

static unsigned next_random(unsigned *state) {
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

// Random changes of three agencies over few children, so that they meet; months pass on the way.
static void live_a_while(unsigned seed, unsigned count) {
    static const char *const agencies[] = {"north", "south", "west"};
    for (unsigned i = 0; i < count; i++) {
        unsigned value = next_random(&seed) % 40 + 1;
        struct token_set child = child_of(value, value % 7 == 0 ? 0 : 100 + value, 200 + value % 5);
        struct change change = change_of((enum action)(next_random(&seed) % ACTION_COUNT), value % 9, child);
        change.quiet = next_random(&seed) % 5 == 0;
        change.previous = change.action == ACTION_OPEN && next_random(&seed) % 4 == 0;
        change.old_tokens = child_of(next_random(&seed) % 40 + 1, 100 + value, 0);
        const char *agency = agencies[next_random(&seed) % 3];
        assert_ok(submit_changes(fixture->engine, agency, &change, 1, i % 3 == 0).err);
        assert_ok(ask(fixture->engine, agency, &child, 1).err);
        if (i % 50 == 49) {
            fixture_days_pass(fixture, 20);
        }
    }
}

Test(rebuild, from_the_journal_gives_the_same_store_byte_for_byte) {
    live_a_while(1, 400);
    fixture_close(fixture);
    struct buf before = inside_rows(fixture);
    inside_empty_database(fixture);
    fixture_reopen(fixture); // replays everything
    fixture_close(fixture);
    struct buf after = inside_rows(fixture);
    cr_assert_gt(before.len, 1000);
    cr_assert(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
    buf_free(&before);
    buf_free(&after);
}

// On demand, rows are gathered and written in order; a start that finds an empty database applies them as they come.
Test(rebuild, on_demand_gives_the_store_that_a_start_gives) {
    live_a_while(4, 400);
    fixture_close(fixture);
    assert_ok(engine_rebuild(&fixture->settings, &fixture->descriptor));
    struct buf gathered = inside_rows(fixture);
    inside_empty_database(fixture);
    fixture_open(fixture);
    fixture_close(fixture);
    struct buf replayed = inside_rows(fixture);
    cr_assert_gt(gathered.len, 1000);
    cr_assert(bytes_equal(buf_bytes(&gathered), buf_bytes(&replayed)));
    buf_free(&gathered);
    buf_free(&replayed);
}

static void copy_database(struct file_image *out) {
    *out = file_take(fixture_path(fixture, "lmdb/data.mdb"));
}

static void put_back_database(const struct file_image *image) {
    file_put(fixture_path(fixture, "lmdb/data.mdb"), image->data, image->len);
    (void)unlink(fixture_path(fixture, "lmdb/lock.mdb"));
}

Test(rebuild, of_an_older_database_catches_up) {
    struct file_image older;
    live_a_while(2, 100);
    fixture_close(fixture);
    copy_database(&older);
    fixture_open(fixture);
    live_a_while(3, 200);
    fixture_close(fixture);
    struct buf before = inside_rows(fixture);
    put_back_database(&older);
    fixture_open(fixture);
    fixture_close(fixture);
    struct buf after = inside_rows(fixture);
    cr_assert(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
    buf_free(&before);
    buf_free(&after);
    free(older.data);
}

Test(rebuild, is_refused_where_the_journal_is_the_older_one) {
    fixture_close(fixture);
    struct file_image older = file_take(fixture_path(fixture, "journal/2026-11.seg"));
    fixture_open(fixture);
    open_one(fixture->engine, "south", 1, child_of(1, 2, 3));
    fixture_close(fixture);
    file_put(fixture_path(fixture, "journal/2026-11.seg"), older.data, older.len);
    fixture_refuses_to_open(fixture, ERR_CORRUPT);
    cr_assert_not_null(strstr(err_detail(), "the store has applied"));
    free(older.data);
}

Test(rebuild, is_refused_where_nothing_is_left_to_derive_from) {
    fixture_close(fixture);
    inside_empty_database(fixture);
    folder_remove(fixture_path(fixture, "journal"));
    folder_remove(fixture_path(fixture, "segment-keys"));
    fixture_refuses_to_open(fixture, ERR_CORRUPT);
    assert_ok(journal_create(fixture->store)); // both made anew by somebody: an empty index
    fixture_refuses_to_open(fixture, ERR_CORRUPT);
    cr_assert_not_null(strstr(err_detail(), "not completed"));
}

Test(rebuild, on_demand_keeps_all_and_takes_another_store_id) {
    uint8_t before[STORE_ID_SIZE];
    uint8_t after[STORE_ID_SIZE];
    open_one(fixture->engine, "south", 1, child_of(1, 2, 3));
    engine_store_id(fixture->engine, before);
    fixture_close(fixture);
    folder_remove(fixture_path(fixture, "lmdb"));
    fixture_refuses_to_open(fixture, ERR_CORRUPT);
    for (int i = 0; i < 2; i++) {
        assert_ok(engine_rebuild(&fixture->settings, &fixture->descriptor));
        cr_assert_neq(access(fixture_path(fixture, "lmdb.new"), F_OK), 0);
        fixture_open(fixture);
        engine_store_id(fixture->engine, after);
        cr_assert_arr_neq(before, after, STORE_ID_SIZE);
        cr_assert_eq(ask_one(fixture->engine, "north", child_of(1, 2, 3)), ANSWER_YES);
        fixture_close(fixture);
        memcpy(before, after, sizeof before);
    }
}

Test(rebuild, on_demand_leaves_all_as_it_was_when_it_cannot_be_done) {
    fixture_close(fixture);
    size_t journal = file_size(fixture_path(fixture, "journal/2026-11.seg"));
    struct buf before = inside_rows(fixture);
    fixture->descriptor.epoch = 2;
    assert_refused(engine_rebuild(&fixture->settings, &fixture->descriptor), ERR_STALE, "epoch");
    fixture->descriptor.epoch = 1;
    file_flip(fixture_path(fixture, "pepper"), 77);
    assert_refused(engine_rebuild(&fixture->settings, &fixture->descriptor), ERR_CORRUPT, "pepper");
    file_flip(fixture_path(fixture, "pepper"), 77);
    file_flip(fixture_path(fixture, "journal/2026-11.seg"), 8 * 100);
    cr_assert_eq(engine_rebuild(&fixture->settings, &fixture->descriptor), ERR_CORRUPT);
    file_flip(fixture_path(fixture, "journal/2026-11.seg"), 8 * 100);
    cr_assert_eq(file_size(fixture_path(fixture, "journal/2026-11.seg")), journal);
    struct buf after = inside_rows(fixture);
    cr_assert(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
    buf_free(&before);
    buf_free(&after);
    fixture_open(fixture);
}
