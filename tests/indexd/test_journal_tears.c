// SPDX-License-Identifier: Apache-2.0
// What a crash or a disk leaves at the journal's end, and what must not be taken for it.
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "indexd/segment.h"
#include "tests/base/refusal.h"
#include "tests/indexd/files.h"
#include "tests/indexd/journal_fixture.h"

TestSuite(journal, .init = journal_folder_make, .fini = journal_folder_remove);

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
