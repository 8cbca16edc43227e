// SPDX-License-Identifier: Apache-2.0
#include "indexd/record.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/base/refusal.h"

static struct record_child asked[2] = {
    {.answer = ANSWER_YES, .tag_count = 2, .slots = {0, 2}, .tags = {0x0102030405060708, UINT64_MAX}},
    {.answer = ANSWER_NO, .canary = true, .tag_count = 0},
};

static struct record_change changed[2] = {
    {.action = ACTION_REPLACE,
     .result = RESULT_REPLACED,
     .record = {1, 2, 3, 4, 5, 6, 7, 8},
     .row_count = 2,
     .rows = {{.kind = ROW_REMOVE, .slot = 1, .child = 7, .agency = {9, 9, 9, 9, 9, 9}},
              {.kind = ROW_PUT,
               .slot = 15,
               .child = 8,
               .agency = {1, 1, 1, 1, 1, 1},
               .state = ENTRY_CURRENT | ENTRY_QUIET,
               .until = 0x1234}}},
    {.action = ACTION_OPEN,
     .result = RESULT_UNCHANGED,
     .row_count = 1,
     .rows = {{.kind = ROW_CONCERNED, .slot = 3, .child = 99}}},
};

static struct record question(void) {
    return (struct record){.kind = RECORD_QUESTION,
                           .seq = 77,
                           .time_ms = 1795343820123,
                           .agency = "north",
                           .person = "j-smith",
                           .claimed = true,
                           .has_purpose = true,
                           .purpose = PURPOSE_SECTION_47,
                           .reference = "7G2K9-QXM4T",
                           .units = 2,
                           .unregistered = 1,
                           .reserve = true,
                           .count = 2,
                           .children = asked};
}

static struct record changes(void) {
    return (struct record){
        .kind = RECORD_CHANGES, .seq = 78, .time_ms = 5, .agency = "north", .count = 2, .changes = changed};
}

static struct buf encoded(const struct record *record) {
    struct buf bytes = {0};
    assert_ok(record_encode(record, &bytes));
    return bytes;
}

static struct record decoded(const struct buf *bytes) {
    struct record record;
    assert_ok(record_decode(buf_bytes(bytes), &record));
    return record;
}

// Encoding what was decoded gives the same bytes: nothing was lost or altered on the way.
static void assert_round_trip(const struct record *record) {
    struct buf bytes = encoded(record);
    struct record back = decoded(&bytes);
    struct buf again = encoded(&back);
    cr_assert(bytes_equal(buf_bytes(&bytes), buf_bytes(&again)));
    record_free(&back);
    buf_free(&bytes);
    buf_free(&again);
}

Test(record, of_a_question_reads_back_as_written) {
    struct record record = question();
    assert_round_trip(&record);
    struct buf bytes = encoded(&record);
    struct record back = decoded(&bytes);
    cr_assert_eq(back.seq, 77);
    cr_assert_eq(back.time_ms, 1795343820123);
    cr_assert_str_eq(back.agency, "north");
    cr_assert_str_eq(back.person, "j-smith");
    cr_assert(back.claimed && back.has_purpose);
    cr_assert_eq(back.purpose, PURPOSE_SECTION_47);
    cr_assert_str_eq(back.reference, "7G2K9-QXM4T");
    cr_assert_eq(back.units, 2);
    cr_assert_eq(back.unregistered, 1);
    cr_assert(back.reserve);
    cr_assert_eq(back.count, 2);
    cr_assert_eq(back.children[0].answer, ANSWER_YES);
    cr_assert_eq(back.children[0].slots[1], 2);
    cr_assert_eq(back.children[0].tags[0], 0x0102030405060708);
    cr_assert_eq(back.children[1].answer, ANSWER_NO);
    cr_assert(back.children[1].canary && !back.children[0].canary);
    record_free(&back);
    buf_free(&bytes);
}

Test(record, of_changes_reads_back_as_written) {
    struct record record = changes();
    assert_round_trip(&record);
    struct buf bytes = encoded(&record);
    struct record back = decoded(&bytes);
    cr_assert_not(back.has_purpose);
    cr_assert_eq(back.count, 2);
    cr_assert_eq(back.changes[0].result, RESULT_REPLACED);
    cr_assert_eq(back.changes[0].rows[0].kind, ROW_REMOVE);
    cr_assert_eq(back.changes[0].rows[1].until, 0x1234);
    cr_assert_eq(back.changes[0].rows[1].state, ENTRY_CURRENT | ENTRY_QUIET);
    cr_assert_eq(back.changes[1].rows[0].child, 99);
    record_free(&back);
    buf_free(&bytes);
}

Test(record, of_a_beginning_a_refusal_and_an_act_reads_back_as_written) {
    struct record init = {.kind = RECORD_INIT, .seq = 1, .scheme = "demo", .epoch = 3, .store_id = {5}};
    struct record refusal = {.kind = RECORD_REFUSAL, .seq = 2, .texts = {"urn:x", "/v1/questions", "not allowed"}};
    struct record epoch = {.kind = RECORD_EPOCH, .seq = 5, .epoch = 2, .previous_epoch = 1};
    struct record moved = {.kind = RECORD_MOVED, .seq = 6, .agency = "north", .epoch = 2};
    struct record act = {.kind = RECORD_ACT, .seq = 3, .texts = {"root", "deny north"}};
    struct record signed_act = {
        .kind = RECORD_SIGNED, .seq = 4, .texts = {"shield-lift", "urn:a", "urn:b"}, .nonce = {9}};
    signed_act.document = bytes_str("{\"payload\":\"\"}");
    struct record_cover covers[] = {{SHIELD_IDENTIFIER, 7}, {SHIELD_RECORD, UINT64_MAX}};
    struct record shield = {.kind = RECORD_SHIELD, .seq = 5, .texts = {"M-7"}, .number = 5, .lifts = true};
    struct record touch = {
        .kind = RECORD_TOUCH, .seq = 6, .touch = TOUCH_NAMES, .number = 5, .touching = 4, .item = 255};
    struct record_removal gone[] = {{.child = 3, .agency = {1}, .record = {2}}, {.child = 4}};
    struct record removals = {.kind = RECORD_REMOVALS, .removal_reason = REMOVAL_PURGE, .agency = "south", .count = 2};
    struct record purge = {.kind = RECORD_PURGE, .agency = "south", .ended = true};
    removals.removals = gone;
    assert_round_trip(&removals);
    assert_round_trip(&purge);
    shield.covers = covers;
    shield.count = 2;
    assert_round_trip(&shield);
    assert_round_trip(&touch);
    assert_round_trip(&init);
    assert_round_trip(&signed_act);
    assert_round_trip(&refusal);
    assert_round_trip(&act);
    assert_round_trip(&epoch);
    assert_round_trip(&moved);
    struct buf bytes = encoded(&refusal);
    struct record back = decoded(&bytes);
    cr_assert_str_eq(back.texts[1], "/v1/questions");
    record_free(&back);
    buf_free(&bytes);
}

Test(record, cut_off_anywhere_is_refused) {
    struct record all[] = {question(),
                           changes(),
                           {.kind = RECORD_ACT, .texts = {"root", "reload"}},
                           {.kind = RECORD_ALERT, .texts = {"many-no", "north:jo", "20 in a row"}, .cause = 70},
                           {.kind = RECORD_BLOCK, .texts = {"north:jo", "block", "cap of 20 answers"}},
                           {.kind = RECORD_EPOCH, .epoch = 2, .previous_epoch = 1},
                           {.kind = RECORD_MOVED, .agency = "north", .epoch = 2},
                           {.kind = RECORD_SIGNED, .texts = {"note", "urn:a"}, .document = bytes_str("{}")}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct buf bytes = encoded(&all[i]);
        for (size_t len = 0; len < bytes.len; len++) {
            struct record back;
            cr_assert_eq(record_decode(bytes_of(bytes.data, len), &back), ERR_CORRUPT, "%zu of %zu", len, bytes.len);
        }
        buf_free(&bytes);
    }
}

Test(record, with_a_byte_left_over_is_refused) {
    struct record record = question();
    struct record back;
    struct buf bytes = encoded(&record);
    buf_put_u8(&bytes, 0);
    assert_refused(record_decode(buf_bytes(&bytes), &back), ERR_CORRUPT, "format");
    buf_free(&bytes);
}

// The byte at `at` stands for a number that must stay below its bound.
static void assert_bound(const struct record *record, size_t at, uint8_t beyond) {
    struct record back;
    struct buf bytes = encoded(record);
    cr_assert_lt(bytes.data[at], beyond);
    bytes.data[at] = beyond;
    cr_assert_eq(record_decode(buf_bytes(&bytes), &back), ERR_CORRUPT, "byte %zu", at);
    buf_free(&bytes);
}

Test(record, with_a_number_out_of_range_is_refused) {
    struct record record = question();
    size_t person = 17 + 6;
    size_t claimed = person + 8;
    size_t reserve = claimed + 2 + 12 + 4 + 2;
    size_t count = reserve + 1;
    assert_bound(&record, 0, RECORD_KINDS);                 // kind
    assert_bound(&record, claimed, 2);                      //
    assert_bound(&record, claimed + 1, PURPOSE_COUNT);      //
    assert_bound(&record, claimed + 2, 12);                 // a longer reference than there is
    assert_bound(&record, reserve, 2);                      //
    assert_bound(&record, count, 2);                        // 512 children
    assert_bound(&record, count + 2, 2 * (ANSWER_YES + 1)); // with or without the mark of a canary
    assert_bound(&record, count + 3, MAX_SLOTS + 1);        // tags
    assert_bound(&record, count + 4, MAX_SLOTS);            // a slot
    struct record other = changes();
    size_t change = 17 + 6 + 1 + 1 + 1 + 1 + 4 + 2 + 1 + 2;
    assert_bound(&other, change, ACTION_WITHDRAW + 1);
    assert_bound(&other, change + 1, RESULT_NOT_FOUND + 1);
    assert_bound(&other, change + 10, RECORD_ROWS_MAX + 1);
    assert_bound(&other, change + 11, ROW_REMOVE + 1);
    assert_bound(&other, change + 12, MAX_SLOTS);
    assert_bound(&other, change + 11 + 16 + 1 + 1 + 8 + 6, ENTRY_STATES + 1); // the second row's state
}

Test(record, of_a_shield_or_a_touch_with_a_number_out_of_range_is_refused) {
    struct record_cover cover = {SHIELD_IDENTIFIER, 7};
    struct record shield = {.kind = RECORD_SHIELD, .texts = {"M-7"}, .count = 1, .covers = &cover};
    struct record touch = {.kind = RECORD_TOUCH};
    size_t lifts = 17 + 4 + 8;
    assert_bound(&shield, lifts, 2);
    assert_bound(&shield, lifts + 3, SHIELD_OWN);
    assert_bound(&touch, 17, TOUCH_LAST + 1);
    struct record purge = {.kind = RECORD_PURGE, .agency = "south"};
    struct record_removal gone = {.child = 3};
    struct record removals = {.kind = RECORD_REMOVALS, .count = 1, .removals = &gone};
    assert_bound(&purge, 17 + 6, 2);
    assert_bound(&removals, 17, REMOVAL_PURGE + 1);
    assert_bound(&removals, 17 + 2, 0x80); // more than fit
    cover.kind = 0;
    struct record back;
    struct buf bytes = encoded(&shield);
    cr_assert_eq(record_decode(buf_bytes(&bytes), &back), ERR_CORRUPT);
    buf_free(&bytes);
}

Test(record, without_children_or_with_a_zero_in_a_text_is_refused) {
    struct record back;
    struct record record = question();
    struct buf bytes = encoded(&record);
    bytes.data[19] = 0; // "north"
    cr_assert_eq(record_decode(buf_bytes(&bytes), &back), ERR_CORRUPT);
    buf_free(&bytes);
    record.count = 0;
    bytes = encoded(&record);
    cr_assert_eq(record_decode(buf_bytes(&bytes), &back), ERR_CORRUPT);
    buf_free(&bytes);
}

Test(record, of_the_largest_operation_fits) {
    struct record_change *many = calloc(MAX_CHILDREN, sizeof *many);
    for (size_t i = 0; i < MAX_CHILDREN; i++) {
        many[i].row_count = 2 * MAX_SLOTS; // and no slice has as many rows as these together
        for (size_t row = 0; row < 2 * MAX_SLOTS; row++) {
            many[i].rows[row].kind = ROW_PUT;
        }
    }
    struct record record = changes();
    memset(record.agency, 'a', MAX_ID);
    memset(record.person, 'p', MAX_ID);
    record.count = MAX_CHILDREN;
    record.changes = many;
    assert_round_trip(&record);
    free(many);
}

Test(record, of_an_alert_or_a_block_reads_back_as_written) {
    struct record alert = {.kind = RECORD_ALERT, .seq = 9, .texts = {"volume", "north", "many"}, .cause = 0x0102030405};
    struct record block = {.kind = RECORD_BLOCK, .seq = 10, .texts = {"north:jo", "unblock", "ada"}};
    assert_round_trip(&alert);
    assert_round_trip(&block);
    struct buf bytes = encoded(&alert);
    struct record back = decoded(&bytes);
    cr_assert_eq(back.cause, 0x0102030405);
    cr_assert_str_eq(back.texts[2], "many");
    record_free(&back);
    buf_free(&bytes);
}

Test(record, of_a_block_that_is_neither_set_nor_lifted_is_refused) {
    struct record wrong[] = {{.kind = RECORD_BLOCK, .texts = {"north", "blocked", ""}},
                             {.kind = RECORD_BLOCK, .texts = {"", "block", ""}}};
    for (size_t i = 0; i < 2; i++) {
        struct buf bytes = encoded(&wrong[i]);
        struct record back;
        assert_refused(record_decode(buf_bytes(&bytes), &back), ERR_CORRUPT, "format");
        buf_free(&bytes);
    }
}
