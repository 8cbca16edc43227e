// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/secret.h"
#include "indexd/gather.h"
#include "tests/base/refusal.h"
#include "tests/indexd/files.h"

static char folder[PATH_SIZE];

static void start(void) {
    cr_assert_eq(secret_start(), OK);
    folder_make(folder);
}

static void end(void) {
    folder_remove(folder);
}

TestSuite(gather, .init = start, .fini = end);

// Row i of many: few enough tags that each gets several rows, spread over all parts or in one part alone.
static struct gathered row_of(uint32_t i, uint32_t tags, bool spread) {
    const uint64_t tag = i % tags;
    struct gathered row = {.child = spread ? tag * 0x9e3779b97f4a7c15 : tag, .removes = i % 3 == 0};
    row.entry.state = (uint8_t)(i % 8);
    row.entry.until = (uint16_t)(i / tags);
    memcpy(row.entry.record, &i, sizeof i);
    memcpy(row.entry.agency, &tags, sizeof tags);
    return row;
}

struct seen {
    uint32_t tags;
    bool spread, any;
    uint64_t last;
    uint64_t rows, children;
};

static err_t look(void *ctx, const struct gathered *rows, size_t count) {
    struct seen *seen = ctx;
    cr_assert(!seen->any || rows[0].child > seen->last);
    for (size_t i = 0; i < count; i++) {
        uint32_t number = 0;
        memcpy(&number, rows[i].entry.record, sizeof number);
        const struct gathered expected = row_of(number, seen->tags, seen->spread);
        cr_assert_eq(rows[i].child, expected.child);
        cr_assert_eq(rows[i].removes, expected.removes);
        cr_assert_arr_eq(rows[i].entry.agency, expected.entry.agency, AGENCY_TAG_SIZE);
        cr_assert_eq(rows[i].entry.state, expected.entry.state);
        cr_assert_eq(rows[i].entry.until, (uint16_t)i, "those of one tag in the order in which they came");
    }
    seen->any = true;
    seen->last = rows[0].child;
    seen->rows += count;
    seen->children++;
    return OK;
}

static void hands_over_in_order(uint32_t rows, uint32_t tags, bool spread) {
    struct gather *gather = NULL;
    assert_ok(gather_new(folder, &gather));
    for (int turn = 0; turn < 2; turn++) { // it serves again when it was handed over
        struct seen seen = {.tags = tags, .spread = spread};
        for (uint32_t i = 0; i < rows; i++) {
            const struct gathered row = row_of(i, tags, spread);
            assert_ok(gather_add(gather, &row));
        }
        cr_assert_eq(gather_count(gather), rows);
        assert_ok(gather_hand_over(gather, look, &seen));
        cr_assert_eq(seen.rows, rows);
        cr_assert_eq(seen.children, tags);
        cr_assert_eq(gather_count(gather), 0);
    }
    gather_free(gather);
}

Test(gather, hands_over_a_few_rows_in_order) {
    hands_over_in_order(300, 60, true);
}

Test(gather, hands_over_what_had_to_be_put_aside_in_order) {
    hands_over_in_order(60000, 9000, false); // all in one part: most of it lies in the file
    hands_over_in_order(60000, 9000, true);
}

static err_t stop_at_the_third(void *ctx, const struct gathered *rows, size_t count) {
    (void)rows;
    (void)count;
    int *visits = ctx;
    return ++*visits == 3 ? err_set(ERR_FULL, "enough") : OK;
}

Test(gather, ends_at_the_visitors_first_error) {
    struct gather *gather = NULL;
    int visits = 0;
    assert_ok(gather_new(folder, &gather));
    for (uint32_t i = 0; i < 50; i++) {
        const struct gathered row = row_of(i, 10, true);
        assert_ok(gather_add(gather, &row));
    }
    assert_refused(gather_hand_over(gather, stop_at_the_third, &visits), ERR_FULL, "enough");
    cr_assert_eq(visits, 3);
    gather_free(gather);
}

Test(gather, tells_when_nothing_can_be_put_aside) {
    struct gather *gather = NULL;
    assert_ok(gather_new("/nonexistent", &gather));
    err_t err = OK;
    for (uint32_t i = 0; err == OK && i < 10000; i++) {
        const struct gathered row = row_of(i, 10000, false);
        err = gather_add(gather, &row);
    }
    assert_refused(err, ERR_IO, "/nonexistent");
    gather_free(gather);
}
