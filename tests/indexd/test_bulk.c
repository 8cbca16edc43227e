// SPDX-License-Identifier: Apache-2.0
// The ways in and out that move a whole store: first load, repacking, copies.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexd/backup.h"
#include "indexd/engine.h"
#include "indexd/import_line.h"
#include "tests/base/refusal.h"
#include "tests/indexd/fixture.h"
#include "tests/indexd/inside.h"

#define CHILDREN 500

static struct fixture *fixture;

static void start(void) {
    fixture = fixture_new();
}

static void end(void) {
    fixture_end(fixture);
}

TestSuite(bulk, .init = start, .fini = end);

// ---- first load

struct source {
    unsigned children, next;
    const char *agency;
    enum action action;
    bool ask;
    unsigned fail_at; // 0: never
};

static err_t next_request(void *ctx, char agency[MAX_ID + 1], struct involvement_request *out, bool *out_more) {
    struct source *source = ctx;
    *out_more = source->next < source->children;
    if (!*out_more) {
        return OK;
    }
    if (source->fail_at != 0 && source->next >= source->fail_at) {
        return err_set(ERR_INPUT, "line 7 is no line");
    }
    const unsigned count = source->children - source->next < 100 ? source->children - source->next : 100;
    (void)snprintf(agency, MAX_ID + 1, "%s", source->agency);
    *out = (struct involvement_request){.slots = SLOTS,
                                        .epochs = token_epoch(1),
                                        .count = count,
                                        .changes = calloc(count, sizeof *out->changes),
                                        .ask = source->ask};
    for (unsigned i = 0; i < count; i++) {
        unsigned child = source->next + i;
        out->changes[i] = change_of(source->action, child, child_of(1 + child, 1000 + child / 2, child % 3));
        out->changes[i].previous = child % 2 == 1;
    }
    source->next += count;
    return OK;
}

static err_t import(struct source source) {
    uint64_t involvements = 0;
    const struct engine_import from = {.next = next_request, .ctx = &source};
    err_t err = engine_import(&fixture->settings, &fixture->descriptor, &from, &involvements);
    cr_assert(err != OK || involvements == source.children);
    return err;
}

Test(bulk, a_first_load_answers_as_registrations_do) {
    fixture_close(fixture);
    assert_ok(import((struct source){.children = CHILDREN, .agency = "north"}));
    fixture_open(fixture);
    for (unsigned child = 0; child < CHILDREN; child += 2) { // two share each name, the first of them current
        cr_assert_eq(ask_one(fixture->engine, "south", child_of(1 + child, 0, 0)), ANSWER_YES);
        cr_assert_eq(ask_one(fixture->engine, "south", child_of(2 + child, 0, 0)), ANSWER_PREVIOUSLY);
        cr_assert_eq(ask_one(fixture->engine, "south", child_of(0, 1000 + child / 2, 0)), ANSWER_YES);
    }
    cr_assert_eq(ask_one(fixture->engine, "south", child_of(0, 0, 2)), ANSWER_POSSIBLY);
    cr_assert_eq(ask_one(fixture->engine, "north", child_of(1, 0, 0)), ANSWER_NO);
    cr_assert_eq(ask_one(fixture->engine, "south", child_of(9999, 0, 0)), ANSWER_NO);
    struct change change = change_of(ACTION_OPEN, 0, child_of(1, 1000, 0));
    cr_assert_eq(change_one(fixture->engine, "north", change), RESULT_UNCHANGED);
    change.action = ACTION_CLOSE;
    cr_assert_eq(change_one(fixture->engine, "north", change), RESULT_CLOSED);
}

Test(bulk, a_first_load_is_in_the_journal_whole) {
    fixture_close(fixture);
    assert_ok(import((struct source){.children = CHILDREN, .agency = "north"}));
    struct buf loaded = inside_rows(fixture);
    inside_empty_database(fixture);
    fixture_open(fixture);
    fixture_close(fixture);
    struct buf replayed = inside_rows(fixture);
    cr_assert_gt(loaded.len, CHILDREN * 17);
    cr_assert(bytes_equal(buf_bytes(&loaded), buf_bytes(&replayed)));
    buf_free(&loaded);
    buf_free(&replayed);
}

static void keep_last(void *ctx, size_t done, size_t total) {
    size_t *last = ctx;
    cr_assert_leq(last[0], done);
    cr_assert_leq(done, total);
    last[0] = done;
    last[1] = total;
}

Test(bulk, a_first_load_tells_how_many_rows_it_has_written) {
    size_t rows[2] = {0};
    fixture_close(fixture);
    fixture->settings.writing = (struct progress){.step = keep_last, .ctx = rows};
    assert_ok(import((struct source){.children = CHILDREN, .agency = "north"}));
    cr_assert_geq(rows[0], CHILDREN);
    cr_assert_eq(rows[0], rows[1]);
}

Test(bulk, a_first_load_needs_a_new_store_that_is_stopped) {
    const struct source source = {.children = 10, .agency = "north"};
    assert_refused(import(source), ERR_UNAVAILABLE, "another process");
    open_one(fixture->engine, "north", 1, child_of(1, 2, 3));
    fixture_close(fixture);
    assert_refused(import(source), ERR_EXISTS, "holds involvements already");
}

Test(bulk, a_first_load_refuses_what_it_cannot_take) {
    fixture_close(fixture);
    assert_refused(import((struct source){.children = 10, .agency = "north", .action = ACTION_CLOSE}), ERR_INPUT,
                   "only opens");
    assert_refused(import((struct source){.children = 10, .agency = "north", .ask = true}), ERR_INPUT, "asks nothing");
    assert_refused(import((struct source){.children = 10, .agency = "canary"}), ERR_DENIED, "reserved");
    assert_refused(import((struct source){.children = 300, .agency = "north", .fail_at = 200}), ERR_INPUT, "line 7");
    fixture_open(fixture); // and the index still starts
    cr_assert_eq(ask_one(fixture->engine, "south", child_of(9999, 0, 0)), ANSWER_NO);
}

// ---- repacking

Test(bulk, repacking_keeps_every_row_in_less_room) {
    for (unsigned child = 0; child < CHILDREN; child++) {
        open_one(fixture->engine, "north", child, child_of(1 + child, 1000 + child, 0));
    }
    for (unsigned child = 0; child < CHILDREN; child += 2) {
        struct change change = change_of(ACTION_WITHDRAW, child, child_of(1 + child, 1000 + child, 0));
        cr_assert_eq(change_one(fixture->engine, "north", change), RESULT_WITHDRAWN);
    }
    assert_refused(engine_repack(&fixture->settings), ERR_UNAVAILABLE, "another process");
    fixture_close(fixture);
    struct buf before = inside_rows(fixture);
    size_t size = file_size(fixture_path(fixture, "lmdb/data.mdb"));
    size_t rows[2] = {0};
    fixture->settings.writing = (struct progress){.step = keep_last, .ctx = rows};
    assert_ok(engine_repack(&fixture->settings));
    cr_assert_gt(rows[0], CHILDREN);
    cr_assert_eq(rows[0], rows[1]);
    struct buf after = inside_rows(fixture);
    cr_assert(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
    cr_assert_lt(file_size(fixture_path(fixture, "lmdb/data.mdb")), size);
    buf_free(&before);
    buf_free(&after);
    fixture_open(fixture);
    cr_assert_eq(ask_one(fixture->engine, "south", child_of(2, 0, 0)), ANSWER_YES);
    cr_assert_eq(ask_one(fixture->engine, "south", child_of(1, 0, 0)), ANSWER_NO);
}

Test(bulk, repacking_refuses_a_store_that_lost_a_row) {
    for (unsigned child = 0; child < 50; child++) {
        open_one(fixture->engine, "north", child, child_of(1 + child, 0, 0));
    }
    fixture_close(fixture);
    const uint64_t tag = inside_tag(fixture, 0, child_of(7, 0, 0).tokens[0]);
    const char *path = fixture_path(fixture, "lmdb/data.mdb");
    struct file_image image = file_take(path);
    for (size_t at = 0; at + sizeof tag <= image.len; at++) {
        if (memcmp(image.data + at, &tag, sizeof tag) == 0) {
            image.data[at] ^= 1; // its key, wherever it stands
        }
    }
    file_put(path, image.data, image.len);
    cr_assert_eq(engine_repack(&fixture->settings), ERR_CORRUPT);
    cr_assert_eq(file_size(path), image.len, "the old database stands");
    free(image.data);
}

// ---- copies

static const char *copy_path(void) {
    static char path[PATH_SIZE + 16];
    (void)snprintf(path, sizeof path, "%s/copy", fixture->dir);
    return path;
}

static err_t back_up(int64_t bytes_per_s, uint64_t *out_bytes) {
    return backup_make(&fixture->settings, copy_path(), bytes_per_s, out_bytes);
}

static bool new_log;

static err_t restore(void) {
    return backup_restore(&fixture->settings, &fixture->descriptor, copy_path(), &new_log);
}

// What is lost when a disk is, but for the secrets, which lie elsewhere.
static void lose_the_store(void) {
    fixture_close(fixture);
    folder_remove(fixture_path(fixture, "lmdb"));
    folder_remove(fixture_path(fixture, "journal"));
}

Test(bulk, a_copy_made_beside_the_running_index_restores_it_under_another_store_id) {
    uint8_t before[STORE_ID_SIZE];
    uint8_t after[STORE_ID_SIZE];
    uint64_t bytes = 0;
    for (unsigned child = 0; child < 50; child++) {
        open_one(fixture->engine, "north", child, child_of(1 + child, 0, 0));
    }
    assert_ok(back_up(0, &bytes));
    open_one(fixture->engine, "north", 99, child_of(99, 0, 0)); // too late for the copy
    engine_store_id(fixture->engine, before);
    // Of a journal with room, whole batches alone.
    fixture_close(fixture);
    cr_assert_gt(bytes, file_size(fixture_path(fixture, "journal/2026-11.seg")) / 2);
    lose_the_store();
    assert_ok(restore());
    cr_assert_not(new_log);
    fixture_open(fixture);
    engine_store_id(fixture->engine, after);
    cr_assert_arr_neq(before, after, STORE_ID_SIZE);
    cr_assert_eq(ask_one(fixture->engine, "south", child_of(1, 0, 0)), ANSWER_YES);
    cr_assert_eq(ask_one(fixture->engine, "south", child_of(50, 0, 0)), ANSWER_YES);
    cr_assert_eq(ask_one(fixture->engine, "south", child_of(99, 0, 0)), ANSWER_NO);
}

// What a killed index leaves behind its last whole batch, or a running one is about to write over.
Test(bulk, a_copy_ends_with_the_last_whole_batch_and_is_refused_where_one_before_is_damaged) {
    char segment[PATH_SIZE + 64];
    uint64_t bytes = 0;
    (void)snprintf(segment, sizeof segment, "%s", fixture_path(fixture, "journal/2026-11.seg"));
    open_one(fixture->engine, "north", 1, child_of(1, 0, 0));
    fixture_close(fixture);
    struct file_image whole = file_take(segment);
    struct file_image longer = {.data = calloc(1, whole.len + 4000), .len = whole.len + 4000};
    memcpy(longer.data, whole.data, whole.len);
    for (int torn = 0; torn < 2; torn++) {
        file_put(segment, longer.data, longer.len);
        assert_ok(back_up(0, &bytes));
        (void)snprintf(segment, sizeof segment, "%s/journal/2026-11.seg", copy_path());
        cr_assert_eq(file_size(segment), whole.len);
        (void)snprintf(segment, sizeof segment, "%s", fixture_path(fixture, "journal/2026-11.seg"));
        folder_remove(copy_path());
        memset(longer.data + whole.len + 512, 0x5a, 700); // a batch whose first sector was not written
    }
    file_put(segment, whole.data, whole.len);
    file_flip(segment, 8 * 38); // a length
    assert_refused(back_up(0, &bytes), ERR_CORRUPT, "damaged at byte 36");
    free(longer.data);
    free(whole.data);
}

Test(bulk, a_copy_holds_no_secret) {
    static const char *const secrets[] = {"pepper", "segment-keys", "log.key"};
    char path[PATH_SIZE + 64];
    uint64_t bytes = 0;
    assert_ok(back_up(0, &bytes));
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", copy_path(), secrets[i]);
        cr_assert_neq(access(path, F_OK), 0);
    }
    assert_refused(back_up(0, &bytes), ERR_EXISTS, "already there");
}

Test(bulk, a_copy_keeps_to_its_rate) {
    uint64_t bytes = 0;
    struct timespec from;
    struct timespec to;
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    assert_ok(back_up(1024 * 1024, &bytes));
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    const double took = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9;
    cr_assert_geq(took, ((double)bytes - 2 * 256 * 1024) / (1024 * 1024), "%llu bytes in %f s",
                  (unsigned long long)bytes, took);
}

Test(bulk, restoring_needs_the_secrets_and_an_empty_place) {
    uint64_t bytes = 0;
    assert_ok(back_up(0, &bytes));
    assert_refused(restore(), ERR_UNAVAILABLE, "another process");
    fixture_close(fixture);
    assert_refused(restore(), ERR_EXISTS, "move it away");
    lose_the_store();
    struct file_image pepper = file_take(fixture_path(fixture, "pepper"));
    cr_assert_eq(unlink(fixture_path(fixture, "pepper")), 0);
    assert_refused(restore(), ERR_NOT_FOUND, "kept apart");
    pepper.data[3] ^= 1;
    file_put(fixture_path(fixture, "pepper"), pepper.data, pepper.len);
    assert_refused(restore(), ERR_CORRUPT, "pepper");
    fixture_refuses_to_open(fixture, ERR_CORRUPT); // there is no database yet
    pepper.data[3] ^= 1;
    file_put(fixture_path(fixture, "pepper"), pepper.data, pepper.len);
    folder_remove(fixture_path(fixture, "journal"));
    assert_ok(restore());
    fixture_open(fixture);
    free(pepper.data);
}

Test(bulk, another_log_begins_where_the_key_of_the_old_one_is_left_out) {
    uint64_t bytes = 0;
    assert_ok(back_up(0, &bytes));
    lose_the_store();
    struct file_image before = file_take(fixture_path(fixture, "log/vkey"));
    cr_assert_eq(unlink(fixture_path(fixture, "log.key")), 0);
    folder_remove(fixture_path(fixture, "log"));
    assert_ok(restore());
    cr_assert(new_log);
    struct file_image after = file_take(fixture_path(fixture, "log/vkey"));
    cr_assert_neq(memcmp(before.data, after.data, before.len), 0);
    fixture_open(fixture);
    free(before.data);
    free(after.data);
}

Test(bulk, a_copy_of_no_store_is_refused) {
    uint64_t bytes = 0;
    lose_the_store();
    assert_refused(back_up(0, &bytes), ERR_CORRUPT, "data.mdb");
}

Test(bulk, takes_a_line_of_an_agency_and_no_other) {
    static const char document[] = " {\"epochs\": [1], \"changes\": []}";
    static const struct {
        const char *agency;
        size_t len;
    } bad[] = {{"", 0}, {"North", 5}, {"no\0rth", 6}, {"-north", 6}, {"n\"orth", 6}};
    char agency[MAX_ID + 1] = "";
    struct involvement_request request;
    struct buf line = {0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        buf_reset(&line);
        buf_put(&line, bad[i].agency, bad[i].len);
        buf_put_str(&line, document);
        assert_refused(import_line_read(buf_bytes(&line), SLOTS, agency, &request), ERR_INPUT, "agency");
    }
    assert_refused(import_line_read(bytes_str("north"), SLOTS, agency, &request), ERR_INPUT, "agency");
    buf_reset(&line);
    buf_put_str(&line, "north");
    buf_put_str(&line, document);
    assert_ok(import_line_read(buf_bytes(&line), SLOTS, agency, &request));
    cr_expect_str_eq(agency, "north");
    involvement_request_free(&request);
    buf_free(&line);
}
