// SPDX-License-Identifier: Apache-2.0
#include "client/cli/cli.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "tests/base/refusal.h"

static void begin(void) {
    assert_ok(secret_start());
    cr_redirect_stdout();
    cr_redirect_stderr();
    setenv("SIGNPOST_CONFIG", "/nowhere/signpost.ini", 1);
}

TestSuite(cli, .init = begin);

static char *read_all(FILE *stream) {
    char *text = calloc(1, 16384);
    size_t len = fread(text, 1, 16383, stream);
    text[len] = '\0';
    return text;
}

// The texts of both streams must hold, or not hold, these words; NULL: nothing is asked of them.
static void assert_said(const char *out_words, const char *err_words, const char *never) {
    fflush(stdout);
    fflush(stderr);
    char *out = read_all(cr_get_redirected_stdout());
    char *err = read_all(cr_get_redirected_stderr());
    cr_assert(out_words == NULL || strstr(out, out_words) != NULL, "\"%s\" is not in: %s", out_words, out);
    cr_assert(err_words == NULL || strstr(err, err_words) != NULL, "\"%s\" is not in: %s", err_words, err);
    cr_assert(never == NULL || (strstr(out, never) == NULL && strstr(err, never) == NULL), "%s%s", out, err);
    free(out);
    free(err);
}

#define RUN(run, ...) run((int)(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)), (char *[]){__VA_ARGS__, NULL})

Test(cli, never_uses_exit_code_1_for_a_wrong_option) {
    int (*const mains[])(int, char **) = {ask_main,    register_main, replace_main, close_main,   withdraw_main,
                                          whoami_main, check_main,    request_main, matching_main};
    for (size_t i = 0; i < sizeof mains / sizeof mains[0]; i++) {
        cr_assert_eq(RUN(mains[i], "x", "--no-such-option"), EXIT_COULD_NOT);
        cr_assert_eq(RUN(mains[i], "x", "--help"), EXIT_ANSWERED);
    }
}

Test(cli, takes_no_details_on_the_command_line_and_does_not_repeat_them) {
    cr_assert_eq(RUN(ask_main, "ask", "Mary", "Smith"), EXIT_COULD_NOT);
    assert_said(NULL, "details of a child are never given on the command line", "Smith");
}

Test(cli, says_that_a_question_could_not_be_answered_when_nothing_is_set_up) {
    cr_assert_eq(RUN(ask_main, "ask"), EXIT_COULD_NOT);
    assert_said("COULD NOT BE ANSWERED. This is not a no. Signpost is not set up properly on this machine;",
                "/nowhere/signpost.ini", "NO ONE");
}

Test(cli, says_so_in_json_as_well) {
    cr_assert_eq(RUN(ask_main, "ask", "--json"), EXIT_COULD_NOT);
    assert_said("{\"answer\":\"could-not-be-answered\"", NULL, "\"answer\":\"no\"");
}

Test(cli, writes_no_answers_when_nothing_is_set_up) {
    cr_assert_eq(RUN(ask_main, "ask", "--csv", "/nowhere/caseload.csv"), EXIT_COULD_NOT);
    assert_said(NULL, "/nowhere/signpost.ini", "ref,answer");
}

Test(cli, checks_the_configuration_first) {
    cr_assert_eq(RUN(check_main, "check"), EXIT_COULD_NOT);
    assert_said("PROBLEM  configuration", NULL, "OK ");
}

Test(cli, refuses_options_that_do_not_go_together) {
    cr_assert_eq(RUN(ask_main, "ask", "--out", "x"), EXIT_COULD_NOT);
    assert_said(NULL, "--out goes with --csv", NULL);
    cr_assert_eq(RUN(replace_main, "replace", "--csv", "new.csv"), EXIT_COULD_NOT);
    cr_assert_eq(RUN(replace_main, "replace", "--was", "old.csv"), EXIT_COULD_NOT);
    cr_assert_eq(RUN(register_main, "register", "--csv", "x.csv", "--quiet"), EXIT_COULD_NOT);
    cr_assert_eq(RUN(register_main, "register", "--on-behalf-of", "jo"), EXIT_COULD_NOT);
    cr_assert_eq(RUN(register_main, "register", "--ask", "caseload", "--out", "x"), EXIT_COULD_NOT);
    cr_assert_eq(RUN(close_main, "close", "--ask", "caseload"), EXIT_COULD_NOT);
}

Test(cli, refuses_purposes_that_nobody_may_give) {
    enum purpose purpose = PURPOSE_COUNT;
    assert_refused(cli_purpose("canary", &purpose), ERR_INPUT, "the scheme's own");
    cr_assert_eq(cli_purpose("curiosity", &purpose), ERR_INPUT);
    cr_assert_eq(purpose, PURPOSE_COUNT);
    assert_ok(cli_purpose("section-47", &purpose));
    cr_assert_eq(purpose, PURPOSE_SECTION_47);
    cr_assert_eq(RUN(ask_main, "ask", "--purpose", "canary"), EXIT_COULD_NOT);
}

Test(cli, refuses_a_person_that_is_no_id) {
    assert_ok(cli_check_person(NULL));
    assert_ok(cli_check_person("j-smith"));
    assert_refused(cli_check_person("J Smith"), ERR_INPUT, "--on-behalf-of");
    assert_refused(cli_check_person(""), ERR_INPUT, "--on-behalf-of");
    assert_refused(cli_check_person("0123456789012345678901234567890123456789012345678901234567890123"), ERR_INPUT,
                   "1 to 63");
}

Test(cli, prints_its_matching_rules_without_a_configuration) {
    cr_assert_eq(RUN(matching_main, "matching"), EXIT_ANSWERED);
    assert_said("\"key_set\": \"core\"", NULL, NULL);
}

Test(cli, does_not_know_every_key_set) {
    cr_assert_eq(RUN(matching_main, "matching", "--set", "future"), EXIT_COULD_NOT);
    assert_said(NULL, "no key set of that name", NULL);
}
