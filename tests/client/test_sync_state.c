// SPDX-License-Identifier: Apache-2.0
#include "client/sync_state.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/secret.h"
#include "tests/base/refusal.h"
#include "tests/base/scratch.h"

static const uint8_t key[HANDLE_KEY_SIZE] = "thirty-two bytes of a handle key";
static const uint8_t other_key[HANDLE_KEY_SIZE] = "another key of thirty-two bytes.";
static struct sync_state *state;
static const char *path;

static void begin(void) {
    scratch_make();
    assert_ok(secret_start());
    path = strdup(scratch_path("demo.sync"));
}

static void end(void) {
    sync_state_close(state);
    free((void *)(uintptr_t)path);
    scratch_remove();
}

TestSuite(sync_state, .init = begin, .fini = end);

static void open_state(void) {
    assert_ok(sync_state_open(path, "demo", key, true, &state));
}

static void close_state(void) {
    sync_state_close(state);
    state = NULL;
}

static struct sync_record make_record(uint8_t first, size_t sets) {
    struct sync_record record = {.handle = {first}, .quiet = true, .epoch = 7, .day = 20000, .slots = 5};
    record.store_id[3] = 9;
    for (size_t i = 0; i < sets; i++) {
        struct sync_set *set = sync_record_add(&record);
        cr_assert_not_null(set);
        memset(set->values, (int)(first + i), sizeof set->values);
        memset(set->tokens.tokens[i], 0xa5, TOKEN_SIZE);
        set->going = i == 1;
    }
    return record;
}

static void put(const struct sync_record *record) {
    assert_ok(sync_state_put(state, &record, 1));
}

static void put_new(uint8_t first, size_t sets) {
    struct sync_record record = make_record(first, sets);
    put(&record);
    sync_record_free(&record);
}

Test(sync_state, keeps_a_record_as_it_was_put) {
    struct sync_record record = make_record(4, 2), read;
    record.pending = true;
    open_state();
    put(&record);
    close_state();
    open_state();
    assert_ok(sync_state_get(state, record.handle, &read));
    cr_assert_arr_eq(read.handle, record.handle, HANDLE_SIZE);
    cr_assert(read.quiet && read.pending && !read.previous && !read.gone);
    cr_assert_eq(read.epoch, 7);
    cr_assert_eq(read.day, 20000);
    cr_assert_eq(read.slots, 5);
    cr_assert_arr_eq(read.store_id, record.store_id, STORE_ID_SIZE);
    cr_assert_eq(read.count, 2);
    cr_assert_arr_eq(&read.sets[0], &record.sets[0], sizeof record.sets[0]);
    cr_assert_not(read.sets[0].going);
    cr_assert(read.sets[1].going);
    cr_assert_arr_eq(&read.sets[1].tokens, &record.sets[1].tokens, sizeof read.sets[1].tokens);
    sync_record_free(&record);
    sync_record_free(&read);
}

Test(sync_state, is_for_its_owner_alone) {
    open_state();
    cr_assert_eq(scratch_mode("demo.sync"), 0600);
    close_state();
    cr_assert_eq(chmod(path, 0644), 0);
    open_state();
    cr_assert_eq(scratch_mode("demo.sync"), 0600, "tightened");
    cr_assert_eq(scratch_count(), 1, "one file");
}

Test(sync_state, is_not_made_where_it_is_only_looked_for) {
    assert_refused(sync_state_open(path, "demo", key, false, &state), ERR_NOT_FOUND, "demo.sync");
    cr_assert_not(scratch_has("demo.sync"));
    assert_refused(sync_state_open("/nowhere/x.sync", "demo", key, true, &state), ERR_NOT_FOUND, "/nowhere/x.sync");
    cr_assert_null(state);
}

Test(sync_state, belongs_to_one_sync_at_a_time) {
    struct sync_state *second = NULL;
    open_state();
    assert_refused(sync_state_open(path, "demo", key, true, &second), ERR_UNAVAILABLE, "another sync is running");
    assert_refused(sync_state_open(path, "demo", key, false, &second), ERR_UNAVAILABLE, "another sync is running");
    close_state();
    assert_ok(sync_state_open(path, "demo", key, true, &second));
    sync_state_close(second);
}

Test(sync_state, refuses_another_key_and_another_scheme) {
    open_state();
    close_state();
    assert_refused(sync_state_open(path, "demo", other_key, true, &state), ERR_INPUT, "another handle key");
    assert_refused(sync_state_open(path, "other", key, true, &state), ERR_INPUT, "another scheme");
    open_state();
}

static err_t note(void *ctx, const struct sync_record *record) {
    char *seen = ctx;
    seen[strlen(seen)] = (char)record->handle[0];
    return record->handle[0] == 'x' ? err_set(ERR_INPUT, "enough") : OK;
}

Test(sync_state, is_walked_in_the_order_of_handles) {
    char seen[8] = "";
    open_state();
    put_new('c', 1);
    put_new('a', 1);
    put_new('b', 1);
    assert_ok(sync_state_walk(state, note, seen));
    cr_assert_str_eq(seen, "abc");
    put_new('x', 1);
    put_new('y', 1);
    memset(seen, 0, sizeof seen);
    assert_refused(sync_state_walk(state, note, seen), ERR_INPUT, "enough");
    cr_assert_str_eq(seen, "abcx");
}

Test(sync_state, forgets_a_record_without_sets) {
    struct sync_record read = {0};
    open_state();
    put_new('a', 1);
    put_new('a', 0);
    put_new('b', 0);
    assert_refused(sync_state_get(state, (uint8_t[HANDLE_SIZE]){'a'}, &read), ERR_NOT_FOUND, "no such record");
}

Test(sync_state, refuses_a_file_that_is_something_else) {
    char text[8192];
    memset(text, 'x', sizeof text);
    scratch_write("demo.sync", 0600, text, sizeof text);
    assert_refused(sync_state_open(path, "demo", key, true, &state), ERR_CORRUPT, "not a sync state, or damaged");
}

static void fill(void) {
    struct sync_record records[200];
    const struct sync_record *list[200];
    open_state();
    for (size_t i = 0; i < 200; i++) {
        records[i] = make_record((uint8_t)i, 2);
        list[i] = &records[i];
    }
    assert_ok(sync_state_put(state, list, 200));
    for (size_t i = 0; i < 200; i++) {
        sync_record_free(&records[i]);
    }
    close_state();
}

Test(sync_state, refuses_a_file_that_was_cut_off) {
    fill();
    cr_assert_eq(truncate(path, 3 * 4096), 0);
    assert_refused(sync_state_open(path, "demo", key, true, &state), ERR_CORRUPT, "cut off");
}

// A token with a wrong bit would close or replace nothing, and nobody would hear of it.
Test(sync_state, refuses_a_record_with_one_wrong_bit) {
    struct buf bytes = {0};
    struct sync_record read = {0};
    char seen[256] = "";
    open_state();
    put_new('a', 1);
    close_state();
    assert_ok(file_read(path, 1 << 20, &bytes));
    uint8_t *token = memmem(bytes.data, bytes.len, (uint8_t[8]){0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5, 0xa5}, 8);
    cr_assert_not_null(token);
    *token ^= 4;
    assert_ok(file_replace(path, 0600, buf_bytes(&bytes)));
    buf_free(&bytes);
    open_state();
    assert_refused(sync_state_get(state, (uint8_t[HANDLE_SIZE]){'a'}, &read), ERR_CORRUPT, "a record is damaged");
    assert_refused(sync_state_walk(state, note, seen), ERR_CORRUPT, "a record is damaged");
}

static void assert_not_read(struct bytes handle, struct bytes stored) {
    struct sync_record read = {0};
    assert_refused(sync_record_read(handle, stored, key, &read), ERR_CORRUPT, "damaged");
    cr_assert_null(read.sets);
}

Test(sync_state, reads_no_record_that_is_cut_moved_or_changed) {
    struct sync_record record = make_record(1, 2), read = {0};
    struct buf stored = {0};
    assert_ok(sync_record_write(&record, key, &stored));
    struct bytes handle = bytes_of(record.handle, HANDLE_SIZE);
    assert_ok(sync_record_read(handle, buf_bytes(&stored), key, &read));
    sync_record_free(&read);
    for (size_t len = 0; len < stored.len; len++) {
        assert_not_read(handle, bytes_of(stored.data, len));
    }
    for (size_t i = 0; i < stored.len; i++) {
        stored.data[i] ^= 0x10;
        assert_not_read(handle, buf_bytes(&stored));
        stored.data[i] ^= 0x10;
    }
    record.handle[0]++;
    assert_not_read(handle, buf_bytes(&stored));
    buf_free(&stored);
    sync_record_free(&record);
}

Test(sync_state, hashes_values_by_key_and_rules) {
    struct descriptor descriptor = {.slot_count = 2};
    struct match_values values = {.value = {"ab", "c"}}, moved = {.value = {"a", "bc"}};
    uint8_t first[SYNC_MAC_SIZE], second[SYNC_MAC_SIZE];
    assert_ok(sync_values_mac(key, &descriptor, &values, first));
    assert_ok(sync_values_mac(key, &descriptor, &values, second));
    cr_assert_arr_eq(first, second, SYNC_MAC_SIZE);
    assert_ok(sync_values_mac(key, &descriptor, &moved, second));
    cr_assert_arr_neq(first, second, SYNC_MAC_SIZE, "a value ends where its slot ends");
    assert_ok(sync_values_mac(other_key, &descriptor, &values, second));
    cr_assert_arr_neq(first, second, SYNC_MAC_SIZE);
    descriptor.matching_digest[0] = 1;
    assert_ok(sync_values_mac(key, &descriptor, &values, second));
    cr_assert_arr_neq(first, second, SYNC_MAC_SIZE);
}
