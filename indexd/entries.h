// SPDX-License-Identifier: Apache-2.0
// The value of one child tag: entries of 17 bytes without a separator, ascending by agency tag and record tag, no two
// of one record.
//   agency tag 6 | record tag 8 | state u8 | until u16 (big-endian)
#ifndef INDEXD_ENTRIES_H
#define INDEXD_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "indexd/tags.h"

#define ENTRY_SIZE 17

#define ENTRY_CURRENT 0x01 // otherwise the involvement has ended
#define ENTRY_QUIET 0x02   // never counts in anybody's answer
#define ENTRY_STATES (ENTRY_CURRENT | ENTRY_QUIET)

struct entry {
    uint8_t agency[AGENCY_TAG_SIZE];
    uint8_t record[RECORD_TAG_SIZE];
    uint8_t state;
    uint16_t until; // the quarter (year * 4 + 0..3) after which a current involvement counts as ended
};

struct entries { // borrows
    const uint8_t *packed;
    size_t count;
};

struct entry entries_at(struct entries entries, size_t i);
// Where the record's entry stands, or would stand; *out_found tells which.
size_t entries_find(struct entries entries, const uint8_t agency[AGENCY_TAG_SIZE],
                    const uint8_t record[RECORD_TAG_SIZE], bool *out_found);
// The number of one agency's entries.
size_t entries_of_agency(struct entries entries, const uint8_t agency[AGENCY_TAG_SIZE]);
// Inserts or overwrites; `packed` has room for count + 1. Returns the new count.
size_t entries_put(uint8_t *packed, size_t count, const struct entry *entry);
// Returns the new count: the same when there was no such entry.
size_t entries_remove(uint8_t *packed, size_t count, const uint8_t agency[AGENCY_TAG_SIZE],
                      const uint8_t record[RECORD_TAG_SIZE]);

#endif
