// SPDX-License-Identifier: Apache-2.0
#include "indexd/entries.h"

#include <criterion/criterion.h>
#include <string.h>

static struct entry entry_of(uint8_t agency, uint8_t record, uint8_t state, uint16_t until) {
    return (struct entry){.agency = {agency}, .record = {record}, .state = state, .until = until};
}

static size_t put(uint8_t *packed, size_t count, struct entry entry) {
    return entries_put(packed, count, &entry);
}

Test(entries, are_packed_as_stated) {
    uint8_t packed[ENTRY_SIZE];
    const uint8_t expected[ENTRY_SIZE] = {1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0x1f, 0xab};
    cr_assert_eq(put(packed, 0, entry_of(1, 2, 3, 0x1fab)), 1);
    cr_assert_arr_eq(packed, expected, sizeof expected);
    struct entry back = entries_at((struct entries){packed, 1}, 0);
    cr_assert_eq(back.until, 0x1fab);
    cr_assert_eq(back.state, 3);
}

Test(entries, stay_sorted_in_whatever_order_they_come) {
    uint8_t packed[6 * ENTRY_SIZE];
    size_t count = 0;
    const uint8_t order[] = {3, 1, 5, 2, 6, 4};
    for (size_t i = 0; i < sizeof order; i++) {
        count = put(packed, count, entry_of((uint8_t)(order[i] % 2), order[i], ENTRY_CURRENT, 1));
    }
    cr_assert_eq(count, 6);
    for (size_t i = 1; i < count; i++) {
        cr_assert_lt(memcmp(packed + (i - 1) * ENTRY_SIZE, packed + i * ENTRY_SIZE, 14), 0);
    }
    cr_assert_eq(entries_of_agency((struct entries){packed, count}, (const uint8_t[6]){1}), 3);
    cr_assert_eq(entries_of_agency((struct entries){packed, count}, (const uint8_t[6]){2}), 0);
}

Test(entries, of_one_record_are_overwritten_and_removed_alone) {
    uint8_t packed[2 * ENTRY_SIZE];
    bool found = false;
    size_t count = put(packed, 0, entry_of(1, 1, ENTRY_CURRENT, 1));
    count = put(packed, count, entry_of(1, 2, ENTRY_CURRENT, 1));
    count = put(packed, count, entry_of(1, 1, ENTRY_QUIET, 2));
    cr_assert_eq(count, 2);
    const struct entry gone = entry_of(1, 1, 0, 0);
    const struct entry stays = entry_of(1, 2, 0, 0);
    cr_assert_eq(entries_remove(packed, count, gone.agency, (const uint8_t[8]){9}), 2);
    count = entries_remove(packed, count, gone.agency, gone.record);
    cr_assert_eq(count, 1);
    (void)entries_find((struct entries){packed, count}, gone.agency, gone.record, &found);
    cr_assert_not(found);
    (void)entries_find((struct entries){packed, count}, stays.agency, stays.record, &found);
    cr_assert(found);
}
