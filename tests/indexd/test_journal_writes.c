// SPDX-License-Identifier: Apache-2.0
// The journal on a disk that fails.
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "indexd/faults.h"
#include "tests/base/refusal.h"
#include "tests/indexd/files.h"
#include "tests/indexd/journal_fixture.h"

TestSuite(journal, .init = journal_folder_make, .fini = journal_folder_remove);

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
