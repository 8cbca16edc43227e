// SPDX-License-Identifier: Apache-2.0
#include "client/cli/messages.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "tests/base/refusal.h"

// The contract, as the plan of the house words it.
#define YES                                                                                                            \
    "YES. Another agency is recorded as working with a child with these details. Please find each other. Signpost "    \
    "matches details, not people: check you mean the same child before sharing more. This says nothing about risk; "   \
    "your own responsibility is unchanged."
#define POSSIBLY                                                                                                       \
    "POSSIBLY. Another agency is, or was, recorded as working with a child whose details are similar. It may be a "    \
    "different child. Check spelling, date and NHS number. Share only what is needed to tell; do not record this as "  \
    "a match, or as a no."
#define PREVIOUSLY                                                                                                     \
    "PREVIOUSLY. Another agency is recorded as having worked with a child with these details; no current "             \
    "involvement was found for certain. The history may matter: please seek it. This does not say why it ended, or "   \
    "that all is well."
#define NO_ONE_1                                                                                                       \
    "NO ONE ELSE FOUND. This does not mean nobody is involved, or that the child is safe. Not every service takes "    \
    "part, some are never shown, and different details can hide a match."
#define NO_ONE_2 "If you are worried, act as you would without Signpost."
#define COULD_NOT_1 "COULD NOT BE ANSWERED. This is not a no."
#define COULD_NOT_2 "Do not wait: contact colleagues as you would without Signpost, and try again later."

static struct outcome outcome;
static struct answer_view view;

static void begin(void) {
    outcome = (struct outcome){.asked_at = 1795343820};
    snprintf(outcome.reference, sizeof outcome.reference, "7G2K9-QXM4T");
    view = (struct answer_view){.outcome = &outcome,
                                .purpose = "assessment",
                                .contacts = "Duty desk 01632 960001\n",
                                .feeds_known = true,
                                .feeds_fresh = 2,
                                .feeds_total = 3};
}

TestSuite(messages, .init = begin);

static char *printed(size_t width) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_ok(message_print(out, &view, width));
    fclose(out);
    return text;
}

static void assert_printed(const char *expected) {
    char *text = printed(0);
    cr_assert_str_eq(text, expected);
    free(text);
}

#define CONTACTS "\n\nLocal contacts: Duty desk 01632 960001\n"
#define RECORD(answer)                                                                                                 \
    "\nRecord: 2026-11-22T10:37:00Z, Signpost, assessment: " answer "; 2 of 3 feeds up to date; ref 7G2K9-QXM4T\n"

Test(messages, say_yes_word_for_word) {
    outcome.answer = ANSWER_YES;
    assert_printed(YES CONTACTS RECORD("yes"));
}

Test(messages, say_possibly_word_for_word) {
    outcome.answer = ANSWER_POSSIBLY;
    assert_printed(POSSIBLY CONTACTS RECORD("possibly"));
}

Test(messages, say_previously_word_for_word) {
    outcome.answer = ANSWER_PREVIOUSLY;
    assert_printed(PREVIOUSLY CONTACTS RECORD("previously"));
}

Test(messages, say_no_one_word_for_word) {
    outcome.answer = ANSWER_NO;
    assert_printed(NO_ONE_1 " " NO_ONE_2 CONTACTS RECORD("no"));
}

Test(messages, say_that_many_are_missed_without_an_identifier) {
    outcome.answer = ANSWER_NO;
    view.without_identifier = true;
    assert_printed(NO_ONE_1 " Without an NHS number or UPN, many are missed. " NO_ONE_2 CONTACTS RECORD("no"));
    outcome.answer = ANSWER_YES;
    assert_printed(YES CONTACTS RECORD("yes"));
}

Test(messages, say_could_not_be_answered_with_a_reason_and_what_to_do_for_every_cause) {
    for (enum cause cause = CAUSE_DETAILS; cause <= CAUSE_CANARIES; cause++) {
        outcome.cause = cause;
        outcome.reference[0] = '\0';
        char *text = printed(0);
        cr_assert_eq(strncmp(text, COULD_NOT_1 " ", strlen(COULD_NOT_1 " ")), 0, "%s", text);
        const char *reason = text + strlen(COULD_NOT_1 " ");
        const char *end = strstr(text, " " COULD_NOT_2 CONTACTS);
        cr_assert_not_null(end, "%s", text);
        cr_assert_gt(end - reason, 40, "a reason: %s", text);
        cr_assert_not_null(strpbrk(reason, ";,"), "and what to do: %s", text);
        cr_assert_null(strstr(text, "Record:"), "nothing was asked");
        cr_assert_null(strstr(text, "NO ONE"));
        free(text);
    }
}

Test(messages, record_a_question_that_was_asked_but_cannot_be_believed) {
    outcome.cause = CAUSE_CANARIES;
    char *text = printed(0);
    cr_assert_not_null(strstr(text, CONTACTS RECORD("could not be answered")), "%s", text);
    free(text);
}

Test(messages, name_what_is_wrong_with_the_details) {
    outcome.cause = CAUSE_DETAILS;
    snprintf(outcome.detail, sizeof outcome.detail, "nhs_number: the check digit does not fit");
    char *text = printed(0);
    cr_assert_not_null(strstr(text, "(nhs_number: the check digit does not fit)"), "%s", text);
    free(text);
}

Test(messages, print_the_contacts_whole_with_every_answer) {
    static const char contacts[] = "North, duty desk: 01632 960001\nSouth, nights: 01632 960002";
    view.contacts = contacts;
    for (enum answer answer = ANSWER_NO; answer <= ANSWER_YES; answer++) {
        outcome.answer = answer;
        char *text = printed(40);
        cr_assert_not_null(strstr(text, "\n\nLocal contacts:\n"
                                        "North, duty desk: 01632 960001\n"
                                        "South, nights: 01632 960002\n\nRecord: "),
                           "%s", text);
        free(text);
    }
}

Test(messages, say_so_when_no_contacts_are_set_up) {
    for (size_t i = 0; i < 2; i++) {
        view.contacts = i == 0 ? NULL : "";
        char *text = printed(0);
        cr_assert_not_null(strstr(text, "\n\nLocal contacts: none are set up"), "%s", text);
        free(text);
    }
}

Test(messages, let_no_file_drive_the_terminal) {
    view.contacts = "Desk\033[2J\a 1\n";
    char *text = printed(0);
    cr_assert_not_null(strstr(text, "Local contacts: Desk[2J 1\n"));
    free(text);
}

Test(messages, do_not_invent_feeds) {
    view.feeds_known = false;
    char *text = printed(0);
    cr_assert_not_null(strstr(text, ": no; an unknown number of feeds up to date; ref 7G2K9-QXM4T\n"), "%s", text);
    free(text);
}

Test(messages, wrap_the_answer_at_spaces_and_lose_no_word) {
    outcome.answer = ANSWER_YES;
    char *text = printed(50);
    char *end = strstr(text, "\n\n");
    cr_assert_not_null(end);
    *end = '\0';
    for (char *line = text, *next; line != NULL; line = next) {
        next = strchr(line, '\n');
        cr_assert_leq(next == NULL ? strlen(line) : (size_t)(next - line), 50);
        if (next != NULL) {
            *next++ = ' ';
        }
    }
    cr_assert_str_eq(text, YES);
    free(text);
}

static json_t *printed_json(void) {
    char *text = NULL;
    size_t size = 0;
    json_t *document = NULL;
    FILE *out = open_memstream(&text, &size);
    assert_ok(message_print_json(out, &view));
    fclose(out);
    cr_assert_eq(strchr(text, '\n'), text + size - 1, "one line");
    assert_ok(json_parse(bytes_str(text), &document));
    free(text);
    return document;
}

static const char *member(const json_t *document, const char *name) {
    return json_string_value(json_object_get(document, name));
}

Test(messages, say_the_same_as_json) {
    outcome.answer = ANSWER_PREVIOUSLY;
    json_t *document = printed_json();
    cr_assert_str_eq(member(document, "answer"), "previously");
    cr_assert_str_eq(member(document, "message"), PREVIOUSLY);
    cr_assert_str_eq(member(document, "asked_at"), "2026-11-22T10:37:00Z");
    cr_assert_str_eq(member(document, "reference"), "7G2K9-QXM4T");
    cr_assert_str_eq(member(document, "purpose"), "assessment");
    cr_assert_str_eq(member(document, "local_contacts"), "Duty desk 01632 960001\n");
    cr_assert(json_is_null(json_object_get(document, "reason")));
    cr_assert_eq(json_integer_value(json_object_get(json_object_get(document, "feeds"), "fresh")), 2);
    json_decref(document);
}

Test(messages, never_say_no_in_json_when_there_is_no_answer) {
    outcome.cause = CAUSE_HOLDERS;
    outcome.reference[0] = '\0';
    view.feeds_known = false;
    snprintf(outcome.detail, sizeof outcome.detail, "holder 1: connection refused");
    json_t *document = printed_json();
    cr_assert_str_eq(member(document, "answer"), "could-not-be-answered");
    cr_assert_str_eq(member(document, "reason"), "holder 1: connection refused");
    cr_assert(json_is_null(json_object_get(document, "reference")));
    cr_assert(json_is_null(json_object_get(document, "feeds")));
    json_decref(document);
}

Test(messages, report_an_output_that_cannot_be_written) {
    FILE *full = fopen("/dev/full", "w");
    cr_assert_not_null(full);
    assert_refused(message_print(full, &view, 0), ERR_IO, "could not be written");
    assert_refused(message_print_json(full, &view), ERR_IO, "could not be written");
    fclose(full);
}
