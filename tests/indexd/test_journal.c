// SPDX-License-Identifier: Apache-2.0
#include "indexd/journal.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "indexd/faults.h"
#include "indexd/segment.h"
#include "tests/base/refusal.h"
#include "tests/indexd/files.h"

static char folder[PATH_SIZE];
static const struct merkle nothing;

static void start(void) {
    assert_ok(secret_start());
    folder_make(folder);
    assert_ok(journal_create(folder));
}

static void end(void) {
    folder_remove(folder);
}

static const struct journal_place beginning;

TestSuite(journal, .init = start, .fini = end);

static const char *segment_path(const char *month) {
    static char path[PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/journal/%s.seg", folder, month);
    return path;
}

static const char *key_path(const char *month) {
    static char path[PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/segment-keys/%s.key", folder, month);
    return path;
}

static int64_t on(int year, int month, int day) {
    return clock_days(year, month, day) * 86400000;
}

static struct journal *opened(void) {
    struct journal *journal = NULL;
    assert_ok(journal_open(folder, &beginning, &nothing, &journal));
    return journal;
}

// One batch of `count` records of `len` bytes; each begins with its number.
static void write_batch(struct journal *journal, int64_t now_ms, size_t count, size_t len) {
    uint8_t record[4096] = {0};
    assert_ok(journal_begin(journal, now_ms));
    for (size_t i = 0; i < count; i++) {
        record[0] = (uint8_t)journal_next(journal);
        assert_ok(journal_stage(journal, bytes_of(record, len)));
    }
    assert_ok(journal_flush(journal));
}

// Opens, tells how many records there are, and closes.
static uint64_t count_records(void) {
    struct journal *journal = opened();
    uint64_t count = journal_count(journal);
    journal_close(journal);
    return count;
}

static void assert_damaged(const char *words) {
    struct journal *journal = NULL;
    assert_refused(journal_open(folder, &beginning, &nothing, &journal), ERR_CORRUPT, words);
}

static err_t check_number(void *ctx, struct bytes record, const struct merkle *tree,
                          const struct journal_place *batch) {
    cr_assert_lt(batch->tree.size, tree->size);
    uint64_t *last = ctx;
    cr_assert_eq(record.data[0], (uint8_t)tree->size);
    cr_assert_eq(tree->size, *last + 1);
    *last = tree->size;
    return OK;
}

// ---- writing and reading back

Test(journal, gives_back_its_records_in_order_across_months) {
    struct journal *journal = opened();
    struct journal_place places[8] = {0}; // of the batch that ends with the record
    write_batch(journal, on(2026, 11, 30), 2, 20);
    places[2] = *journal_batch(journal);
    write_batch(journal, on(2026, 12, 1), 1, 200);
    places[3] = *journal_batch(journal);
    write_batch(journal, on(2027, 3, 1), 4, 1);
    places[7] = *journal_batch(journal);
    const struct merkle tree = *journal_tree(journal);
    for (int reopened = 0; reopened < 2; reopened++) {
        const size_t from[] = {2, 3, 7};
        for (size_t i = 0; i < 3; i++) {
            uint64_t last = from[i];
            assert_ok(journal_replay(journal, &places[from[i]], last, check_number, &last));
            cr_assert_eq(last, 7);
            last = from[i];
            assert_ok(journal_replay(journal, &beginning, last, check_number, &last));
            cr_assert_eq(last, 7);
        }
        uint64_t last = 0;
        assert_ok(journal_replay(journal, &beginning, 0, check_number, &last));
        cr_assert_eq(last, 7);
        journal_close(journal);
        journal = opened();
        cr_assert_arr_eq(journal_tree(journal), &tree, sizeof tree);
        cr_assert_eq(journal_batch(journal)->offset, places[7].offset);
        cr_assert_str_eq(journal_batch(journal)->segment, "2027-03");
    }
    cr_assert_eq(journal_bytes(journal), file_size(segment_path("2026-11")) + file_size(segment_path("2026-12")) +
                                             file_size(segment_path("2027-03")));
    journal_close(journal);
}

// ---- opening from a place

// Three months, two batches each; gives the place of every batch and the tree behind it.
static void write_months(struct journal_place places[6], struct merkle trees[6]) {
    struct journal *journal = opened();
    for (int i = 0; i < 6; i++) {
        write_batch(journal, on(2026, 8 + i / 2, 1 + i), 3, 20);
        places[i] = *journal_batch(journal);
        trees[i] = *journal_tree(journal);
    }
    journal_close(journal);
}

Test(journal, opens_from_every_batch_as_from_its_beginning) {
    struct journal_place places[6];
    struct merkle trees[6];
    write_months(places, trees);
    for (int i = 0; i < 6; i++) {
        struct journal *journal = NULL;
        assert_ok(journal_open(folder, &places[i], &trees[i], &journal));
        cr_assert_arr_eq(journal_tree(journal), &trees[5], sizeof trees[5]);
        cr_assert_eq(journal_count(journal), 18);
        cr_assert_eq(journal_bytes(journal), file_size(segment_path("2026-08")) + file_size(segment_path("2026-09")) +
                                                 file_size(segment_path("2026-10")));
        cr_assert_eq(journal_batch(journal)->offset, places[5].offset);
        uint64_t last = trees[i].size;
        assert_ok(journal_replay(journal, &places[i], last, check_number, &last));
        cr_assert_eq(last, 18);
        assert_ok(journal_check(journal, NULL));
        write_batch(journal, on(2026, 10, 9), 1, 20);
        cr_assert_eq(journal_batch(journal)->tree.size, 18);
        journal_close(journal);
        cr_assert_eq(count_records(), 19);
        cr_assert_eq(truncate(segment_path("2026-10"),
                              (off_t)(file_size(segment_path("2026-10")) - FRAME_HEADER_SIZE - SEAL_OVERHEAD - 20)),
                     0);
    }
}

Test(journal, finds_in_a_check_what_opening_from_a_place_passed_over) {
    struct journal_place places[6];
    struct merkle trees[6];
    write_months(places, trees);
    struct journal *journal = NULL;
    file_flip(segment_path("2026-08"), 8 * ((size_t)places[1].offset + 40));
    assert_ok(journal_open(folder, &places[3], &trees[3], &journal));
    assert_refused(journal_check(journal, NULL), ERR_CORRUPT, "2026-08 is damaged");
    journal_close(journal);
    file_flip(segment_path("2026-08"), 8 * ((size_t)places[1].offset + 40));
    struct journal_place other = places[3];
    other.tree.roots[0][0] ^= 1; // that of another journal
    struct merkle other_tree = other.tree;
    for (int i = 0; i < 3; i++) {
        uint8_t leaf[MERKLE_HASH_SIZE] = {0};
        merkle_append(&other_tree, leaf);
    }
    assert_refused(journal_open(folder, &other, &other_tree, &journal), ERR_CORRUPT, "not the one");
}

Test(journal, breaks_a_check_off_when_it_is_told_to) {
    struct journal_place places[6];
    struct merkle trees[6];
    write_months(places, trees);
    struct journal *journal = NULL;
    const atomic_bool stop = true;
    assert_ok(journal_open(folder, &places[5], &trees[5], &journal));
    assert_refused(journal_check(journal, &stop), ERR_UNAVAILABLE, "stopped");
    journal_close(journal);
}

Test(journal, does_not_open_from_a_place_that_it_does_not_have) {
    struct journal_place places[6];
    struct merkle trees[6];
    write_months(places, trees);
    struct journal *journal = NULL;
    cr_assert_eq(truncate(segment_path("2026-10"), (off_t)places[5].offset - 1), 0);
    assert_refused(journal_open(folder, &places[5], &trees[5], &journal), ERR_CORRUPT, "should stand at byte");
    cr_assert_eq(truncate(segment_path("2026-10"), (off_t)places[5].offset), 0);
    assert_refused(journal_open(folder, &places[5], &trees[5], &journal), ERR_CORRUPT, "has applied record 18");
    cr_assert_eq(unlink(segment_path("2026-10")), 0);
    cr_assert_eq(unlink(key_path("2026-10")), 0);
    assert_refused(journal_open(folder, &places[5], &trees[5], &journal), ERR_CORRUPT, "2026-10 is missing");
}

Test(journal, goes_on_in_the_last_month_when_the_clock_is_set_back) {
    struct journal *journal = opened();
    write_batch(journal, on(2026, 12, 1), 1, 20);
    write_batch(journal, on(2026, 11, 30), 1, 20);
    cr_assert_neq(access(segment_path("2026-11"), F_OK), 0);
    journal_close(journal);
    cr_assert_eq(count_records(), 2);
}

static err_t stop_at_the_second(void *ctx, struct bytes record, const struct merkle *tree,
                                const struct journal_place *batch) {
    (void)record;
    (void)batch;
    uint64_t *visited = ctx;
    (*visited)++;
    return tree->size == 2 ? err_set(ERR_FULL, "enough") : OK;
}

Test(journal, ends_a_replay_at_the_visitors_first_error) {
    struct journal *journal = opened();
    write_batch(journal, on(2026, 11, 1), 3, 20);
    uint64_t visited = 0;
    assert_refused(journal_replay(journal, &beginning, 0, stop_at_the_second, &visited), ERR_FULL, "enough");
    cr_assert_eq(visited, 2);
    journal_close(journal);
}

Test(journal, keeps_nothing_of_what_was_discarded) {
    struct journal *journal = opened();
    write_batch(journal, on(2026, 11, 1), 1, 20);
    size_t before = file_size(segment_path("2026-11"));
    assert_ok(journal_begin(journal, on(2026, 11, 1)));
    assert_ok(journal_stage(journal, bytes_str("x")));
    cr_assert_eq(journal_tree(journal)->size, 2);
    journal_discard(journal);
    cr_assert_eq(journal_tree(journal)->size, 1);
    assert_ok(journal_flush(journal));
    cr_assert_eq(file_size(segment_path("2026-11")), before);
    journal_close(journal);
}

// The layout of docs/journal.md, read without any of the code that writes it.
Test(journal, is_laid_out_as_stated) {
    struct journal *journal = opened();
    write_batch(journal, on(2026, 11, 1), 2, 30);
    struct merkle tree = {0};
    uint8_t expected[MERKLE_HASH_SIZE];
    uint8_t root[MERKLE_HASH_SIZE];
    struct file_image file = file_take(segment_path("2026-11"));
    cr_assert_arr_eq(file.data,
                     "signpost journal\0\0\0\1"
                     "2026-11\0\0\0\0\0\0\0\0\1",
                     36);
    const size_t frame = 16 + 24 + 30 + 16;
    cr_assert_eq(file.len, 36 + 2 * frame);
    for (size_t i = 0; i < 2; i++) {
        const uint8_t *at = file.data + 36 + i * frame;
        cr_assert_arr_eq(at, ((uint8_t[4]){0, 0, 0, 70}), 4);
        cr_assert_arr_eq(at + 4, ((uint8_t[4]){0, 0, 0, (uint8_t)(i * frame)}), 4);
        cr_assert_arr_eq(at + 8, ((uint8_t[4]){0, 0, 0, (uint8_t)((1 - i) * frame)}), 4);
        uint8_t leaf[MERKLE_HASH_SIZE];
        merkle_leaf(bytes_of(at + 16, 70), leaf);
        merkle_append(&tree, leaf);
    }
    merkle_root(&tree, expected);
    merkle_root(journal_tree(journal), root);
    cr_assert_arr_eq(root, expected, sizeof root);
    free(file.data);
    journal_close(journal);
}

Test(journal, holds_nothing_of_a_record_in_clear) {
    struct journal *journal = opened();
    assert_ok(journal_begin(journal, on(2026, 11, 1)));
    assert_ok(journal_stage(journal, bytes_str("a text that would be found")));
    assert_ok(journal_flush(journal));
    journal_close(journal);
    struct file_image file = file_take(segment_path("2026-11"));
    cr_assert_null(memmem(file.data, file.len, "text that", 9));
    free(file.data);
}

Test(journal, is_never_made_over_another) {
    cr_assert_eq(journal_create(folder), ERR_EXISTS);
}

// ---- torn tails

// Batches of 1, 2 and 1 small records; *out_ends holds the file's length after each.
static void three_batches(size_t out_ends[4]) {
    struct journal *journal = opened();
    const size_t counts[] = {1, 2, 1};
    for (size_t i = 0; i < 3; i++) {
        write_batch(journal, on(2026, 11, 1), counts[i], 25);
        out_ends[i + 1] = file_size(segment_path("2026-11"));
    }
    out_ends[0] = SEGMENT_HEADER_SIZE;
    journal_close(journal);
}

Test(journal, drops_a_batch_that_is_cut_off_at_any_byte_and_goes_on) {
    size_t ends[4];
    const uint64_t counts[4] = {0, 1, 3, 4};
    three_batches(ends);
    struct file_image whole = file_take(segment_path("2026-11"));
    for (size_t cut = ends[0]; cut < whole.len; cut++) {
        size_t batch = cut >= ends[2] ? 2 : cut >= ends[1] ? 1 : 0;
        file_put(segment_path("2026-11"), whole.data, cut);
        cr_assert_eq(count_records(), counts[batch], "cut at %zu", cut);
        cr_assert_eq(file_size(segment_path("2026-11")), ends[batch], "cut at %zu", cut);
    }
    struct journal *journal = opened();
    write_batch(journal, on(2026, 11, 1), 1, 25);
    journal_close(journal);
    cr_assert_eq(count_records(), 4);
    free(whole.data);
}

Test(journal, refuses_a_cut_that_takes_what_the_store_has_applied) {
    size_t ends[4];
    three_batches(ends);
    struct journal *journal = opened();
    struct merkle applied = *journal_tree(journal);
    journal_close(journal);
    struct file_image whole = file_take(segment_path("2026-11"));
    for (size_t cut = 0; cut < whole.len; cut++) {
        file_put(segment_path("2026-11"), whole.data, cut);
        cr_assert_eq(journal_open(folder, &beginning, &applied, &journal), ERR_CORRUPT, "cut at %zu", cut);
        cr_assert_eq(file_size(segment_path("2026-11")), cut, "altered though refused");
    }
    free(whole.data);
}

Test(journal, takes_no_flipped_bit_for_a_torn_tail) {
    size_t ends[4];
    three_batches(ends);
    struct file_image whole = file_take(segment_path("2026-11"));
    for (size_t bit = 0; bit < whole.len * 8; bit++) {
        struct journal *journal = NULL;
        file_flip(segment_path("2026-11"), bit);
        cr_assert_eq(journal_open(folder, &beginning, &nothing, &journal), ERR_CORRUPT, "bit %zu", bit);
        file_flip(segment_path("2026-11"), bit);
    }
    cr_assert_eq(count_records(), 4);
    free(whole.data);
}

Test(journal, refuses_a_flipped_bit_of_a_key) {
    size_t ends[4];
    three_batches(ends);
    for (size_t bit = 0; bit < SEGMENT_KEY_SIZE * 8; bit++) {
        file_flip(key_path("2026-11"), bit);
        assert_damaged("damaged at byte");
        file_flip(key_path("2026-11"), bit);
    }
    cr_assert_eq(count_records(), 4);
}

// Batches of 3 records of 1,500 bytes, so that each covers several sectors.
static void wide_batches(size_t count, size_t *out_ends) {
    struct journal *journal = opened();
    out_ends[0] = SEGMENT_HEADER_SIZE;
    for (size_t i = 0; i < count; i++) {
        write_batch(journal, on(2026, 11, 1), 3, 1500);
        out_ends[i + 1] = file_size(segment_path("2026-11"));
    }
    journal_close(journal);
}

Test(journal, drops_a_last_batch_of_which_any_sector_was_not_written) {
    size_t ends[3];
    wide_batches(2, ends);
    struct file_image whole = file_take(segment_path("2026-11"));
    for (size_t at = ends[1]; at < ends[2];) {
        size_t next = (at / 512 + 1) * 512;
        next = next < ends[2] ? next : ends[2];
        file_put(segment_path("2026-11"), whole.data, whole.len);
        file_zero(segment_path("2026-11"), at, next - at);
        cr_assert_eq(count_records(), 3, "zeros from %zu to %zu", at, next);
        cr_assert_eq(file_size(segment_path("2026-11")), ends[1]);
        file_put(segment_path("2026-11"), whole.data, whole.len);
        file_zero(segment_path("2026-11"), at, ends[2] - at);
        cr_assert_eq(count_records(), 3, "zeros from %zu to the end", at);
        at = next;
    }
    free(whole.data);
}

Test(journal, refuses_an_unwritten_sector_that_something_was_written_behind) {
    size_t ends[4];
    wide_batches(3, ends);
    struct file_image whole = file_take(segment_path("2026-11"));
    for (size_t at = ends[0]; at < ends[2];) {
        size_t next = (at / 512 + 1) * 512;
        next = next < ends[2] ? next : ends[2]; // the third batch is whole
        file_put(segment_path("2026-11"), whole.data, whole.len);
        file_zero(segment_path("2026-11"), at, next - at);
        assert_damaged("damaged at byte");
        cr_assert_eq(file_size(segment_path("2026-11")), ends[3]);
        at = next;
    }
    free(whole.data);
}

Test(journal, refuses_an_unwritten_sector_that_the_store_has_applied) {
    size_t ends[3];
    wide_batches(2, ends);
    struct journal *journal = opened();
    struct merkle applied = *journal_tree(journal);
    journal_close(journal);
    file_zero(segment_path("2026-11"), ends[1] + 600, 1024);
    assert_refused(journal_open(folder, &beginning, &applied, &journal), ERR_CORRUPT, "damaged at byte");
}

Test(journal, drops_zeros_that_the_file_had_grown_by_but_not_a_foreign_tail) {
    size_t ends[3];
    wide_batches(2, ends);
    struct file_image whole = file_take(segment_path("2026-11"));
    uint8_t *longer = calloc(1, whole.len + 5000);
    memcpy(longer, whole.data, whole.len);
    for (size_t extra = 4; extra < 5000; extra += 333) {
        file_put(segment_path("2026-11"), longer, whole.len + extra);
        cr_assert_eq(count_records(), 6, "%zu zeros", extra);
        cr_assert_eq(file_size(segment_path("2026-11")), ends[2]);
    }
    memset(longer + whole.len, 0x5a, 5000);
    file_put(segment_path("2026-11"), longer, whole.len + 5000);
    assert_damaged("damaged at byte");
    free(longer);
    free(whole.data);
}

Test(journal, refuses_a_batch_that_stands_twice) {
    size_t ends[4];
    three_batches(ends);
    struct file_image whole = file_take(segment_path("2026-11"));
    uint8_t *twice = malloc(2 * whole.len);
    size_t last = ends[3] - ends[2];
    memcpy(twice, whole.data, whole.len);
    memcpy(twice + whole.len, whole.data + ends[2], last);
    file_put(segment_path("2026-11"), twice, whole.len + last);
    assert_damaged("damaged at byte");
    free(twice);
    free(whole.data);
}

Test(journal, refuses_records_in_each_others_places) {
    struct journal *journal = opened();
    write_batch(journal, on(2026, 11, 1), 2, 30);
    journal_close(journal);
    const size_t sealed = 24 + 30 + 16;
    struct file_image file = file_take(segment_path("2026-11"));
    uint8_t first[24 + 30 + 16];
    uint8_t *one = file.data + 36 + 16;
    uint8_t *other = one + sealed + 16;
    memcpy(first, one, sealed);
    memcpy(one, other, sealed);
    memcpy(other, first, sealed);
    file_put(segment_path("2026-11"), file.data, file.len);
    assert_damaged("damaged at byte 36");
    free(file.data);
}

Test(frame, header_is_valid_at_its_place_alone) {
    const struct frame_header header = {.length = 70, .before = 86, .after = 172};
    struct frame_header back;
    uint8_t bytes[FRAME_HEADER_SIZE];
    frame_header_put(&header, "2026-11", 122, bytes);
    cr_assert(frame_header_get(bytes, "2026-11", 122, &back));
    cr_assert_arr_eq(&back, &header, sizeof back);
    cr_assert_not(frame_header_get(bytes, "2026-11", 123, &back));
    cr_assert_not(frame_header_get(bytes, "2026-12", 122, &back));
    for (size_t bit = 0; bit < sizeof bytes * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        cr_assert_not(frame_header_get(bytes, "2026-11", 122, &back), "bit %zu", bit);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

Test(frame, header_out_of_bounds_is_refused) {
    const struct frame_header bad[] = {{.length = SEAL_OVERHEAD},
                                       {.length = FRAME_SEALED_MAX + 1},
                                       {.length = 70, .before = BATCH_MAX + 1},
                                       {.length = 70, .after = BATCH_MAX + 1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct frame_header back;
        uint8_t bytes[FRAME_HEADER_SIZE];
        frame_header_put(&bad[i], "2026-11", 36, bytes);
        cr_assert_not(frame_header_get(bytes, "2026-11", 36, &back), "header %zu", i);
    }
}

Test(segment, name_is_the_month_in_utc) {
    char name[SEGMENT_NAME_SIZE];
    segment_name(on(2026, 12, 1) - 1, name);
    cr_assert_str_eq(name, "2026-11");
    segment_name(on(2026, 12, 1), name);
    cr_assert_str_eq(name, "2026-12");
    cr_assert(segment_name_valid("2026-12"));
    cr_assert_not(segment_name_valid("2026-1"));
    cr_assert_not(segment_name_valid("2026_12"));
    cr_assert_not(segment_name_valid("2026-12x"));
    cr_assert_not(segment_name_valid("202x-12"));
}

// ---- segments

static void three_months(void) {
    struct journal *journal = opened();
    write_batch(journal, on(2026, 10, 1), 2, 25);
    write_batch(journal, on(2026, 11, 1), 2, 25);
    write_batch(journal, on(2026, 12, 1), 2, 25);
    journal_close(journal);
}

Test(journal, refuses_to_open_without_one_of_its_segments) {
    static const char *const months[] = {"2026-10", "2026-11", "2026-12"};
    three_months();
    for (size_t i = 0; i < 3; i++) {
        struct file_image segment = file_take(segment_path(months[i]));
        cr_assert_eq(unlink(segment_path(months[i])), 0);
        assert_damaged("missing");
        file_put(segment_path(months[i]), segment.data, segment.len);
        free(segment.data);
    }
    cr_assert_eq(count_records(), 6);
}

Test(journal, refuses_a_gap_even_without_the_key_of_the_missing_segment) {
    three_months();
    cr_assert_eq(unlink(segment_path("2026-11")), 0);
    cr_assert_eq(unlink(key_path("2026-11")), 0);
    assert_damaged("a segment is missing");
}

Test(journal, refuses_to_open_without_one_of_its_keys) {
    static const char *const months[] = {"2026-10", "2026-11", "2026-12"};
    three_months();
    for (size_t i = 0; i < 3; i++) {
        struct file_image key = file_take(key_path(months[i]));
        cr_assert_eq(unlink(key_path(months[i])), 0);
        assert_damaged("key");
        file_put(key_path(months[i]), key.data, key.len - 1);
        assert_damaged("32 bytes");
        file_put(key_path(months[i]), key.data, key.len);
        free(key.data);
    }
    cr_assert_eq(count_records(), 6);
}

Test(journal, refuses_an_earlier_segment_that_is_cut_off_anywhere) {
    three_months();
    struct file_image whole = file_take(segment_path("2026-11"));
    for (size_t cut = 0; cut < whole.len; cut++) {
        struct journal *journal = NULL;
        file_put(segment_path("2026-11"), whole.data, cut);
        cr_assert_eq(journal_open(folder, &beginning, &nothing, &journal), ERR_CORRUPT, "cut at %zu", cut);
    }
    free(whole.data);
}

Test(journal, refuses_segments_under_each_others_names) {
    char first[PATH_SIZE + 32];
    three_months();
    (void)snprintf(first, sizeof first, "%s", segment_path("2026-10"));
    struct file_image one = file_take(first);
    struct file_image other = file_take(segment_path("2026-11"));
    file_put(segment_path("2026-11"), one.data, one.len);
    file_put(first, other.data, other.len);
    assert_damaged("header");
    free(one.data);
    free(other.data);
}

Test(journal, undoes_a_segment_that_was_being_begun) {
    three_months();
    struct file_image next = file_take(segment_path("2026-12"));
    cr_assert_eq(unlink(key_path("2026-12")), 0);
    file_put(segment_path("2026-12"), next.data, SEGMENT_HEADER_SIZE);
    cr_assert_eq(count_records(), 4);
    cr_assert_neq(access(segment_path("2026-12"), F_OK), 0);
    free(next.data);
}

Test(journal, leaves_nothing_of_a_segment_that_could_not_be_begun) {
    char keys[PATH_SIZE + 32];
    char away[PATH_SIZE + 32];
    three_months();
    (void)snprintf(keys, sizeof keys, "%s/segment-keys", folder);
    (void)snprintf(away, sizeof away, "%s/away", folder);
    struct journal *journal = opened();
    cr_assert_eq(rename(keys, away), 0);
    assert_refused(journal_begin(journal, on(2027, 1, 1)), ERR_NOT_FOUND, "2027-01 could not be begun");
    cr_assert_neq(access(segment_path("2027-01"), F_OK), 0);
    cr_assert_eq(rename(away, keys), 0);
    write_batch(journal, on(2026, 12, 31), 1, 25);
    write_batch(journal, on(2027, 1, 1), 1, 25);
    journal_close(journal);
    cr_assert_eq(count_records(), 8);
}

Test(journal, refuses_one_that_is_not_the_stores) {
    struct merkle other = {0};
    uint8_t leaf[MERKLE_HASH_SIZE] = {1};
    struct journal *journal = NULL;
    size_t ends[4];
    three_batches(ends);
    merkle_append(&other, leaf);
    assert_refused(journal_open(folder, &beginning, &other, &journal), ERR_CORRUPT, "not the one");
    for (int i = 0; i < 4; i++) {
        merkle_append(&other, leaf);
    }
    assert_refused(journal_open(folder, &beginning, &other, &journal), ERR_CORRUPT, "ends with record 4");
}

Test(journal, passes_over_files_that_are_not_segments) {
    three_months();
    file_put(segment_path("2026-12.a1b2.new"), "x", 1);
    file_put(segment_path("notes"), "x", 1);
    cr_assert_eq(count_records(), 6);
}

// ---- failing writes

static ssize_t short_pwrite(int fd, const void *data, size_t len, off_t at) {
    return pwrite(fd, data, len < 100 ? len : 100, at);
}

static ssize_t full_pwrite(int fd, const void *data, size_t len, off_t at) {
    static int calls;
    if (++calls % 2 == 1) {
        return pwrite(fd, data, len / 2, at);
    }
    errno = ENOSPC;
    return -1;
}

static ssize_t broken_pwrite(int fd, const void *data, size_t len, off_t at) {
    (void)fd;
    (void)data;
    (void)len;
    (void)at;
    errno = EIO;
    return -1;
}

static int broken_ftruncate(int fd, off_t len) {
    (void)fd;
    (void)len;
    errno = EIO;
    return -1;
}

static void stage_one(struct journal *journal, size_t len) {
    uint8_t record[4096] = {0};
    assert_ok(journal_begin(journal, on(2026, 11, 1)));
    record[0] = (uint8_t)journal_next(journal);
    assert_ok(journal_stage(journal, bytes_of(record, len)));
}

Test(journal, leaves_nothing_of_a_write_that_failed) {
    struct journal *journal = opened();
    write_batch(journal, on(2026, 11, 1), 1, 25);
    size_t before = file_size(segment_path("2026-11"));
    stage_one(journal, 2000);
    faults.pwrite = full_pwrite;
    assert_refused(journal_flush(journal), ERR_FULL, "space");
    cr_assert_eq(file_size(segment_path("2026-11")), before);
    cr_assert_eq(journal_count(journal), 1);
    stage_one(journal, 2000);
    faults.pwrite = broken_pwrite;
    assert_refused(journal_flush(journal), ERR_IO, "journal");
    cr_assert_eq(journal_tree(journal)->size, 1);
    faults.pwrite = pwrite;
    write_batch(journal, on(2026, 11, 1), 1, 25);
    journal_close(journal);
    cr_assert_eq(count_records(), 2);
}

Test(journal, writes_on_after_short_writes) {
    struct journal *journal = opened();
    faults.pwrite = short_pwrite;
    write_batch(journal, on(2026, 11, 1), 3, 1500);
    journal_close(journal);
    faults.pwrite = pwrite;
    cr_assert_eq(count_records(), 3);
}

Test(journal, does_not_write_over_a_tail_that_it_could_not_cut_off) {
    struct journal *journal = opened();
    write_batch(journal, on(2026, 11, 1), 1, 25);
    size_t before = file_size(segment_path("2026-11"));
    stage_one(journal, 2000);
    faults.pwrite = full_pwrite;
    faults.ftruncate = broken_ftruncate;
    assert_refused(journal_flush(journal), ERR_FULL, "nor cut back");
    faults.pwrite = pwrite;
    cr_assert_gt(file_size(segment_path("2026-11")), before);
    cr_assert_eq(journal_begin(journal, on(2026, 12, 1)), ERR_IO);
    faults.ftruncate = ftruncate;
    write_batch(journal, on(2026, 11, 1), 1, 25);
    journal_close(journal);
    cr_assert_eq(count_records(), 2);
}

static int broken_sync(int fd) {
    (void)fd;
    errno = EIO;
    return -1;
}

Test(journal, ends_the_process_when_a_sync_fails) {
    pid_t child = fork();
    if (child == 0) {
        struct journal *journal = opened();
        stage_one(journal, 25);
        faults.fdatasync = broken_sync;
        err_t err = journal_flush(journal);
        _exit(err == OK ? 0 : 1);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), 2);
}

static size_t written, synced_after;
static ssize_t counting_pwrite(int fd, const void *data, size_t len, off_t at) {
    written += len;
    return pwrite(fd, data, len, at);
}
static int counting_sync(int fd) {
    synced_after = written;
    return fdatasync(fd);
}

Test(journal, writes_the_last_batch_again_and_syncs_it_before_it_is_read_back) {
    size_t ends[4];
    three_batches(ends);
    faults.pwrite = counting_pwrite;
    faults.fdatasync = counting_sync;
    cr_assert_eq(count_records(), 4);
    cr_assert_eq(written, ends[3] - ends[2]);
    cr_assert_eq(synced_after, ends[3] - ends[2]);
}

Test(journal, refuses_more_at_once_than_a_batch_may_hold) {
    struct journal *journal = opened();
    uint8_t *record = calloc(1, RECORD_MAX);
    err_t err = journal_begin(journal, on(2026, 11, 1));
    size_t count = 0;
    while (err == OK) {
        err = journal_stage(journal, bytes_of(record, RECORD_MAX));
        count += err == OK ? 1 : 0;
    }
    cr_assert_eq(err, ERR_TOO_LARGE);
    assert_ok(journal_flush(journal));
    journal_close(journal);
    cr_assert_eq(count_records(), count);
    free(record);
}
