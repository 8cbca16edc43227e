// SPDX-License-Identifier: Apache-2.0
#include "client/changes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/base/refusal.h"
#include "tests/client/fake_scheme.h"

static struct fake_scheme scheme;
static struct session *session;
static struct caseload child, was;
static struct change_outcome outcome;
static uint8_t handle_key[HANDLE_KEY_SIZE] = "thirty-two bytes of a handle key";
static struct change_order order;

static void begin(void) {
    fake_scheme_make(&scheme, 2, 3);
    session = fake_session(&scheme);
    fake_child(&child, "case 1", "nhs", "9434765919");
    order = (struct change_order){.action = ACTION_OPEN, .handle_key = handle_key};
}

static void end(void) {
    session_free(session);
    caseload_free(&child);
    caseload_free(&was);
}

TestSuite(changes, .init = begin, .fini = end);

static void send_one(void) {
    changes_send(session, &order, child.children, was.children, 1, (struct progress){0}, &outcome);
}

static void assert_done(enum change_result result) {
    cr_assert_eq(outcome.cause, CAUSE_NONE, "%s", outcome.detail);
    cr_assert_eq(outcome.result, result, "%s", change_result_text(outcome.result));
}

static void assert_token(const struct token_set *set, const char *slot, const char *value) {
    uint8_t expected[TOKEN_SIZE];
    fake_token(&scheme, slot, value, expected);
    cr_assert_arr_eq(set->tokens[fake_slot(slot)], expected, TOKEN_SIZE);
}

Test(changes, open_under_the_handle_of_the_reference) {
    uint8_t handle[HANDLE_SIZE];
    assert_ok(handle_of(handle_key, "case 1", handle));
    send_one();
    assert_done(RESULT_OPENED);
    cr_assert_eq(scheme.change_count, 1);
    cr_assert_eq(scheme.changes[0].action, ACTION_OPEN);
    cr_assert_arr_eq(scheme.changes[0].handle, handle, HANDLE_SIZE);
    assert_token(&scheme.changes[0].tokens, "nhs", "9434765919");
    cr_assert_not(scheme.changes[0].previous);
    cr_assert_not(scheme.changes[0].quiet);
    cr_assert_eq(scheme.questions, 0, "nothing is asked that was not ordered");
}

Test(changes, say_when_the_work_has_ended_or_is_quiet) {
    child.children->previous = true;
    child.children->quiet = true;
    send_one();
    cr_assert(scheme.changes[0].previous);
    cr_assert(scheme.changes[0].quiet);
    order.action = ACTION_CLOSE;
    send_one();
    assert_done(RESULT_CLOSED);
    cr_assert_not(scheme.changes[1].previous, "only what is written has a kind");
    cr_assert_not(scheme.changes[1].quiet);
}

Test(changes, take_every_name_of_a_child) {
    fake_alias(child.children, "names_dob", "another name");
    order.action = ACTION_WITHDRAW;
    send_one();
    assert_done(RESULT_WITHDRAWN);
    cr_assert_eq(scheme.change_count, 2);
    cr_assert_eq(scheme.change_requests, 1);
    cr_assert_arr_eq(scheme.changes[0].handle, scheme.changes[1].handle, HANDLE_SIZE);
    assert_token(&scheme.changes[1].tokens, "names_dob", "another name");
}

static enum change_result not_found(const struct change *change) {
    (void)change;
    return RESULT_NOT_FOUND;
}

static enum change_result second_only(const struct change *change) {
    static const uint8_t empty[TOKEN_SIZE];
    bool first = memcmp(change->tokens.tokens[0], empty, TOKEN_SIZE) != 0;
    return first ? RESULT_NOT_FOUND : RESULT_UNCHANGED;
}

Test(changes, are_done_when_one_name_was_found) {
    fake_alias(child.children, "names_dob", "another name");
    scheme.decide = second_only;
    order.action = ACTION_CLOSE;
    send_one();
    assert_done(RESULT_UNCHANGED);
    scheme.decide = not_found;
    send_one();
    assert_done(RESULT_NOT_FOUND);
}

Test(changes, replace_every_old_name_by_the_first_new_one_and_open_the_rest) {
    fake_alias(child.children, "names_dob", "new alias");
    fake_child(&was, "case 1", "nhs", "old 1");
    fake_alias(was.children, "upn", "old 2");
    order.action = ACTION_REPLACE;
    send_one();
    assert_done(RESULT_REPLACED);
    cr_assert_eq(scheme.change_count, 3);
    const struct change *changes = scheme.changes;
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(changes[i].action, ACTION_REPLACE);
        assert_token(&changes[i].tokens, "nhs", "9434765919");
    }
    assert_token(&changes[0].old_tokens, "nhs", "old 1");
    assert_token(&changes[1].old_tokens, "upn", "old 2");
    cr_assert_eq(changes[2].action, ACTION_OPEN);
    assert_token(&changes[2].tokens, "names_dob", "new alias");
    for (size_t i = 1; i < 3; i++) {
        cr_assert_arr_eq(changes[i].handle, changes[0].handle, HANDLE_SIZE);
    }
}

Test(changes, open_nothing_for_a_child_that_was_not_found) {
    fake_alias(child.children, "names_dob", "new alias");
    fake_child(&was, "case 1", "nhs", "old 1");
    scheme.decide = not_found;
    order.action = ACTION_REPLACE;
    send_one();
    assert_done(RESULT_NOT_FOUND);
    cr_assert_eq(scheme.change_count, 1);
}

Test(changes, ask_in_the_same_request_after_the_canaries) {
    const struct ask ask = {.purpose = PURPOSE_LOOKED_AFTER};
    fake_involve(&scheme, "names_dob", "another name", true);
    fake_alias(child.children, "names_dob", "another name");
    order.ask = &ask;
    send_one();
    assert_done(RESULT_OPENED);
    cr_assert_eq(outcome.answer.cause, CAUSE_NONE);
    cr_assert_eq(outcome.answer.answer, ANSWER_PREVIOUSLY, "the strongest of its names");
    cr_assert_str_eq(outcome.answer.reference, "7G2K9-QXM4T");
    cr_assert_eq(scheme.purpose, PURPOSE_LOOKED_AFTER);
    cr_assert_eq(scheme.asked, scheme.descriptor.slot_count, "the canaries alone");
}

Test(changes, change_nothing_with_a_question_when_the_canaries_fail) {
    const struct ask ask = {.purpose = PURPOSE_LOOKED_AFTER};
    scheme.canaries_missing = true;
    order.ask = &ask;
    send_one();
    cr_assert_eq(outcome.cause, CAUSE_CANARIES);
    cr_assert_eq(outcome.answer.cause, CAUSE_CANARIES);
    cr_assert_eq(scheme.change_count, 0);
}

Test(changes, are_not_done_without_holders_or_index) {
    scheme.index_fault = FAULT_ABSENT;
    send_one();
    cr_assert_eq(outcome.cause, CAUSE_INDEX);
    cr_assert_str_eq(outcome.detail, "connection refused");
    scheme.faults[0] = FAULT_ABSENT;
    scheme.faults[1] = FAULT_ABSENT;
    send_one();
    cr_assert_eq(outcome.cause, CAUSE_HOLDERS);
    cr_assert_eq(scheme.change_count, 0);
}

Test(changes, are_not_done_when_another_store_replies) {
    send_one();
    scheme.other_store = true;
    send_one();
    cr_assert_eq(outcome.cause, CAUSE_INDEX);
    cr_assert_not_null(strstr(outcome.detail, "store was exchanged"));
}

Test(changes, need_a_reference) {
    child.children->ref[0] = '\0';
    send_one();
    cr_assert_eq(outcome.cause, CAUSE_SETUP);
    cr_assert_eq(scheme.change_count, 0);
}

Test(changes, keep_the_names_of_a_child_in_one_request) {
    enum { COUNT = 130 };
    struct change_outcome outcomes[COUNT];
    struct caseload many = {.children = calloc(COUNT, sizeof *many.children), .child_count = COUNT};
    for (size_t i = 0; i < COUNT; i++) {
        struct caseload one;
        char text[16];
        snprintf(text, sizeof text, "child %zu", i);
        fake_child(&one, text, "nhs", text);
        many.children[i] = one.children[0];
        free(one.children);
        fake_alias(&many.children[i], "upn", text);
        if (i == 0) {
            fake_alias(&many.children[i], "names_dob", text);
        }
    }
    changes_send(session, &order, many.children, NULL, COUNT, (struct progress){0}, outcomes);
    cr_assert_eq(scheme.change_count, 2 * COUNT + 1);
    cr_assert_eq(scheme.change_requests, 2);
    cr_assert_arr_neq(scheme.changes[254].handle, scheme.changes[255].handle, HANDLE_SIZE,
                      "255 changes, then the rest");
    for (size_t i = 0; i < COUNT; i++) {
        cr_assert_eq(outcomes[i].cause, CAUSE_NONE);
        cr_assert_eq(outcomes[i].result, RESULT_OPENED);
    }
    caseload_free(&many);
}
