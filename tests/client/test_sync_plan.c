// SPDX-License-Identifier: Apache-2.0
#include "client/sync_plan.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "client/handle.h"
#include "tests/base/refusal.h"
#include "tests/base/scratch.h"

#define TODAY 20000

static const uint8_t key[HANDLE_KEY_SIZE] = "thirty-two bytes of a handle key";
static struct descriptor descriptor;
static struct sync_terms terms;
static struct sync_state *state;
static struct caseload caseload;
static struct sync_plan plan;
static struct caseload_record rows[2] = {{.values = {.value = {"first", "", "", "", ""}}},
                                         {.values = {.value = {"second", "", "", "", ""}}}};
static struct caseload_child child;
static struct sync_order order;
static struct sync_record record;

static void add_set(const char *value) {
    struct match_values values = {.value = {value, "", "", "", ""}};
    struct sync_set *set = sync_record_add(&record);
    cr_assert_not_null(set);
    assert_ok(sync_values_mac(key, &descriptor, &values, set->values));
}

// One child with one row, registered as it is.
static void begin(void) {
    scratch_make();
    assert_ok(secret_start());
    descriptor = (struct descriptor){.epoch = 3, .slot_count = 5};
    terms = (struct sync_terms){.handle_key = key,
                                .descriptor = &descriptor,
                                .epochs = token_epoch(3),
                                .store_id = {1},
                                .day = TODAY,
                                .term_days = 400};
    child = (struct caseload_child){.records = rows, .record_count = 1};
    order = (struct sync_order){.child = &child};
    record = (struct sync_record){.store_id = {1}, .epoch = 3, .slots = 5, .day = TODAY};
    add_set("first");
}

static void end(void) {
    sync_record_free(&record);
    sync_plan_free(&plan);
    caseload_free(&caseload);
    sync_state_close(state);
    scratch_remove();
}

TestSuite(sync_plan, .init = begin, .fini = end);

static void assert_verdict(enum sync_verdict expected) {
    enum sync_verdict verdict = SYNC_VERDICT_COUNT;
    assert_ok(sync_judge(&terms, &order, false, &record, &verdict));
    cr_assert_eq(verdict, expected, "%d instead of %d", verdict, expected);
}

static void child_is_missing(void) {
    order.child = NULL;
}

// ---- one reference

Test(sync_plan, opens_a_child_that_has_no_record) {
    enum sync_verdict verdict = SYNC_VERDICT_COUNT;
    assert_ok(sync_judge(&terms, &order, false, NULL, &verdict));
    cr_assert_eq(verdict, SYNC_OPEN);
}

Test(sync_plan, leaves_a_child_alone_that_is_as_it_was) {
    assert_verdict(SYNC_UNCHANGED);
    child.quiet = record.quiet = true;
    assert_verdict(SYNC_UNCHANGED);
    child.previous = record.previous = true;
    record.day = 0;
    assert_verdict(SYNC_UNCHANGED); // what has ended is not renewed
}

Test(sync_plan, replaces_changed_details_an_alias_more_an_alias_less_and_another_quiet_flag) {
    rows[0].values.value[0] = "corrected";
    assert_verdict(SYNC_REPLACE);
    rows[0].values.value[0] = "first";
    child.record_count = 2;
    assert_verdict(SYNC_REPLACE);
    add_set("second");
    assert_verdict(SYNC_UNCHANGED);
    child.record_count = 1;
    assert_verdict(SYNC_REPLACE);
    child.record_count = 2;
    child.quiet = true;
    assert_verdict(SYNC_REPLACE);
}

Test(sync_plan, replaces_when_the_matching_rules_are_others) {
    descriptor.matching_digest[0] = 1;
    assert_verdict(SYNC_REPLACE);
}

Test(sync_plan, closes_what_ended_and_what_is_gone) {
    child.previous = true;
    assert_verdict(SYNC_CLOSE);
    child_is_missing();
    assert_verdict(SYNC_CLOSE);
    record.previous = true; // ended already, and now gone too
    assert_verdict(SYNC_CLOSE);
}

Test(sync_plan, leaves_a_record_alone_that_is_gone_and_forgets_it_after_its_term) {
    child_is_missing();
    record.previous = record.gone = true;
    assert_verdict(SYNC_UNCHANGED);
    record.day = TODAY - 400;
    assert_verdict(SYNC_UNCHANGED);
    record.day = TODAY - 401;
    assert_verdict(SYNC_FORGET);
}

Test(sync_plan, opens_again_what_had_ended_or_gone) {
    record.previous = true;
    assert_verdict(SYNC_OPEN);
    record.gone = true;
    assert_verdict(SYNC_OPEN);
    rows[0].values.value[0] = "corrected";
    assert_verdict(SYNC_OPEN);
    rows[0].values.value[0] = "first";
    child.previous = true; // back as an ended one: it is in the caseload again
    assert_verdict(SYNC_OPEN);
}

Test(sync_plan, renews_in_the_last_quarter_of_the_first_half_of_the_term_by_handle) {
    record.day = TODAY - 149;
    assert_verdict(SYNC_UNCHANGED);
    record.day = TODAY - 150;
    assert_verdict(SYNC_RENEW); // handle 00...
    record.handle[0] = 255;
    record.day = TODAY - 198;
    assert_verdict(SYNC_UNCHANGED);
    record.day = TODAY - 199;
    assert_verdict(SYNC_RENEW); // before half of 400
    record.day = TODAY + 1;
    assert_verdict(SYNC_UNCHANGED); // a clock that was wrong
    terms.term_days = 1;
    record.day = TODAY;
    assert_verdict(SYNC_RENEW);
}

Test(sync_plan, registers_again_what_another_store_confirmed) {
    record.store_id[0] = 2;
    assert_verdict(SYNC_OPEN);
    child.previous = record.previous = true;
    assert_verdict(SYNC_OPEN);
    child_is_missing();
    record.gone = true;
    assert_verdict(SYNC_CLOSE); // the new store must learn what ended
}

Test(sync_plan, takes_tokens_of_another_epoch_or_slot_count_for_none) {
    descriptor.epoch = 4;
    terms.epochs = token_epoch(4);
    assert_verdict(SYNC_OPEN);
    child_is_missing();
    assert_verdict(SYNC_FORGET);
    descriptor.epoch = 3;
    terms.epochs = token_epoch(3);
    descriptor.slot_count = 6;
    assert_verdict(SYNC_FORGET);
}

Test(sync_plan, repeats_what_was_not_confirmed) {
    record.pending = true;
    assert_verdict(SYNC_OPEN);
    add_set("second");
    record.sets[1].going = true;
    assert_verdict(SYNC_REPLACE);
    child.record_count = 2; // the correction was taken back before it was confirmed
    assert_verdict(SYNC_REPLACE);
    memset(record.store_id, 0, STORE_ID_SIZE);
    assert_verdict(SYNC_OPEN); // nothing of it was ever confirmed
    child_is_missing();
    assert_verdict(SYNC_CLOSE);
    record.previous = record.gone = true;
    assert_verdict(SYNC_CLOSE);
}

Test(sync_plan, registers_everything_again_in_full) {
    terms.full = true;
    assert_verdict(SYNC_OPEN);
    rows[0].values.value[0] = "corrected";
    assert_verdict(SYNC_REPLACE);
    rows[0].values.value[0] = "first";
}

Test(sync_plan, keeps_the_record_of_a_reference_with_rejected_rows_alone) {
    child_is_missing();
    order.held = true;
    assert_verdict(SYNC_UNCHANGED);
    record.day = TODAY - 199;
    assert_verdict(SYNC_RENEW);
    record.previous = record.gone = true;
    assert_verdict(SYNC_UNCHANGED);
}

Test(sync_plan, takes_nothing_from_a_child_with_a_rejected_row) {
    add_set("second");
    order.held = true;
    assert_verdict(SYNC_UNCHANGED);
    rows[0].values.value[0] = "third";
    assert_verdict(SYNC_REPLACE); // by adding
    rows[0].values.value[0] = "first";
}

Test(sync_plan, closes_nothing_for_being_missing_while_a_row_has_no_reference) {
    enum sync_verdict verdict = SYNC_VERDICT_COUNT;
    child_is_missing();
    assert_ok(sync_judge(&terms, &order, true, &record, &verdict));
    cr_assert_eq(verdict, SYNC_UNCHANGED);
    record.day = TODAY - 199;
    assert_ok(sync_judge(&terms, &order, true, &record, &verdict));
    cr_assert_eq(verdict, SYNC_RENEW);
}

// ---- the whole caseload

#define HEADER "ref,forenames,surname,date_of_birth,nhs_number,upn\n"

static void load(const char *text) {
    caseload_free(&caseload);
    assert_ok(caseload_load(scratch_write_text("c.csv", text), match_set_find("core"), &caseload));
}

static void make_plan(void) {
    sync_plan_free(&plan);
    assert_ok(sync_plan_make(&terms, &caseload, state, &plan));
}

// Registers the loaded caseload, as a sync would leave it.
static void register_all(void) {
    assert_ok(sync_state_open(scratch_path("s"), "demo", key, true, &state));
    for (size_t i = 0; i < caseload.child_count; i++) {
        const struct caseload_child *one = &caseload.children[i];
        struct sync_record stored = {.store_id = {1}, .epoch = 3, .slots = 5, .day = TODAY, .quiet = one->quiet};
        const struct sync_record *list[] = {&stored};
        assert_ok(handle_of(key, one->ref, stored.handle));
        for (size_t r = 0; r < one->record_count; r++) {
            assert_ok(sync_values_mac(key, &descriptor, &one->records[r].values, sync_record_add(&stored)->values));
        }
        assert_ok(sync_state_put(state, list, 1));
        sync_record_free(&stored);
    }
}

#define ANN "a,Ann,Archer,2012-01-30,,\n"
#define BEN "b,Ben,Butcher,2013-11-02,,\n"
#define CAT "c,Cat,Chandler,2014-06-14,,\n"
#define TWIN "twin,Ann,Archer,2012-01-30,,\n"

Test(sync_plan, opens_everything_without_a_state) {
    load(HEADER ANN BEN);
    make_plan();
    cr_assert_eq(plan.count, 2);
    cr_assert_eq(plan.verdicts[SYNC_OPEN], 2);
    cr_assert_lt(memcmp(plan.orders[0].handle, plan.orders[1].handle, HANDLE_SIZE), 0, "in the order of handles");
}

Test(sync_plan, finds_what_is_new_gone_changed_and_unchanged) {
    load(HEADER ANN BEN CAT);
    register_all();
    load(HEADER ANN "b,Benn,Butcher,2013-11-02,,\n"
                    "d,Dan,Draper,2010-10-10,,\n");
    make_plan();
    cr_assert_eq(plan.verdicts[SYNC_UNCHANGED], 1);
    cr_assert_eq(plan.verdicts[SYNC_REPLACE], 1);
    cr_assert_eq(plan.verdicts[SYNC_OPEN], 1);
    cr_assert_eq(plan.verdicts[SYNC_CLOSE], 1);
    cr_assert_eq(plan.count, 3, "nothing for those who are as they were");
    cr_assert_eq(plan.registered, 3);
    cr_assert_eq(plan.present, 3);
}

Test(sync_plan, tells_two_references_of_one_child_apart) {
    load(HEADER ANN TWIN);
    register_all();
    load(HEADER TWIN);
    make_plan();
    cr_assert_eq(plan.count, 1);
    cr_assert_eq(plan.orders[0].verdict, SYNC_CLOSE);
    uint8_t handle[HANDLE_SIZE];
    assert_ok(handle_of(key, "a", handle));
    cr_assert_arr_eq(plan.orders[0].handle, handle, HANDLE_SIZE);
}

Test(sync_plan, never_closes_for_a_typing_error) {
    load(HEADER ANN BEN CAT);
    register_all();
    load(HEADER ANN BEN "c,Cat,Chandler,2014-02-31,,\n");
    cr_assert_eq(caseload.child_count, 2);
    make_plan();
    cr_assert_eq(plan.count, 0);
    cr_assert_eq(plan.present, 3, "a rejected row is a row");
}

Test(sync_plan, never_shortens_a_record_for_a_column_that_was_set_aside) {
    load(HEADER "a,Ann,Archer,2012-01-30,9990000018,\n");
    register_all();
    load(HEADER "a,Ann,Archer,2012-01-30,9990000019,\n");
    cr_assert_eq(caseload.set_aside_count, 1);
    make_plan();
    cr_assert_eq(plan.count, 1);
    cr_assert_eq(plan.orders[0].verdict, SYNC_REPLACE);
    cr_assert(plan.orders[0].held);
}

Test(sync_plan, closes_nothing_while_a_row_cannot_be_told) {
    load(HEADER ANN BEN CAT);
    register_all();
    load(HEADER ANN BEN ",Cat,Chandler,2014-06-14,,\n");
    make_plan();
    cr_assert_eq(plan.count, 0);
    cr_assert_eq(plan.missing, 1);
}

static void load_many(size_t count) {
    char text[4096];
    size_t len = (size_t)snprintf(text, sizeof text, HEADER);
    for (size_t i = 0; i < count; i++) {
        len += (size_t)snprintf(text + len, sizeof text - len, "r%zu,Ann,Archer,2012-01-%02zu,,\n", i, i + 1);
    }
    load(text);
}

Test(sync_plan, shrinks_by_more_than_a_fifth_alone) {
    static const struct {
        size_t count;
        bool shrinks;
    } cases[] = {{20, false}, {25, false}, {16, false}, {15, true}, {0, true}};
    load_many(20);
    register_all();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        load_many(cases[i].count);
        make_plan();
        cr_assert_eq(sync_plan_shrinks(&plan), cases[i].shrinks, "20 to %zu", cases[i].count);
    }
}

Test(sync_plan, counts_a_child_once_that_was_rejected_twice) {
    load(HEADER ANN "a,Ann,Archer,2012-02-31,,\na,Ann,Archer,2012-02-32,,\n");
    make_plan();
    cr_assert_eq(plan.present, 1);
    cr_assert_eq(plan.count, 1);
    cr_assert(plan.orders[0].held);
    cr_assert_not_null(plan.orders[0].child);
}
