// SPDX-License-Identifier: Apache-2.0
#include "indexd/journal.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexd/segment.h"
#include "tests/base/refusal.h"
#include "tests/indexd/files.h"
#include "tests/indexd/journal_fixture.h"

TestSuite(journal, .init = journal_folder_make, .fini = journal_folder_remove);

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
