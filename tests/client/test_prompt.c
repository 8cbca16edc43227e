// SPDX-License-Identifier: Apache-2.0
#include "client/cli/prompt.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "tests/base/refusal.h"
#include "tests/client/fake_scheme.h"

static struct prompt prompt;
static char *shown;
static size_t shown_size;
static const struct match_set *set;
static struct caseload caseload;

static void begin(void) {
    assert_ok(secret_start());
    set = match_set_find("core");
}

static void type(const char *lines, bool terminal) {
    prompt = (struct prompt){.in = fmemopen((void *)(uintptr_t)lines, strlen(lines), "r")};
    cr_assert_not_null(prompt.in);
    prompt.out = terminal ? open_memstream(&shown, &shown_size) : NULL;
}

static void end(void) {
    prompt_close(&prompt);
    if (prompt.in != NULL) {
        fclose(prompt.in);
    }
    if (prompt.out != NULL) {
        fclose(prompt.out);
    }
    free(shown);
    shown = NULL;
    prompt = (struct prompt){0};
    caseload_free(&caseload);
    caseload = (struct caseload){0};
}

TestSuite(prompt, .init = begin, .fini = end);

static const char *screen(void) {
    fflush(prompt.out);
    return shown;
}

static size_t times(const char *text, const char *words) {
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, words)) != NULL; at++) {
        count++;
    }
    return count;
}

static const char *value(size_t record, const char *slot) {
    return caseload.children->records[record].values.value[fake_slot(slot)];
}

static err_t child(void) {
    return prompt_child(&prompt, set, "case 1", false, &caseload);
}

#define NHS "999 000 0018" // its check digit fits
#define DETAILS "Mary Ann\nSmith\n9/3/2014\n" NHS "\n\n"

Test(prompt, asks_for_a_child_at_a_terminal) {
    type(DETAILS "n\n", true);
    assert_ok(child());
    cr_assert_eq(caseload.child_count, 1);
    cr_assert_eq(caseload.children->record_count, 1);
    cr_assert_str_eq(caseload.children->ref, "case 1");
    cr_assert_not_null(strstr(value(0, "nhs"), "9990000018"));
    cr_assert_str_neq(value(0, "names_dob"), "");
    cr_assert_str_eq(value(0, "upn"), "");
    const char *const questions[] = {"Forenames: ",
                                     "Surname: ",
                                     "Date of birth (DD/MM/YYYY): ",
                                     "NHS number (Enter if not known): ",
                                     "UPN (Enter if not known): ",
                                     "Known by another name as well? [y/N] "};
    const char *at = screen();
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        at = strstr(at, questions[i]);
        cr_assert_not_null(at, "%s", questions[i]);
    }
    cr_assert_null(strstr(screen(), "Postcode"), "the set does not use where a child lives");
}

Test(prompt, reads_the_date_back_in_words) {
    static const struct {
        const char *typed, *words;
    } rows[] = {{"09/03/2014", "9 March 2014"},
                {"9/3/2014", "9 March 2014"},
                {"2014-03-09", "9 March 2014"},
                {"31.12.2009", "31 December 2009"},
                {"29/2/2012", "29 February 2012"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char lines[200];
        snprintf(lines, sizeof lines, "Mary\nSmith\n%s\n\n\n\n", rows[i].typed);
        type(lines, true);
        assert_ok(child());
        cr_assert_not_null(strstr(screen(), rows[i].words), "%s: %s", rows[i].typed, screen());
        end();
    }
}

Test(prompt, asks_again_for_a_bad_check_digit) {
    type("Mary\nSmith\n9/3/2014\n999 000 0017\n" NHS "\n\nn\n", true);
    assert_ok(child());
    cr_assert_not_null(strstr(value(0, "nhs"), "9990000018"));
    cr_assert_eq(times(screen(), "NHS number (Enter if not known): "), 2);
    cr_assert_not_null(strstr(screen(), "check digit"));
    cr_assert_null(strstr(screen(), "0017"), "what was typed is not repeated");
}

Test(prompt, asks_again_for_a_bad_upn_and_a_day_that_does_not_exist) {
    type("Mary\nSmith\n30/2/2014\n28/2/2014\n\nB1234567890123\n\nn\n", true);
    assert_ok(child());
    cr_assert_eq(times(screen(), "Date of birth (DD/MM/YYYY): "), 2);
    cr_assert_not_null(strstr(screen(), "no such day in the calendar"));
    cr_assert_not_null(strstr(screen(), "28 February 2014"));
    cr_assert_eq(times(screen(), "UPN (Enter if not known): "), 2);
}

Test(prompt, goes_back_one_question) {
    type("Mary\nSmiht\n<\nSmith\n9/3/2014\n<\n10/3/2014\n\n\nn\n", true);
    assert_ok(child());
    cr_assert_eq(times(screen(), "Surname: "), 2);
    cr_assert_not_null(strstr(screen(), "10 March 2014"));
    cr_assert_null(strstr(value(0, "names_dob"), "smiht"));
    char first[MATCH_VALUE_MAX + 1];
    snprintf(first, sizeof first, "%s", value(0, "names_dob"));
    end();
    type("Mary\nSmith\n10/3/2014\n\n\nn\n", false);
    assert_ok(child());
    cr_assert_str_eq(value(0, "names_dob"), first);
}

Test(prompt, takes_other_names_as_further_records) {
    type(DETAILS "y\n\nJones\ny\nMolly\n\nn\n", true);
    assert_ok(child());
    cr_assert_eq(caseload.children->record_count, 3);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_str_eq(value(i, "nhs"), value(0, "nhs"), "the identifiers are the child's");
    }
    cr_assert_str_neq(value(1, "names_dob"), value(0, "names_dob"));
    cr_assert_str_neq(value(2, "names_dob"), value(0, "names_dob"));
    cr_assert_str_neq(value(2, "names_dob"), value(1, "names_dob"));
}

Test(prompt, keeps_the_surname_for_another_child) {
    type(DETAILS "n\n"
                 "John\n1/4/2016\n\n\nn\n",
         true);
    assert_ok(child());
    caseload_free(&caseload);
    caseload = (struct caseload){0};
    assert_ok(prompt_child(&prompt, set, NULL, true, &caseload));
    cr_assert_eq(times(screen(), "Surname: "), 1);
    cr_assert_str_neq(value(0, "names_dob"), "");
    cr_assert_str_eq(value(0, "nhs"), "", "nothing else is kept");
}

Test(prompt, begins_again_when_the_details_are_too_few) {
    type("Mary\n\n\n\n\n" DETAILS "n\n", true);
    assert_ok(child());
    cr_assert_not_null(strstr(screen(), "too few details"));
    cr_assert_eq(times(screen(), "Forenames: "), 2);
    cr_assert_eq(caseload.children->record_count, 1);
}

Test(prompt, reads_lines_from_a_stream_without_a_word) {
    type(DETAILS "y\n\nJones\nn\n", false);
    assert_ok(child());
    cr_assert_eq(caseload.children->record_count, 2);
}

Test(prompt, takes_the_end_of_a_stream_for_nothing_more) {
    type("Mary\nSmith\n9/3/2014", false);
    assert_ok(child());
    cr_assert_str_eq(value(0, "nhs"), "");
}

Test(prompt, refuses_a_wrong_line_of_a_stream) {
    type("Mary\nSmith\n9/3/2014\n999 000 0017\n" NHS "\n\nn\n", false);
    assert_refused(child(), ERR_INPUT, "nhs_number: ");
    cr_assert_null(strstr(err_detail(), "0017"));
    end();
    type("Mary\nSmith\n31/2/2014\n\n\n", false);
    assert_refused(child(), ERR_INPUT, "date_of_birth: ");
}

Test(prompt, refuses_too_few_details_of_a_stream) {
    type("Mary\n\n\n\n\n", false);
    assert_refused(child(), ERR_INPUT, "too few details");
}

Test(prompt, refuses_an_empty_stream) {
    type("\n", false);
    fgetc(prompt.in);
    assert_refused(child(), ERR_UNAVAILABLE, "no details were given");
}

Test(prompt, refuses_a_line_that_is_too_long_and_takes_none_of_it_for_the_next) {
    char lines[3000];
    memset(lines, 'a', sizeof lines);
    snprintf(lines + 2500, sizeof lines - 2500, "\n" DETAILS);
    type(lines, false);
    assert_refused(child(), ERR_INPUT, "forenames: ");
    end();
    type(lines, true);
    assert_ok(child());
    cr_assert_eq(times(screen(), "Forenames: "), 2);
    cr_assert_eq(times(screen(), "Surname: "), 1);
}

Test(prompt, refuses_text_that_is_not_utf8) {
    type("M\xe4ry\nSmith\n9/3/2014\n\n\n", false);
    assert_refused(child(), ERR_INPUT, "forenames: ");
}

Test(prompt, asks_for_the_purpose_by_number_or_code) {
    enum purpose purpose = PURPOSE_COUNT;
    type("3\n", true);
    assert_ok(prompt_purpose(&prompt, &purpose));
    cr_assert_eq(purpose, PURPOSE_SECTION_47);
    cr_assert_null(strstr(screen(), "canary"), "that is the scheme's own");
    end();
    type("nonsense\n0\ncanary\nhealth-visit\n", true);
    assert_ok(prompt_purpose(&prompt, &purpose));
    cr_assert_eq(purpose, PURPOSE_HEALTH_VISIT);
    cr_assert_eq(times(screen(), "There is no such purpose."), 3);
}

Test(prompt, refuses_a_wrong_or_missing_purpose_of_a_stream) {
    enum purpose purpose = PURPOSE_COUNT;
    type("nonsense\nassessment\n", false);
    cr_assert_eq(prompt_purpose(&prompt, &purpose), ERR_INPUT);
    end();
    type("\n", false);
    fgetc(prompt.in);
    assert_refused(prompt_purpose(&prompt, &purpose), ERR_UNAVAILABLE, "no purpose");
    cr_assert_eq(purpose, PURPOSE_COUNT);
}

Test(prompt, asks_for_a_reference_until_there_is_one) {
    char *ref = NULL;
    type("\n  case 7 \n", true);
    assert_ok(prompt_ref(&prompt, &ref));
    cr_assert_str_eq(ref, "case 7");
    free(ref);
    end();
    type("\n", false);
    assert_refused(prompt_ref(&prompt, &ref), ERR_INPUT, "reference");
}

Test(prompt, takes_only_y_for_yes) {
    type("y\nYes\n\nn\nja\n", true);
    const bool expected[] = {true, true, false, false, false, false};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        cr_assert_eq(prompt_yes(&prompt, "Well? "), expected[i], "line %zu", i);
    }
}

Test(prompt, wipes_what_was_typed) {
    type(DETAILS "n\n", false);
    assert_ok(child());
    cr_assert_str_eq(prompt.surname, "Smith");
    prompt_close(&prompt);
    static const char nothing[sizeof prompt.line];
    cr_assert_eq(memcmp(prompt.line, nothing, sizeof prompt.line), 0);
    cr_assert_eq(memcmp(prompt.surname, nothing, sizeof prompt.surname), 0);
}
