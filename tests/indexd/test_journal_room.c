// SPDX-License-Identifier: Apache-2.0
// Room: zeros behind the journal's end, for the next batches to be written over. Whatever ends the process, it is told
// from what was written.
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexd/faults.h"
#include "indexd/scan.h"
#include "indexd/segment.h"
#include "tests/base/refusal.h"
#include "tests/indexd/files.h"
#include "tests/indexd/journal_fixture.h"

TestSuite(journal, .init = journal_folder_make, .fini = journal_folder_remove);

#define MONTH "2026-11"
#define ROOM (256 * 1024)
#define SECTOR 512

static size_t segment_size(void) {
    return file_size(segment_path(MONTH));
}

// The file with `zeros` behind its first `len` bytes, as a killed process leaves it.
static void put_with_room(const struct file_image *file, size_t len, size_t zeros) {
    uint8_t *longer = calloc(1, len + zeros);
    memcpy(longer, file->data, len);
    file_put(segment_path(MONTH), longer, len + zeros);
    free(longer);
}

// One batch of `count` records of `len` bytes behind a first one, written over room. Gives the file without room.
static struct file_image two_batches(size_t count, size_t len, size_t *out_first_end) {
    struct journal *journal = opened();
    write_batch(journal, on(2026, 11, 1), 3, len);
    *out_first_end = segment_size();
    journal_make_room(journal);
    write_batch(journal, on(2026, 11, 1), count, len);
    journal_close(journal);
    return file_take(segment_path(MONTH));
}

// ---- making it, and cutting it off

Test(journal, is_written_over_room_and_closed_without) {
    struct journal *journal = opened();
    write_batch(journal, on(2026, 11, 1), 1, 25);
    const size_t first = segment_size();
    journal_make_room(journal);
    cr_assert_eq(segment_size(), first + ROOM);
    for (int i = 0; i < 100; i++) {
        write_batch(journal, on(2026, 11, 1), 1, 25);
        journal_make_room(journal);
    }
    cr_assert_eq(segment_size(), first + ROOM, "little of it is used up");
    cr_assert_eq(journal_bytes(journal), first + 100 * (first - SEGMENT_HEADER_SIZE), "room counts");
    const uint64_t bytes = journal_bytes(journal);
    journal_close(journal);
    cr_assert_eq(segment_size(), bytes);
    cr_assert_eq(count_records(), 101);
}

Test(journal, makes_more_room_before_it_is_used_up_and_grows_where_a_batch_is_longer) {
    struct journal *journal = opened();
    size_t grown = 0;
    write_batch(journal, on(2026, 11, 1), 1, 25);
    journal_make_room(journal);
    for (int i = 0; i < 300; i++) {
        const size_t before = segment_size();
        write_batch(journal, on(2026, 11, 1), 1, 4000);
        cr_assert_eq(segment_size(), before, "batch %d", i);
        journal_make_room(journal);
        grown += segment_size() > before ? 1 : 0;
    }
    cr_assert_eq(grown, 4);
    write_batch(journal, on(2026, 11, 1), 100, 4000);
    const size_t end = segment_size();
    journal_make_room(journal);
    cr_assert_eq(segment_size(), end, "behind a long batch none is made");
    write_batch(journal, on(2026, 11, 1), 1, 25);
    journal_make_room(journal);
    cr_assert_gt(segment_size(), end + ROOM);
    journal_close(journal);
    cr_assert_eq(count_records(), 402);
}

Test(journal, goes_on_in_the_room_of_a_process_that_was_killed) {
    struct journal *journal = opened();
    write_batch(journal, on(2026, 11, 1), 2, 25);
    journal_make_room(journal);
    write_batch(journal, on(2026, 11, 1), 2, 25);
    const uint64_t bytes = journal_bytes(journal);
    struct file_image killed = file_take(segment_path(MONTH));
    journal_close(journal);
    file_put(segment_path(MONTH), killed.data, killed.len);
    journal = opened();
    cr_assert_eq(journal_count(journal), 4);
    cr_assert_eq(journal_bytes(journal), bytes);
    write_batch(journal, on(2026, 11, 1), 1, 25);
    cr_assert_eq(segment_size(), killed.len);
    journal_close(journal);
    cr_assert_eq(count_records(), 5);
    free(killed.data);
}

Test(journal, cuts_room_off_before_another_month_begins) {
    struct journal *journal = opened();
    write_batch(journal, on(2026, 11, 1), 1, 25);
    const size_t end = segment_size();
    journal_make_room(journal);
    write_batch(journal, on(2026, 12, 1), 1, 25);
    cr_assert_eq(segment_size(), end);
    journal_make_room(journal);
    cr_assert_eq(file_size(segment_path("2026-12")), end + ROOM);
    journal_close(journal);
    cr_assert_eq(count_records(), 2);
}

static int broken_ftruncate(int fd, off_t len) {
    (void)fd;
    (void)len;
    errno = EIO;
    return -1;
}

Test(journal, begins_no_month_while_room_stands_in_the_last_one) {
    struct journal *journal = opened();
    write_batch(journal, on(2026, 11, 1), 1, 25);
    journal_make_room(journal);
    faults.ftruncate = broken_ftruncate;
    cr_assert_eq(journal_begin(journal, on(2026, 12, 1)), ERR_IO);
    cr_assert_neq(access(segment_path("2026-12"), F_OK), 0);
    faults.ftruncate = ftruncate;
    write_batch(journal, on(2026, 12, 1), 1, 25);
    journal_close(journal);
    cr_assert_eq(count_records(), 2);
}

Test(journal, refuses_room_in_a_month_that_ended) {
    struct journal *journal = opened();
    write_batch(journal, on(2026, 11, 1), 1, 25);
    write_batch(journal, on(2026, 12, 1), 1, 25);
    journal_close(journal);
    struct file_image file = file_take(segment_path(MONTH));
    for (size_t zeros = 1; zeros < 2000; zeros += 37) {
        put_with_room(&file, file.len, zeros);
        assert_damaged("damaged at byte");
    }
    free(file.data);
}

static int writes_left;
static ssize_t filling_pwrite(int fd, const void *data, size_t len, off_t at) {
    if (writes_left-- > 0) {
        return pwrite(fd, data, len, at);
    }
    if (writes_left == -1) {
        return pwrite(fd, data, len / 2, at);
    }
    errno = ENOSPC;
    return -1;
}

Test(journal, takes_what_still_fits_where_room_does_not) {
    for (int fits = 0; fits < 4; fits++) {
        const uint64_t before = count_records();
        struct journal *journal = opened();
        faults.pwrite = filling_pwrite;
        writes_left = 1 + fits; // the batch, and so much of its room
        write_batch(journal, on(2026, 11, 1), 1, 25);
        journal_make_room(journal);
        faults.pwrite = pwrite;
        for (int i = 0; i < 200; i++) { // over what there is of it, and beyond
            write_batch(journal, on(2026, 11, 1), 1, 2000);
        }
        const uint64_t bytes = journal_bytes(journal);
        journal_close(journal);
        cr_assert_eq(segment_size(), bytes);
        cr_assert_eq(count_records(), before + 201);
    }
}

Test(journal, leaves_nothing_of_a_write_over_room_that_failed) {
    struct journal *journal = opened();
    write_batch(journal, on(2026, 11, 1), 1, 25);
    journal_make_room(journal);
    uint8_t record[2000] = {0};
    assert_ok(journal_begin(journal, on(2026, 11, 1)));
    assert_ok(journal_stage(journal, bytes_of(record, sizeof record)));
    faults.pwrite = filling_pwrite;
    writes_left = 0;
    assert_refused(journal_flush(journal), ERR_FULL, "space");
    faults.pwrite = pwrite;
    cr_assert_eq(count_records(), 1);
    write_batch(journal, on(2026, 11, 1), 1, 25);
    journal_make_room(journal);
    journal_close(journal);
    cr_assert_eq(count_records(), 2);
}

// ---- the end, what is torn, and what is damage

// Thousands of starts, of which none has to outlast the power.
static int no_sync(int fd) {
    (void)fd;
    return 0;
}

Test(journal, drops_a_batch_that_ends_in_room_at_any_byte) {
    size_t first = 0;
    faults.fdatasync = no_sync;
    struct file_image file = two_batches(2, 25, &first);
    for (size_t cut = first; cut <= file.len - 4; cut++) {
        put_with_room(&file, cut, 2000);
        cr_assert_eq(count_records(), 3, "cut at %zu", cut);
        cr_assert_eq(segment_size(), first, "cut at %zu", cut);
    }
    for (size_t zeros = 0; zeros < 2000; zeros++) {
        put_with_room(&file, file.len, zeros);
        cr_assert_eq(count_records(), 5, "%zu zeros", zeros);
        cr_assert_eq(segment_size(), file.len, "%zu zeros", zeros);
    }
    free(file.data);
}

// A sealed record may end in so many zeros, or in one that a bit turned into.
Test(journal, refuses_a_batch_of_which_less_than_four_bytes_are_missing) {
    size_t first = 0;
    struct file_image file = two_batches(2, 25, &first);
    memset(file.data + file.len - 4, 0xff, 1); // the seal fails, and the last three bytes hold no zero
    memset(file.data + file.len - 3, 0x55, 3);
    for (size_t missing = 1; missing < 4; missing++) {
        put_with_room(&file, file.len - missing, 2000);
        assert_damaged("damaged at byte");
    }
    free(file.data);
}

static void zero_sectors(struct file_image *file, size_t from, unsigned which) {
    for (size_t at = from; at < file->len; which >>= 1) {
        size_t next = (at / SECTOR + 1) * SECTOR;
        next = next < file->len ? next : file->len;
        if ((which & 1) != 0) {
            memset(file->data + at, 0, next - at);
        }
        at = next;
    }
}

static unsigned sectors(size_t from, size_t to) {
    return (unsigned)((to - 1) / SECTOR - from / SECTOR + 1);
}

Test(journal, drops_a_batch_of_which_any_of_its_sectors_were_not_written) {
    static const size_t shapes[][2] = {{1, 1500}, {3, 1500}, {9, 300}, {2, 400}};
    faults.fdatasync = no_sync;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        size_t first = 0;
        const uint64_t before = count_records();
        struct file_image file = two_batches(shapes[i][0], shapes[i][1], &first);
        const unsigned all = 1U << sectors(first, file.len);
        cr_assert_geq(SECTOR - first % SECTOR, 4, "choose another length");
        cr_assert_geq(file.len % SECTOR, 4, "choose another length");
        for (unsigned which = 1; which < all; which++) {
            struct file_image torn = {.data = malloc(file.len), .len = file.len};
            memcpy(torn.data, file.data, file.len);
            zero_sectors(&torn, first, which);
            put_with_room(&torn, torn.len, 3000);
            cr_assert_eq(count_records(), before + 3, "shape %zu, sectors %x", i, which);
            cr_assert_eq(segment_size(), first, "shape %zu, sectors %x", i, which);
            free(torn.data);
        }
        free(file.data);
    }
}

Test(journal, takes_no_flipped_bit_in_front_of_room_for_a_torn_tail) {
    size_t ends[4];
    three_batches(ends);
    struct file_image file = file_take(segment_path(MONTH));
    put_with_room(&file, file.len, 2000);
    for (size_t bit = 0; bit < file.len * 8; bit++) {
        struct journal *journal = NULL;
        file_flip(segment_path(MONTH), bit);
        cr_assert_eq(journal_open(folder, &beginning, &nothing, &journal), ERR_CORRUPT, "bit %zu", bit);
        file_flip(segment_path(MONTH), bit);
    }
    cr_assert_eq(count_records(), 4);
    free(file.data);
}

// Within the place of the next batch's first header it is dropped, as its beginning would be: nothing stood there.
Test(journal, takes_a_flipped_bit_in_room_for_damage_and_loses_nothing_by_any) {
    size_t ends[4];
    three_batches(ends);
    struct file_image file = file_take(segment_path(MONTH));
    faults.fdatasync = no_sync;
    for (size_t bit = 0; bit < 2000 * 8; bit++) {
        const bool in_header = bit < (FRAME_HEADER_SIZE - 1) * 8;
        if (in_header || bit == (FRAME_HEADER_SIZE - 1) * 8) { // the one before was cut off
            put_with_room(&file, file.len, 2000);
        }
        file_flip(segment_path(MONTH), file.len * 8 + bit);
        if (in_header) {
            cr_assert_eq(count_records(), 4, "bit %zu", bit);
        } else {
            assert_damaged("damaged at byte");
            file_flip(segment_path(MONTH), file.len * 8 + bit);
        }
    }
    free(file.data);
}

// As where the file was cut off there: what has been applied, and heads, tell. Nothing is changed where they do.
Test(journal, that_lost_whole_batches_to_zeros_is_refused_by_what_was_applied) {
    size_t ends[4];
    three_batches(ends);
    struct journal *journal = opened();
    struct merkle applied = *journal_tree(journal);
    journal_close(journal);
    struct file_image file = file_take(segment_path(MONTH));
    for (size_t kept = 0; kept < 3; kept++) {
        put_with_room(&file, ends[kept], file.len - ends[kept]);
        assert_refused(journal_open(folder, &beginning, &applied, &journal), ERR_CORRUPT, "has applied record 4");
        cr_assert_eq(segment_size(), file.len, "altered though refused");
    }
    put_with_room(&file, ends[2], file.len - ends[2]);
    cr_assert_eq(count_records(), 3);
    free(file.data);
}

// ---- reading beside

Test(journal, is_read_on_where_room_is_cut_off_meanwhile) {
    struct journal *journal = opened();
    write_batch(journal, on(2026, 11, 1), 5, 25);
    journal_make_room(journal);
    struct scan scan = {0};
    bool more = true;
    size_t count = 0;
    assert_ok(scan_open(&scan, segment_path(MONTH), MONTH, NULL, 1));
    scan.last = true;
    journal_close(journal);
    while (more) {
        assert_ok(scan_next(&scan, &more));
        count += more ? 1 : 0;
    }
    cr_assert_eq(count, 5);
    scan_close(&scan);
}
