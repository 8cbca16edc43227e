// SPDX-License-Identifier: Apache-2.0
// The journal's months: each a segment and its key, all of them there and in their order.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "indexd/faults.h"
#include "indexd/segment.h"
#include "tests/base/refusal.h"
#include "tests/indexd/files.h"
#include "tests/indexd/journal_fixture.h"

TestSuite(journal, .init = journal_folder_make, .fini = journal_folder_remove);

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

static int asked_of;

static int note_descriptor(int fd, uint64_t *out) {
    asked_of = fd;
    *out = 1;
    return 0;
}

// Other threads ask for it while the one that writes closes a month's file.
Test(journal, tells_the_free_space_of_what_stays_open_when_the_month_turns) {
    uint64_t left = 0;
    struct journal *journal = opened();
    write_batch(journal, on(2026, 1, 31), 1, 8);
    assert_ok(journal_free_space(journal, &left));
    cr_assert_gt(left, 0);
    faults.free_bytes = note_descriptor;
    assert_ok(journal_free_space(journal, &left));
    const int before = asked_of;
    int taken = dup(before); // so that the next file cannot get its number by chance
    write_batch(journal, on(2026, 2, 1), 1, 8);
    assert_ok(journal_free_space(journal, &left));
    cr_assert_eq(asked_of, before);
    close(taken);
    journal_close(journal);
}
