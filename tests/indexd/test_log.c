// SPDX-License-Identifier: Apache-2.0
// The journal as a log: its tiles, what its signed heads promise, months whose key was destroyed, and what its bytes
// tell without a key.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/merkle_proof.h"
#include "indexd/engine.h"
#include "indexd/log/grow.h"
#include "indexd/log/head.h"
#include "indexd/log/month_key.h"
#include "indexd/log/renew.h"
#include "indexd/log/tiles.h"
#include "tests/base/refusal.h"
#include "tests/indexd/fixture.h"
#include "tests/indexd/inside.h"

static struct fixture *fixture;
static char log_folder[512], segments[512];

static void start(void) {
    fixture = fixture_new();
    snprintf(log_folder, sizeof log_folder, "%s", fixture_path(fixture, "log"));
    snprintf(segments, sizeof segments, "%s", fixture_path(fixture, "journal"));
}

static void end(void) {
    fixture_end(fixture);
}

TestSuite(log, .init = start, .fini = end);

static void ask_some(unsigned count) {
    const struct token_set child = child_of(1, 2, 3);
    for (unsigned i = 0; i < count; i++) {
        assert_ok(ask(fixture->engine, "north", &child, 1).err);
    }
}

static struct merkle head_tree(void) {
    struct merkle tree;
    engine_head(fixture->engine, &tree);
    return tree;
}

static void expect_tiles_of(const struct merkle *tree) {
    const struct tiles_view view = {log_folder, tree->size};
    uint8_t made[MERKLE_HASH_SIZE], root[MERKLE_HASH_SIZE];
    assert_ok(tiles_root(&view, tree->size, made));
    merkle_root(tree, root);
    cr_assert_arr_eq(made, root, sizeof root);
}

Test(log, has_tiles_that_grow_with_it_and_can_be_made_anew) {
    static const unsigned steps[] = {1, 250, 3, 1, 1, 40, 300};
    struct record_place place = {0};
    struct merkle tree;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        ask_some(steps[i]);
        tree = head_tree();
        assert_ok(grow_to(segments, log_folder, &tree, &place));
        cr_assert_eq(place.size, tree.size);
        assert_ok(place_store(log_folder, &place));
        place_load(log_folder, &place);
        expect_tiles_of(&tree);
    }
    cr_expect_eq(file_size(fixture_path(fixture, "log/tile/0/000")), 256 * 32);
    cr_expect_eq(file_size(fixture_path(fixture, "log/tile/1/000.p/2")), 2 * 32);
    cr_expect_neq(access(fixture_path(fixture, "log/tile/0/000.p"), F_OK), 0, "partial tiles of a full one");
    file_flip(fixture_path(fixture, "log/tile/1/000.p/2"), 77); // damaged: found, and made anew
    ask_some(1);
    tree = head_tree();
    assert_ok(grow_to(segments, log_folder, &tree, &place));
    expect_tiles_of(&tree);
    (void)unlink(fixture_path(fixture, "log/place")); // lost
    place_load(log_folder, &place);
    cr_expect_eq(place.size, 0);
    assert_ok(grow_to(segments, log_folder, &tree, &place));
    expect_tiles_of(&tree);
}

Test(log, takes_no_place_that_is_not_as_it_is_written) {
    static const char *const bad[] = {"3 2026-11 400",
                                      "03 2026-11 400\n",
                                      "+3 2026-11 400\n",
                                      "3 2026-1x 400\n",
                                      "3 2026-11 400\n\n",
                                      "3  2026-11 400\n",
                                      "18446744073709551616 2026-11 400\n"};
    struct record_place place = {.size = 3, .segment = "2026-11", .offset = 400};
    assert_ok(place_store(log_folder, &place));
    place_load(log_folder, &place);
    cr_assert_eq(place.size, 3);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_ok(file_replace(fixture_path(fixture, "log/place"), 0600, bytes_str(bad[i])));
        place_load(log_folder, &place);
        cr_expect_eq(place.size, 0, "%s", bad[i]);
    }
}

Test(log, gives_proofs_from_its_tiles) {
    struct record_place place = {0};
    ask_some(600);
    struct merkle tree = head_tree();
    struct tiles_view view = {log_folder, tree.size};
    uint8_t root[MERKLE_HASH_SIZE], old_root[MERKLE_HASH_SIZE], leaf[MERKLE_HASH_SIZE];
    struct merkle_proof proof;
    assert_ok(grow_to(segments, log_folder, &tree, &place));
    merkle_root(&tree, root);
    for (uint64_t i = 0; i < tree.size; i += 37) {
        assert_ok(tiles_subtree(&view, 0, i, leaf));
        assert_ok(merkle_prove_inclusion(tiles_subtree, &view, i, tree.size, &proof));
        assert_ok(merkle_check_inclusion(&proof, leaf, i, tree.size, root));
        assert_ok(tiles_root(&view, i, old_root));
        assert_ok(merkle_prove_consistency(tiles_subtree, &view, i, tree.size, &proof));
        assert_ok(merkle_check_consistency(&proof, i, old_root, tree.size, root));
    }
}

Test(log, does_not_take_changed_segments_for_the_journal) {
    struct record_place place = {0};
    ask_some(10);
    struct merkle tree = head_tree();
    file_flip(fixture_path(fixture, "journal/2026-11.seg"), 8 * 80);
    assert_refused(grow_to(segments, log_folder, &tree, &place), ERR_CORRUPT, "do not hold the records");
}

static void sign_head(const struct merkle *tree) {
    struct log_key key;
    struct buf note = {0};
    struct checkpoint head = {.size = tree->size};
    assert_ok(log_key_load(fixture->store, &key));
    memcpy(head.origin, key.key.name, sizeof head.origin);
    merkle_root(tree, head.root);
    assert_ok(checkpoint_sign(&head, key.seed, &note));
    assert_ok(head_store(log_folder, LOG_COSIGNED, buf_bytes(&note)));
    buf_free(&note);
    log_key_free(&key);
}

// Without room.
static struct file_image take_journal(const char *path) {
    struct engine_stats stats;
    struct file_image image = file_take(path);
    assert_ok(engine_stats(fixture->engine, &stats));
    image.len = stats.journal_bytes;
    return image;
}

// Questions alone leave nothing in the store that would miss them: the tail looks like a write that never completed.
Test(log, keeps_the_index_from_starting_when_records_of_a_signed_head_are_gone) {
    ask_some(20);
    struct merkle tree = head_tree();
    char path[512];
    snprintf(path, sizeof path, "%s", fixture_path(fixture, "journal/2026-11.seg"));
    struct file_image whole = take_journal(path);
    ask_some(1);
    sign_head(&(struct merkle){0});
    tree = head_tree();
    sign_head(&tree);
    struct file_image longer = take_journal(path);
    fixture_close(fixture);
    fixture->settings.check_first = true;
    inside_empty_database(fixture); // one that has not applied them: nothing but the head knows
    file_put(path, whole.data, whole.len);
    assert_refused(engine_open(&fixture->settings, &fixture->descriptor, &fixture->engine), ERR_CORRUPT,
                   "a head was signed that covers 23");
    file_put(path, longer.data, longer.len - 3);
    assert_refused(engine_open(&fixture->settings, &fixture->descriptor, &fixture->engine), ERR_CORRUPT, "damaged");
    cr_expect_eq(file_size(path), longer.len - 3, "nothing is cut off that a head covers");
    // The way out: found again, or a new log that says so.
    file_put(path, longer.data, longer.len);
    fixture_open(fixture);
    fixture_close(fixture);
    inside_empty_database(fixture);
    file_put(path, whole.data, whole.len);
    struct renewed renewed;
    struct note_key old;
    assert_ok(log_vkey_load(log_folder, &old));
    assert_ok(log_renew(fixture->store, "demo", 1800000000, &renewed));
    cr_expect_eq(renewed.promised, 23);
    cr_expect_str_neq(renewed.vkey.name, old.name);
    cr_expect_eq(access(fixture_path(fixture, renewed.kept), F_OK), 0);
    fixture_open(fixture);
    free(whole.data);
    free(longer.data);
}

static void two_months(void) {
    open_one(fixture->engine, "north", 1, child_of(1, 2, 3));
    ask_some(5);
    fixture_days_pass(fixture, 20); // to December
    open_one(fixture->engine, "south", 1, child_of(4, 5, 6));
    ask_some(5);
}

Test(log, outlives_the_key_of_a_month) {
    struct record_place place = {0};
    two_months();
    struct merkle tree = head_tree();
    assert_ok(month_key_destroy(fixture->store, "2026-11"));
    cr_expect_neq(access(fixture_path(fixture, "segment-keys/2026-11.key"), F_OK), 0);
    assert_ok(engine_scrub(fixture->engine, NULL));
    fixture_reopen(fixture);
    fixture_close(fixture);
    fixture->settings.check_first = true;
    fixture_open(fixture);
    cr_expect_eq(ask_one(fixture->engine, "south", child_of(1, 0, 0)), ANSWER_YES, "the database has applied it");
    assert_ok(engine_scrub(fixture->engine, NULL));
    tree = head_tree();
    assert_ok(grow_to(segments, log_folder, &tree, &place));
    expect_tiles_of(&tree);
    // Its sealed bytes are checked as before.
    file_flip(fixture_path(fixture, "journal/2026-11.seg"), 8 * 300);
    fixture_close(fixture);
    fixture_refuses_to_open(fixture, ERR_CORRUPT);
}

Test(log, cannot_make_a_database_anew_without_a_months_key_and_says_so) {
    two_months();
    fixture_close(fixture);
    assert_ok(month_key_destroy(fixture->store, "2026-11"));
    assert_ok(month_key_destroy(fixture->store, "2026-11"));
    assert_refused(engine_rebuild(&fixture->settings, &fixture->descriptor), ERR_CORRUPT,
                   "up to the end of 2026-11 cannot be applied: the key of that month was destroyed");
    fixture_open(fixture); // the old one stands
}

Test(log, takes_a_lost_key_for_no_destroyed_one) {
    two_months();
    fixture_close(fixture);
    fixture->settings.check_first = true;
    (void)unlink(fixture_path(fixture, "segment-keys/2026-11.key"));
    assert_refused(engine_open(&fixture->settings, &fixture->descriptor, &fixture->engine), ERR_CORRUPT,
                   "missing or damaged");
}

Test(log, ends_the_destruction_that_was_begun) {
    two_months();
    fixture_close(fixture);
    file_put(fixture_path(fixture, "segment-keys/2026-11.destroyed"), "destroyed\n", 10);
    fixture_open(fixture);
    cr_expect_neq(access(fixture_path(fixture, "segment-keys/2026-11.key"), F_OK), 0);
}

Test(log, lets_only_finished_and_cosigned_months_go) {
    two_months();
    uint64_t records = head_tree().size;
    assert_refused(month_key_check(fixture->store, "2026-12", records), ERR_INPUT, "the journal's last segment");
    assert_refused(month_key_check(fixture->store, "2026-10", records), ERR_NOT_FOUND, "no segment of 2026-10");
    assert_refused(month_key_check(fixture->store, "../../x", records), ERR_INPUT, "not a month");
    assert_refused(month_key_check(fixture->store, "2026-11", 3), ERR_CONFLICT, "covers 3 records");
    assert_ok(month_key_check(fixture->store, "2026-11", 8));
}

// The order of records is the journal's, whatever the clock says: none is lost, and none passes for an earlier one.
Test(log, goes_on_in_order_when_the_clock_is_set_back) {
    struct record_place place = {0};
    two_months();
    fixture_days_pass(fixture, -45);
    ask_some(3);
    fixture_reopen(fixture);
    ask_some(1);
    struct merkle tree = head_tree();
    assert_ok(grow_to(segments, log_folder, &tree, &place));
    expect_tiles_of(&tree);
    cr_expect_str_eq(place.segment, "2026-12");
    fixture_close(fixture);
    struct records records = inside_records(fixture);
    cr_expect_eq(records.count, tree.size);
    cr_expect_lt(records.items[records.count - 1].time_ms, records.items[records.count - 6].time_ms);
    inside_records_free(&records);
    fixture_open(fixture);
}

static bool holds(const struct file_image *image, const void *what, size_t len) {
    return memmem(image->data, image->len, what, len) != NULL;
}

// A thief of journal and database, without pepper and segment keys: no agency, no handle, no token, nothing that leads
// from one file to the other, and nothing that two journals of the same caseload share.
Test(log, tells_no_caseload_without_its_keys) {
    const struct token_set child = child_of(1, 2, 3);
    open_one(fixture->engine, "northern-agency", 7, child);
    ask_some(3);
    const struct change change = change_of(ACTION_OPEN, 7, child);
    const uint64_t tag = inside_tag(fixture, 0, child.tokens[0]);
    fixture_close(fixture);
    struct file_image journal = file_take(fixture_path(fixture, "journal/2026-11.seg"));
    struct file_image database = file_take(fixture_path(fixture, "lmdb/data.mdb"));
    uint8_t big_endian[8];
    for (int i = 0; i < 8; i++) {
        big_endian[i] = (uint8_t)(tag >> (56 - 8 * i));
    }
    cr_expect(holds(&database, &tag, sizeof tag), "the tag is the database's key");
    cr_expect_not(holds(&journal, &tag, sizeof tag));
    cr_expect_not(holds(&journal, big_endian, sizeof big_endian));
    for (int i = 0; i < 2; i++) {
        const struct file_image *image = i == 0 ? &journal : &database;
        cr_expect_not(holds(image, "northern-agency", strlen("northern-agency")));
        cr_expect_not(holds(image, change.handle, HANDLE_SIZE));
        cr_expect_not(holds(image, child.tokens[0], TOKEN_SIZE));
    }
    struct fixture *other = fixture_new();
    open_one(other->engine, "northern-agency", 7, child);
    fixture_close(other);
    struct file_image again = file_take(fixture_path(other, "journal/2026-11.seg"));
    // Frame headers tell lengths and may be the same; of what is sealed nothing is.
    size_t sealed = (size_t)journal.data[38] << 8 | journal.data[39];
    for (size_t at = 36 + 16; at + 12 <= 36 + 16 + sealed; at++) {
        cr_expect_not(holds(&again, journal.data + at, 12), "byte %zu", at);
    }
    fixture_end(other);
    free(journal.data);
    free(database.data);
    free(again.data);
    fixture_open(fixture);
}
