// SPDX-License-Identifier: Apache-2.0
#include "client/cli/ask.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "client/cli/change.h"
#include "tests/base/refusal.h"
#include "tests/base/scratch.h"
#include "tests/client/fake_scheme.h"

#define CHILDREN 3

static struct caseload caseload;
static struct outcome outcomes[CHILDREN];

static void begin(void) {
    scratch_make();
    assert_ok(secret_start());
    caseload = (struct caseload){.children = calloc(CHILDREN, sizeof *caseload.children), .child_count = CHILDREN};
    for (size_t i = 0; i < CHILDREN; i++) {
        static const char *const refs[] = {"b", "a", "c, \"d\""};
        struct caseload one;
        fake_child(&one, refs[i], "nhs", "9434765919");
        caseload.children[i] = one.children[0];
        free(one.children);
        caseload.children[i].records[0].line = 2 + 2 * i;
        outcomes[i] = (struct outcome){.asked_at = 1795343820};
    }
}

static void end(void) {
    caseload_free(&caseload);
    scratch_remove();
}

TestSuite(answers_file, .init = begin, .fini = end);

static bool write_answers(bool json) {
    const struct answers_file file = {.path = scratch_path("answers"), .json = json};
    bool all = false;
    assert_ok(answers_write_file(&file, &caseload, outcomes, &all));
    return all;
}

static void reject(size_t line, const char *ref, const char *reason) {
    assert_ok(change_reject(&caseload, line, ref, reason));
}

#define HEADER "ref,answer,reason,asked_at\n"
#define AT ",2026-11-22T10:37:00Z\n"

Test(answers_file, has_a_line_for_each_child_in_the_order_of_the_file) {
    outcomes[0].answer = ANSWER_YES;
    outcomes[1].answer = ANSWER_PREVIOUSLY;
    cr_assert(write_answers(false));
    cr_assert(scratch_holds("answers", HEADER "b,yes," AT "a,previously," AT "\"c, \"\"d\"\"\",no," AT));
    cr_assert_eq(scratch_mode("answers"), 0600);
}

Test(answers_file, gives_the_reason_when_there_is_no_answer) {
    outcomes[1].cause = CAUSE_INDEX;
    strcpy(outcomes[1].detail, "no route, no answer");
    cr_assert_not(write_answers(false));
    cr_assert(scratch_holds("answers", HEADER "b,no," AT "a,could-not-be-answered,\"no route, no answer\"" AT
                                              "\"c, \"\"d\"\"\",no," AT));
}

static size_t lines_of(const char *text) {
    size_t lines = 0;
    for (; *text != '\0'; text++) {
        lines += *text == '\n' ? 1 : 0;
    }
    return lines;
}

static char *written(void) {
    FILE *in = fopen(scratch_path("answers"), "r");
    char *text = calloc(1, 4096);
    cr_assert_not_null(in);
    cr_assert_gt(fread(text, 1, 4095, in), 0);
    fclose(in);
    return text;
}

Test(answers_file, puts_rejected_rows_in_their_place) {
    reject(3, "x", "the row has too few fields");
    reject(5, "", "ref: missing");
    reject(7, "", "ref: missing");
    cr_assert_not(write_answers(false));
    char *text = written();
    cr_assert_eq(lines_of(text), 1 + CHILDREN + 3);
    const char *const order[] = {"\nb,no,", "\nx,could-not-be-answered,line 3: the row has too few fields,",
                                 "\na,no,", "\n,could-not-be-answered,line 5: ref: missing,",
                                 "\n\"c, ", "\n,could-not-be-answered,line 7: ref: missing,"};
    const char *at = text;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        at = strstr(at, order[i]);
        cr_assert_not_null(at, "%s in %s", order[i], text);
    }
    free(text);
}

Test(answers_file, never_says_no_for_a_child_of_which_a_row_was_rejected) {
    reject(9, "b", "no such day in the calendar");
    cr_assert_not(write_answers(false));
    char *text = written();
    cr_assert_eq(lines_of(text), 1 + CHILDREN, "one line for each reference");
    cr_assert_not_null(strstr(text, "\nb,could-not-be-answered,line 9: no such day in the calendar,"), "%s", text);
    free(text);
}

Test(answers_file, keeps_a_yes_of_a_child_of_which_a_row_was_rejected) {
    outcomes[0].answer = ANSWER_YES;
    reject(9, "b", "no such day in the calendar");
    cr_assert_not(write_answers(false), "something was not asked");
    char *text = written();
    cr_assert_not_null(strstr(text, "\nb,yes,line 9: no such day in the calendar,"), "%s", text);
    free(text);
}

Test(answers_file, answers_a_row_without_a_column_that_was_set_aside) {
    reject(4, "a", "the check digit does not fit");
    caseload.rejects[0].column = "nhs_number";
    caseload.rejects[0].set_aside = true;
    caseload.set_aside_count = 1;
    cr_assert(write_answers(false), "everybody was asked about");
    char *text = written();
    cr_assert_not_null(strstr(text, "\na,no,\"line 4, nhs_number set aside: the check digit does not fit\","), "%s",
                       text);
    free(text);
}

Test(answers_file, can_be_lines_of_json) {
    outcomes[0].answer = ANSWER_YES;
    strcpy(outcomes[0].reference, "7G2K9-QXM4T");
    outcomes[2].cause = CAUSE_HOLDERS;
    strcpy(outcomes[2].detail, "nobody there");
    cr_assert_not(write_answers(true));
    char *text = written();
    cr_assert_eq(lines_of(text), CHILDREN);
    cr_assert_not_null(strstr(text, "{\"ref\":\"b\",\"answer\":\"yes\",\"reason\":null,\"asked_at\":"
                                    "\"2026-11-22T10:37:00Z\",\"reference\":\"7G2K9-QXM4T\"}\n"),
                       "%s", text);
    cr_assert_not_null(strstr(text, "\"answer\":\"could-not-be-answered\",\"reason\":\"nobody there\""), "%s", text);
    free(text);
}

Test(answers_file, reports_a_file_that_cannot_be_written) {
    const struct answers_file file = {.path = "/nowhere/answers"};
    bool all = true;
    cr_assert_neq(answers_write_file(&file, &caseload, outcomes, &all), OK);
    cr_assert(all, "untouched");
}
