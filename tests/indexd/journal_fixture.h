// SPDX-License-Identifier: Apache-2.0
// A journal in a fresh folder. A failure of the fixture itself ends the test.
#ifndef TESTS_INDEXD_JOURNAL_FIXTURE_H
#define TESTS_INDEXD_JOURNAL_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "indexd/journal.h"
#include "tests/indexd/files.h"

extern char folder[PATH_SIZE];
extern const struct merkle nothing;
extern const struct journal_place beginning;

void journal_folder_make(void);
void journal_folder_remove(void);
// Of a month; the text stands until the next call.
const char *segment_path(const char *month);
const char *key_path(const char *month);
int64_t on(int year, int month, int day); // milliseconds

// From its beginning.
struct journal *opened(void);
// One batch of `count` records of `len` bytes; each begins with its number.
void write_batch(struct journal *journal, int64_t now_ms, size_t count, size_t len);
// Batches of 1, 2 and 1 small records; *out_ends holds the file's length after each.
void three_batches(size_t out_ends[4]);
// Opens, tells how many records there are, and closes.
uint64_t count_records(void);
// Opening finds damage.
void assert_damaged(const char *words);

#endif
