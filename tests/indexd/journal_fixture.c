// SPDX-License-Identifier: Apache-2.0
#include "tests/indexd/journal_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/secret.h"
#include "indexd/segment.h"
#include "tests/base/refusal.h"

char folder[PATH_SIZE];
const struct merkle nothing;
const struct journal_place beginning;

void journal_folder_make(void) {
    assert_ok(secret_start());
    folder_make(folder);
    assert_ok(journal_create(folder));
}

void journal_folder_remove(void) {
    folder_remove(folder);
}

const char *segment_path(const char *month) {
    static char path[PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/journal/%s.seg", folder, month);
    return path;
}

const char *key_path(const char *month) {
    static char path[PATH_SIZE + 32];
    (void)snprintf(path, sizeof path, "%s/segment-keys/%s.key", folder, month);
    return path;
}

int64_t on(int year, int month, int day) {
    return clock_days(year, month, day) * 86400000;
}

struct journal *opened(void) {
    struct journal *journal = NULL;
    assert_ok(journal_open(folder, &beginning, &nothing, &journal));
    return journal;
}

void write_batch(struct journal *journal, int64_t now_ms, size_t count, size_t len) {
    uint8_t record[4096] = {0};
    assert_ok(journal_begin(journal, now_ms));
    for (size_t i = 0; i < count; i++) {
        record[0] = (uint8_t)journal_next(journal);
        assert_ok(journal_stage(journal, bytes_of(record, len)));
    }
    assert_ok(journal_flush(journal));
}

uint64_t count_records(void) {
    struct journal *journal = opened();
    uint64_t count = journal_count(journal);
    journal_close(journal);
    return count;
}

void assert_damaged(const char *words) {
    struct journal *journal = NULL;
    assert_refused(journal_open(folder, &beginning, &nothing, &journal), ERR_CORRUPT, words);
}

void three_batches(size_t out_ends[4]) {
    struct journal *journal = opened();
    const size_t counts[] = {1, 2, 1};
    for (size_t i = 0; i < 3; i++) {
        write_batch(journal, on(2026, 11, 1), counts[i], 25);
        out_ends[i + 1] = file_size(segment_path("2026-11"));
    }
    out_ends[0] = SEGMENT_HEADER_SIZE;
    journal_close(journal);
}
