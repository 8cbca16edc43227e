// SPDX-License-Identifier: Apache-2.0
// Signed administrative acts at a running index: who may sign, how often an act works, and what is refused.
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "tests/support/house.h"

#define OFFICER "--as", "officer.crt", "--key", "officer.key"
#define DEPUTY "--as", "deputy.crt", "--key", "deputy.key"

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(acts, .init = open_house, .fini = close_house);

#define indexctl(...) house_run(&house, "indexd/indexctl", NULL, __VA_ARGS__, NULL)

static void expect_done(struct outcome outcome) {
    cr_expect_eq(outcome.exit_code, 0, "%s", outcome.err);
    outcome_free(&outcome);
}

static void expect_refused(struct outcome outcome, const char *word) {
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.err, word), "\"%s\" lacks \"%s\"", outcome.err, word);
    outcome_free(&outcome);
}

Test(acts, one_administrator_signs_in_one_command_with_either_kind_of_key) {
    expect_done(indexctl("act", "note", "--config", "index.ini", "--reason", "trying my key", OFFICER));
    expect_done(indexctl("act", "note", "--config", "index.ini", "--reason", "trying my key", DEPUTY));
}

Test(acts, an_act_is_made_signed_shown_and_run_in_turn_and_works_once) {
    expect_done(indexctl("act", "note", "--config", "index.ini", "--reason", "later", "--out", "note.act"));
    expect_refused(indexctl("act", "run", "--config", "index.ini", "note.act"), "0 signed");
    expect_done(indexctl("act", "sign", DEPUTY, "note.act"));
    struct outcome shown = indexctl("act", "show", "note.act");
    cr_expect_not_null(strstr(shown.out, "later"), "%s", shown.out);
    cr_expect_not_null(strstr(shown.out, "urn:signpost:demo:administrator:deputy"), "%s", shown.out);
    expect_done(shown);
    expect_done(indexctl("act", "run", "--config", "index.ini", "note.act"));
    expect_refused(indexctl("act", "run", "--config", "index.ini", "note.act"), "carried out before");
    // Not after a restart either.
    daemon_stop(&house.index, SIGTERM);
    house_start_index(&house);
    expect_refused(indexctl("act", "run", "--config", "index.ini", "note.act"), "carried out before");
}

Test(acts, only_an_administrator_of_the_roster_who_is_not_denied_may_sign) {
    expect_refused(
        indexctl("act", "note", "--config", "index.ini", "--reason", "x", "--as", "jo.crt", "--key", "jo.key"),
        "no role");
    expect_refused(
        indexctl("act", "note", "--config", "index.ini", "--reason", "x", "--as", "officer.crt", "--key", "deputy.key"),
        "not the certificate's");
    expect_done(indexctl("deny", "--config", "index.ini", "urn:signpost:demo:administrator:officer"));
    expect_refused(indexctl("act", "note", "--config", "index.ini", "--reason", "x", OFFICER), "deny list");
}

Test(acts, an_act_for_another_store_is_refused) {
    expect_done(indexctl("act", "note", "--config", "index.ini", "--reason", "later", "--out", "note.act", OFFICER));
    daemon_stop(&house.index, SIGTERM);
    expect_done(indexctl("rebuild", "--config", "index.ini"));
    house_start_index(&house);
    expect_refused(indexctl("act", "run", "--config", "index.ini", "note.act"), "earlier store");
}

Test(acts, options_that_do_not_go_together_are_refused) {
    expect_refused(indexctl("act", "note", "--config", "index.ini", OFFICER), "--reason");
    expect_refused(indexctl("act", "note", "--config", "index.ini", "--reason", "x"), "--as");
    expect_refused(indexctl("act", "note", "--config", "index.ini", "--reason", "x", "--as", "officer.crt"), "--key");
    expect_refused(indexctl("act", "show", "index.ini"), "line");
}
