// SPDX-License-Identifier: Apache-2.0
#include "indexd/entries.h"

#include <string.h>

#define NAME_SIZE (AGENCY_TAG_SIZE + RECORD_TAG_SIZE)

struct entry entries_at(struct entries entries, size_t i) {
    const uint8_t *at = entries.packed + i * ENTRY_SIZE;
    struct entry entry = {.state = at[NAME_SIZE], .until = (uint16_t)(at[NAME_SIZE + 1] << 8 | at[NAME_SIZE + 2])};
    memcpy(entry.agency, at, AGENCY_TAG_SIZE);
    memcpy(entry.record, at + AGENCY_TAG_SIZE, RECORD_TAG_SIZE);
    return entry;
}

static void entry_write(uint8_t *at, const struct entry *entry) {
    memcpy(at, entry->agency, AGENCY_TAG_SIZE);
    memcpy(at + AGENCY_TAG_SIZE, entry->record, RECORD_TAG_SIZE);
    at[NAME_SIZE] = entry->state;
    at[NAME_SIZE + 1] = (uint8_t)(entry->until >> 8);
    at[NAME_SIZE + 2] = (uint8_t)entry->until;
}

// The first entry that is not before `name`, of which `len` bytes are compared.
static size_t lower_bound(struct entries entries, const uint8_t *name, size_t len) {
    size_t low = 0;
    size_t high = entries.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(entries.packed + middle * ENTRY_SIZE, name, len) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t entries_find(struct entries entries, const uint8_t agency[AGENCY_TAG_SIZE],
                    const uint8_t record[RECORD_TAG_SIZE], bool *out_found) {
    uint8_t name[NAME_SIZE];
    memcpy(name, agency, AGENCY_TAG_SIZE);
    memcpy(name + AGENCY_TAG_SIZE, record, RECORD_TAG_SIZE);
    size_t at = lower_bound(entries, name, sizeof name);
    *out_found = at < entries.count && memcmp(entries.packed + at * ENTRY_SIZE, name, sizeof name) == 0;
    return at;
}

size_t entries_of_agency(struct entries entries, const uint8_t agency[AGENCY_TAG_SIZE]) {
    size_t first = lower_bound(entries, agency, AGENCY_TAG_SIZE);
    size_t end = first;
    while (end < entries.count && memcmp(entries.packed + end * ENTRY_SIZE, agency, AGENCY_TAG_SIZE) == 0) {
        end++;
    }
    return end - first;
}

size_t entries_put(uint8_t *packed, size_t count, const struct entry *entry) {
    bool found = false;
    size_t at = entries_find((struct entries){packed, count}, entry->agency, entry->record, &found);
    uint8_t *place = packed + at * ENTRY_SIZE;
    if (!found) {
        memmove(place + ENTRY_SIZE, place, (count - at) * ENTRY_SIZE);
        count++;
    }
    entry_write(place, entry);
    return count;
}

size_t entries_remove(uint8_t *packed, size_t count, const uint8_t agency[AGENCY_TAG_SIZE],
                      const uint8_t record[RECORD_TAG_SIZE]) {
    bool found = false;
    size_t at = entries_find((struct entries){packed, count}, agency, record, &found);
    if (!found) {
        return count;
    }
    uint8_t *place = packed + at * ENTRY_SIZE;
    memmove(place, place + ENTRY_SIZE, (count - at - 1) * ENTRY_SIZE);
    return count - 1;
}
