// SPDX-License-Identifier: Apache-2.0
#include "client/questions.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/base/refusal.h"
#include "tests/client/fake_scheme.h"

static struct fake_scheme scheme;
static struct session *session;
static struct caseload child;
static struct outcome outcome;
static const struct ask assessment = {.purpose = PURPOSE_ASSESSMENT};

static void begin(void) {
    fake_scheme_make(&scheme, 2, 3);
    session = fake_session(&scheme);
    fake_child(&child, "case 1", "nhs", "9434765919");
}

static void end(void) {
    session_free(session);
    caseload_free(&child);
}

TestSuite(questions, .init = begin, .fini = end);

static void ask(void) {
    questions_ask(session, &assessment, child.children, 1, (struct progress){0}, &outcome);
}

static void assert_answer(enum answer expected) {
    ask();
    cr_assert_eq(outcome.cause, CAUSE_NONE, "%s", outcome.detail);
    cr_assert_eq(outcome.answer, expected, "%s", answer_text(outcome.answer));
    cr_assert_str_eq(outcome.reference, "7G2K9-QXM4T");
    cr_assert_eq(outcome.asked_at, 1795000000);
}

static void assert_unanswered(enum cause cause, const char *words) {
    ask();
    cr_assert_eq(outcome.cause, cause, "%d: %s", (int)outcome.cause, outcome.detail);
    cr_assert_not_null(strstr(outcome.detail, words), "%s", outcome.detail);
}

Test(questions, are_answered_no) {
    assert_answer(ANSWER_NO);
}

Test(questions, are_answered_yes) {
    fake_involve(&scheme, "nhs", "9434765919", false);
    assert_answer(ANSWER_YES);
}

static void refresh(bool restarted_1, bool restarted_2, bool restarted_3) {
    session_free(session);
    fake_refresh(&scheme);
    scheme.not_restarted[0] = !restarted_1;
    scheme.not_restarted[1] = !restarted_2;
    scheme.not_restarted[2] = !restarted_3;
    session = fake_session(&scheme);
    fake_involve(&scheme, "nhs", "9434765919", false);
}

Test(questions, are_answered_the_same_after_a_refresh) {
    refresh(true, true, true);
    assert_answer(ANSWER_YES);
    cr_expect_eq(scheme.elements, 2 * 1, "by the present generation alone");
}

Test(questions, are_answered_while_too_few_holders_have_the_present_generation) {
    refresh(false, true, false);
    assert_answer(ANSWER_YES);
}

Test(questions, mix_no_generations) {
    refresh(false, true, false);
    scheme.faults[0] = FAULT_ABSENT; // holder 2 has both, holder 3 the one before: together two of the one before
    assert_answer(ANSWER_YES);
    refresh(true, false, false);
    scheme.faults[1] = FAULT_ABSENT;
    scheme.faults[2] = FAULT_ABSENT;
    assert_unanswered(CAUSE_HOLDERS, "too few are left");
}

Test(questions, are_answered_previously) {
    fake_involve(&scheme, "nhs", "9434765919", true);
    assert_answer(ANSWER_PREVIOUSLY);
}

Test(questions, are_answered_possibly) {
    fake_alias(child.children, "sound_dob", "a sound");
    fake_involve(&scheme, "sound_dob", "a sound", false);
    assert_answer(ANSWER_POSSIBLY);
}

Test(questions, do_not_mix_slots) {
    fake_involve(&scheme, "upn", "9434765919", false);
    assert_answer(ANSWER_NO);
}

Test(questions, give_the_strongest_answer_of_all_names) {
    fake_alias(child.children, "head_dob", "another name");
    fake_alias(child.children, "names_dob", "a third name");
    fake_involve(&scheme, "head_dob", "another name", false);
    assert_answer(ANSWER_POSSIBLY);
    fake_involve(&scheme, "names_dob", "a third name", true);
    assert_answer(ANSWER_PREVIOUSLY);
    fake_involve(&scheme, "nhs", "9434765919", false);
    assert_answer(ANSWER_YES);
}

Test(questions, rank_the_answers) {
    static const enum answer rising[] = {ANSWER_NO, ANSWER_POSSIBLY, ANSWER_PREVIOUSLY, ANSWER_YES};
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 4; j++) {
            cr_assert_eq(answer_strongest(rising[i], rising[j]), rising[i > j ? i : j]);
        }
    }
}

Test(questions, ask_a_value_that_two_names_share_only_once) {
    fake_alias(child.children, "nhs", "9434765919");
    fake_alias(child.children, "nhs", "9434765919");
    fake_involve(&scheme, "nhs", "9434765919", false);
    assert_answer(ANSWER_YES);
    cr_assert_eq(scheme.elements, 2, "one value of two holders");
    cr_assert_eq(scheme.asked, scheme.descriptor.slot_count + 3);
}

Test(questions, carry_purpose_and_person) {
    const struct ask for_jo = {.purpose = PURPOSE_SECTION_47, .on_behalf_of = "j-smith"};
    questions_ask(session, &for_jo, child.children, 1, (struct progress){0}, &outcome);
    cr_assert_eq(scheme.purpose, PURPOSE_SECTION_47);
    cr_assert_str_eq(scheme.on_behalf_of, "j-smith");
    ask();
    cr_assert_str_eq(scheme.on_behalf_of, "");
}

Test(questions, take_two_rounds_and_open_the_index_in_the_first) {
    assert_answer(ANSWER_NO);
    cr_assert_eq(scheme.runs, 2);
    cr_assert_eq(scheme.widest, 3, "two holders and the index, side by side");
    cr_assert_eq(scheme.scheme_requests, 1);
}

Test(questions, send_the_canaries_with_the_first_of_a_session_only) {
    ask();
    cr_assert_eq(scheme.asked, scheme.descriptor.slot_count + 1);
    ask();
    cr_assert_eq(scheme.asked, scheme.descriptor.slot_count + 2);
    cr_assert_eq(scheme.questions, 2);
}

Test(questions, are_not_believed_of_an_index_without_canaries) {
    fake_involve(&scheme, "nhs", "9434765919", false);
    scheme.canaries_missing = true;
    assert_unanswered(CAUSE_CANARIES, "test questions");
    cr_assert_str_eq(outcome.reference, "7G2K9-QXM4T", "it was asked, and the journal has it");
    scheme.canaries_missing = false;
    assert_answer(ANSWER_YES);
}

Test(questions, are_not_believed_when_any_one_canary_is_wrong) {
    struct descriptor *descriptor = &session->descriptor;
    for (size_t i = 0; i < descriptor->slot_count; i++) {
        descriptor->slots[i].canary_token[0] ^= 1;
        assert_unanswered(CAUSE_CANARIES, "test questions");
        descriptor->slots[i].canary_token[0] ^= 1;
    }
    assert_answer(ANSWER_NO);
}

Test(questions, are_not_believed_when_a_similar_canary_is_answered_yes) {
    for (size_t i = 0; i < scheme.descriptor.slot_count; i++) {
        scheme.descriptor.slots[i].tier = TIER_SURE; // the index takes every slot for a sure one
    }
    assert_unanswered(CAUSE_CANARIES, "test questions");
}

Test(questions, are_not_answered_when_too_few_holders_are_left) {
    scheme.faults[0] = FAULT_ABSENT;
    scheme.faults[2] = FAULT_OTHER_KEY;
    assert_unanswered(CAUSE_HOLDERS,
                      "too few are left (holder 1: connection refused; holder 3: its proof is not valid)");
    cr_assert_eq(scheme.questions, 0);
    cr_assert_str_eq(outcome.reference, "");
    cr_assert_gt(outcome.asked_at, 1600000000, "our own clock");
}

Test(questions, name_the_cause_that_all_failing_holders_share) {
    static const struct {
        enum fault fault;
        enum cause cause;
    } rows[] = {{FAULT_TLS, CAUSE_CERTIFICATE},
                {FAULT_REFUSES, CAUSE_DENIED},
                {FAULT_STALE, CAUSE_OUTDATED},
                {FAULT_ABSENT, CAUSE_HOLDERS},
                {FAULT_BAD_PROOF, CAUSE_HOLDERS}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t holder = 0; holder < 3; holder++) {
            scheme.faults[holder] = rows[i].fault;
        }
        session_free(session);
        session = fake_session(&scheme);
        assert_unanswered(rows[i].cause, "too few are left");
    }
}

Test(questions, are_answered_with_one_holder_down_and_with_one_that_lies) {
    fake_involve(&scheme, "nhs", "9434765919", false);
    for (size_t holder = 0; holder < 3; holder++) {
        scheme.faults[holder] = FAULT_ABSENT;
        assert_answer(ANSWER_YES);
        scheme.faults[holder] = FAULT_NONE;
    }
    scheme.faults[1] = FAULT_OTHER_KEY;
    session_free(session);
    session = fake_session(&scheme);
    assert_answer(ANSWER_YES);
}

Test(questions, are_not_answered_without_an_index) {
    static const struct {
        enum fault fault;
        enum cause cause;
    } rows[] = {{FAULT_ABSENT, CAUSE_INDEX}, {FAULT_TLS, CAUSE_CERTIFICATE}, {FAULT_REFUSES, CAUSE_DENIED}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        scheme.index_fault = rows[i].fault;
        assert_unanswered(rows[i].cause, "");
    }
    cr_assert_eq(scheme.questions, 0);
    scheme.index_fault = FAULT_NONE;
    assert_answer(ANSWER_NO);
}

Test(questions, go_to_the_next_index_when_one_is_down) {
    session_free(session);
    snprintf(scheme.descriptor.indexes[1], sizeof scheme.descriptor.indexes[1], "https://index.example:8443");
    snprintf(scheme.descriptor.indexes[0], sizeof scheme.descriptor.indexes[0], "https://gone.example:8443");
    scheme.descriptor.index_count = 2;
    session = fake_session(&scheme);
    snprintf(scheme.descriptor.indexes[0], sizeof scheme.descriptor.indexes[0], "https://moved.example:8443");
    assert_answer(ANSWER_NO);
    cr_assert_eq(session->index, 1);
}

Test(questions, are_not_answered_by_an_index_of_another_epoch) {
    scheme.other_epoch = true;
    assert_unanswered(CAUSE_OUTDATED, "epoch 2");
    cr_assert_eq(scheme.questions, 0);
}

Test(questions, are_not_answered_by_fewer_answers_than_children) {
    scheme.one_answer_less = true;
    assert_unanswered(CAUSE_INDEX, "another number of children");
}

Test(questions, are_not_answered_by_another_store) {
    ask();
    scheme.other_store = true;
    assert_unanswered(CAUSE_INDEX, "store was exchanged");
}

static struct caseload crowd(size_t count) {
    struct caseload caseload = {.children = calloc(count, sizeof *caseload.children), .child_count = count};
    for (size_t i = 0; i < count; i++) {
        char value[32];
        struct caseload one;
        snprintf(value, sizeof value, "child %zu", i);
        fake_child(&one, value, "nhs", value);
        caseload.children[i] = one.children[0];
        free(one.children);
    }
    return caseload;
}

Test(questions, go_in_requests_of_at_most_256_children) {
    struct caseload many = crowd(300);
    struct outcome outcomes[300];
    fake_involve(&scheme, "nhs", "child 0", false);
    fake_involve(&scheme, "nhs", "child 250", true);
    fake_involve(&scheme, "nhs", "child 299", false);
    questions_ask(session, &assessment, many.children, 300, (struct progress){0}, outcomes);
    cr_assert_eq(scheme.questions, 2);
    cr_assert_eq(scheme.asked, 300 + scheme.descriptor.slot_count);
    for (size_t i = 0; i < 300; i++) {
        enum answer expected = i == 0 || i == 299 ? ANSWER_YES : i == 250 ? ANSWER_PREVIOUSLY : ANSWER_NO;
        cr_assert_eq(outcomes[i].cause, CAUSE_NONE);
        cr_assert_eq(outcomes[i].answer, expected, "child %zu", i);
    }
    caseload_free(&many);
}

Test(questions, keep_the_answers_that_came_before_a_failure) {
    struct caseload many = crowd(300);
    struct outcome outcomes[300];
    scheme.fail_question = 2;
    questions_ask(session, &assessment, many.children, 300, (struct progress){0}, outcomes);
    size_t first = MAX_CHILDREN - scheme.descriptor.slot_count;
    for (size_t i = 0; i < 300; i++) {
        cr_assert_eq(outcomes[i].cause, i < first ? CAUSE_NONE : CAUSE_INDEX, "child %zu", i);
    }
    cr_assert_str_eq(outcomes[299].detail, "the disk is full");
    caseload_free(&many);
}

Test(questions, give_no_answer_to_a_child_of_which_only_a_part_was_asked) {
    struct caseload many = crowd(256 - 5);
    for (size_t i = 0; i < 3; i++) {
        char value[16];
        snprintf(value, sizeof value, "alias %zu", i);
        fake_alias(&many.children[250], "nhs", value);
    }
    struct outcome outcomes[251];
    fake_involve(&scheme, "nhs", "child 250", false);
    scheme.fail_question = 2;
    questions_ask(session, &assessment, many.children, 251, (struct progress){0}, outcomes);
    cr_assert_eq(outcomes[249].cause, CAUSE_NONE);
    cr_assert_eq(outcomes[250].cause, CAUSE_INDEX);
    caseload_free(&many);
}

Test(questions, know_a_child_without_an_identifier) {
    const struct match_set *set = session->set;
    struct caseload other;
    cr_assert_not(child_without_identifier(set, child.children));
    fake_child(&other, "case 2", "names_dob", "names");
    cr_assert(child_without_identifier(set, other.children));
    fake_alias(other.children, "upn", "a upn");
    cr_assert_not(child_without_identifier(set, other.children));
    caseload_free(&other);
}

Test(questions, pass_the_canaries_alone_before_other_answers) {
    cr_assert(questions_canaries(session, &outcome));
    cr_assert_eq(scheme.asked, scheme.descriptor.slot_count);
    cr_assert_eq(scheme.purpose, PURPOSE_CANARY);
    cr_assert(questions_canaries(session, &outcome));
    cr_assert_eq(scheme.questions, 1, "once in a session");
}

Test(questions, refuse_the_canaries_of_a_wrong_index) {
    scheme.canaries_missing = true;
    cr_assert_not(questions_canaries(session, &outcome));
    cr_assert_eq(outcome.cause, CAUSE_CANARIES);
    scheme.index_fault = FAULT_ABSENT;
    session_free(session);
    session = fake_session(&scheme);
    cr_assert_not(questions_canaries(session, &outcome));
    cr_assert_eq(outcome.cause, CAUSE_INDEX);
    cr_assert_str_eq(outcome.detail, "connection refused");
}
