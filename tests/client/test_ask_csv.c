// SPDX-License-Identifier: Apache-2.0
// `ask --csv` as a whole over a scheme inside the test: what it writes, and how it goes on after an interruption.
#include "client/cli/ask.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "client/cli/answer_lines.h"
#include "tests/base/refusal.h"
#include "tests/base/scratch.h"
#include "tests/client/fake_scheme.h"

#define CSV_HEADER "ref,forenames,surname,date_of_birth,nhs_number,upn\n"
#define THREE CSV_HEADER "a,,,,9434765919,\nb,,,,9990000018,\nc,,,,9990000026,\n"
#define AT ",2026-11-18T11:06:40Z\n"

static struct fake_scheme scheme;
static const struct ask ask = {.purpose = PURPOSE_POLICE_REPORT};

static void begin(void) {
    scratch_make();
    fake_scheme_make(&scheme, 2, 3);
    fake_involve(&scheme, "nhs", "9434765919", false);
}

TestSuite(ask_csv, .init = begin, .fini = scratch_remove);

static int ask_file(const char *text, bool resume) {
    struct session *session = fake_session(&scheme);
    const struct answers_file file = {.path = scratch_path("answers"), .resume = resume};
    int code = ask_csv(session, scratch_write_text("in.csv", text), &ask, &file);
    session_free(session);
    return code;
}

static void assert_answers(const char *expected) {
    struct buf text = {0};
    assert_ok(file_read(scratch_path("answers"), 1 << 20, &text));
    cr_assert_str_eq(buf_str(&text), expected);
    buf_free(&text);
}

static void left(const char *text) {
    scratch_write_text("answers", text);
}

Test(ask_csv, writes_every_answer_in_the_order_of_the_file) {
    cr_assert_eq(ask_file(THREE, false), 0);
    assert_answers(ANSWERS_HEADER "a,yes," AT "b,no," AT "c,no," AT);
    cr_assert_eq(scratch_mode("answers"), 0600);
    cr_assert_eq(scheme.purpose, PURPOSE_POLICE_REPORT);
}

Test(ask_csv, begins_anew_unless_it_is_told_to_resume) {
    left("something else\n");
    cr_assert_eq(ask_file(THREE, false), 0);
    assert_answers(ANSWERS_HEADER "a,yes," AT "b,no," AT "c,no," AT);
}

Test(ask_csv, resumes_behind_the_last_whole_line) {
    left(ANSWERS_HEADER "a,possibly,,2020-01-01T00:00:00Z\nb,n");
    cr_assert_eq(ask_file(THREE, true), 0);
    assert_answers(ANSWERS_HEADER "a,possibly,,2020-01-01T00:00:00Z\nb,no," AT "c,no," AT);
    cr_assert_eq(scheme.asked, 2 + scheme.descriptor.slot_count, "two children and the canaries");
}

Test(ask_csv, asks_again_what_could_not_be_answered) {
    left(ANSWERS_HEADER
         "a,could-not-be-answered,\"nobody, there\",2020-01-01T00:00:00Z\n"
         "b,yes,\"line 9: \"\"x\"\"\",2020-01-01T00:00:00Z\nc,could-not-be-answered,,2020-01-01T00:00:00Z\n");
    cr_assert_eq(ask_file(THREE, true), 0);
    assert_answers(ANSWERS_HEADER "a,yes," AT "b,yes,\"line 9: \"\"x\"\"\",2020-01-01T00:00:00Z\nc,no," AT);
}

Test(ask_csv, asks_nothing_when_all_is_answered) {
    cr_assert_eq(ask_file(THREE, false), 0);
    size_t questions = scheme.questions, elements = scheme.elements;
    cr_assert_eq(ask_file(THREE, true), 0);
    assert_answers(ANSWERS_HEADER "a,yes," AT "b,no," AT "c,no," AT);
    cr_assert_eq(scheme.questions, questions);
    cr_assert_eq(scheme.elements, elements);
}

Test(ask_csv, resumes_from_nothing) {
    cr_assert_eq(ask_file(THREE, true), 0);
    assert_answers(ANSWERS_HEADER "a,yes," AT "b,no," AT "c,no," AT);
    left("");
    cr_assert_eq(ask_file(THREE, true), 0);
    assert_answers(ANSWERS_HEADER "a,yes," AT "b,no," AT "c,no," AT);
}

static void assert_not_resumed(const char *text) {
    left(text);
    cr_assert_eq(ask_file(THREE, true), 2);
    assert_answers(text);
    cr_assert_eq(scheme.questions, 0);
}

Test(ask_csv, leaves_alone_what_is_not_its_own) {
    assert_not_resumed("line,ref,column,reason\n1,a,,x\n");
    assert_not_resumed(ANSWERS_HEADER "b,no,,2020-01-01T00:00:00Z\n");
    assert_not_resumed(ANSWERS_HEADER "a,no,,2020-01-01T00:00:00Z\nc,no,,2020-01-01T00:00:00Z\n");
    assert_not_resumed(ANSWERS_HEADER "a,perhaps,,2020-01-01T00:00:00Z\n");
    assert_not_resumed(ANSWERS_HEADER "a,no,2020-01-01T00:00:00Z\n");
    assert_not_resumed(ANSWERS_HEADER "a,no,\"x\"y,2020-01-01T00:00:00Z\n");
    assert_not_resumed(ANSWERS_HEADER "a,no,,t\nb,no,,t\nc,no,,t\nd,no,,t\n");
    assert_not_resumed("ref,ans");
    assert_not_resumed("no answers at all, and no end of the line either, which must stay\nas it is");
}

Test(ask_csv, marks_what_could_not_be_answered) {
    scheme.index_fault = FAULT_ABSENT;
    cr_assert_eq(ask_file(THREE, false), 2);
    struct buf text = {0};
    assert_ok(file_read(scratch_path("answers"), 1 << 20, &text));
    cr_assert_not_null(strstr(buf_str(&text), "\na,could-not-be-answered,connection refused,"));
    cr_assert_not_null(strstr(buf_str(&text), "\nc,could-not-be-answered,connection refused,"));
    buf_free(&text);
    scheme.index_fault = FAULT_NONE;
    cr_assert_eq(ask_file(THREE, true), 0);
    assert_answers(ANSWERS_HEADER "a,yes," AT "b,no," AT "c,no," AT);
}

Test(ask_csv, says_2_as_long_as_a_row_is_rejected) {
    const char *text = CSV_HEADER "a,,,,9434765919,\nb,,,,1,\n";
    cr_assert_eq(ask_file(text, false), 2);
    cr_assert_eq(ask_file(text, true), 2);
    cr_assert_eq(scheme.asked, 1 + scheme.descriptor.slot_count, "a rejected row is not asked about");
}

// More than are written at a time.
#define MANY 1100

static char *many_rows(void) {
    struct buf text = {0};
    buf_put_str(&text, CSV_HEADER);
    for (size_t i = 0; i < MANY; i++) {
        buf_printf(&text, "r%zu,,,,%s,\n", i, i % 2 == 0 ? "9434765919" : "9990000018");
    }
    char *copy = strdup(buf_str(&text));
    buf_free(&text);
    return copy;
}

Test(ask_csv, keeps_what_was_written_before_the_index_went_away, .timeout = 60) {
    char *text = many_rows();
    scheme.fail_question = 5; // of the second chunk
    cr_assert_eq(ask_file(text, false), 2);
    struct buf first = {0}, second = {0};
    assert_ok(file_read(scratch_path("answers"), 1 << 20, &first));
    cr_assert_not_null(strstr(buf_str(&first), "\nr1000,yes,"));
    cr_assert_not_null(strstr(buf_str(&first), "\nr1099,could-not-be-answered,the disk is full,"));
    scheme.fail_question = 0;
    cr_assert_eq(ask_file(text, true), 0);
    assert_ok(file_read(scratch_path("answers"), 1 << 20, &second));
    const char *at = buf_str(&second) + strlen(ANSWERS_HEADER);
    for (size_t i = 0; i < MANY; i++) {
        char start[32];
        int len = snprintf(start, sizeof start, "r%zu,%s,", i, i % 2 == 0 ? "yes" : "no");
        cr_assert_eq(strncmp(at, start, (size_t)len), 0, "line %zu: %.40s", i, at);
        at = strchr(at, '\n') + 1;
    }
    cr_assert_str_empty(at);
    buf_free(&first);
    buf_free(&second);
    free(text);
}
