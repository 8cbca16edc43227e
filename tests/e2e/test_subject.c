// SPDX-License-Identifier: Apache-2.0
// A child's right of access over real processes: who asked and who is recorded, what is left out, and who may look.
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "tests/support/house.h"

#define OFFICER "--as", "officer.crt", "--key", "officer.key"
#define DANA "--as", "dana.crt", "--key", "dana.key"
#define DEVI "--as", "devi.crt", "--key", "devi.key"
#define CONFIG "--config", "index.ini"
#define TOKENS "--tokens", "amelia.tokens", "--reason", "letter of 3 May"

#define AMELIA "case-1,amelia rose,featherstone,2016-04-21,9990000115,"
#define AMELIA_TYPED "amelia rose\nfeatherstone\n2016-04-21\n9990000115\n\nn\n"
#define BY_EAR "case-3,amelia,fetherstone,2016-04-21,,"
#define QUIET_CSV                                                                                                      \
    "ref,forenames,surname,date_of_birth,nhs_number,upn,quiet\ncase-7,amelia "                                         \
    "rose,featherstone,2016-04-21,9990000115,,yes\n"

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(subject, .init = open_house, .fini = close_house);

#define indexctl(...) house_run(&house, "indexd/indexctl", NULL, __VA_ARGS__, NULL)

static void expect(struct outcome outcome, int exit_code, const char *word) {
    cr_expect_eq(outcome.exit_code, exit_code, "%s%s", outcome.out, outcome.err);
    cr_expect_not_null(strstr(exit_code == 0 ? outcome.out : outcome.err, word), "\"%s%s\" lacks \"%s\"", outcome.out,
                       outcome.err, word);
    outcome_free(&outcome);
}

static void derive(void) {
    expect(house_signpost(&house, "dana", AMELIA_TYPED, "subject-access", "--out", "amelia.tokens", NULL), 0,
           "personal");
}

static void lacks(const struct outcome *outcome, const char *word) {
    cr_expect_null(strstr(outcome->out, word), "\"%s\" has \"%s\"", outcome->out, word);
}

static void has(const struct outcome *outcome, const char *word) {
    cr_expect_not_null(strstr(outcome->out, word), "\"%s%s\" lacks \"%s\"", outcome->out, outcome->err, word);
}

static void register_csv(const char *client, const char *text) {
    house_write(&house, "rows.csv", text);
    expect(house_signpost(&house, client, NULL, "register", "--csv", "rows.csv", NULL), 0, "opened");
}

Test(subject, hears_who_asked_and_who_is_recorded_sure_and_similar_apart) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    house_expect(&house, "jo", AMELIA, "yes");
    house_expect(&house, "south", BY_EAR, "possibly");
    derive();
    struct outcome outcome = indexctl("subject-access", CONFIG, TOKENS, DANA);
    cr_assert_eq(outcome.exit_code, 0, "%s", outcome.err);
    has(&outcome, "Searched: scheme demo, key epoch 1");
    has(&outcome, "south jo  for caseload: yes");
    has(&outcome, "south  for caseload: possibly");
    has(&outcome, "  north: current, until 20");
    const char *similar = strstr(outcome.out, "Questions about a child whose details are similar");
    cr_assert_not_null(similar);
    cr_expect_lt(strstr(outcome.out, "south jo  for"), similar);
    cr_expect_gt(strstr(outcome.out, ": possibly"), similar);
    outcome_free(&outcome);
}

Test(subject, is_never_told_that_nothing_is_held) {
    derive();
    struct outcome outcome = indexctl("subject-access", CONFIG, TOKENS, DANA);
    cr_assert_eq(outcome.exit_code, 0, "%s", outcome.err);
    has(&outcome, "Searched:");
    has(&outcome, "whether or not there are any");
    lacks(&outcome, "othing");
    outcome_free(&outcome);
}

Test(subject, hears_of_quiet_and_police_entries_only_when_two_officers_sign) {
    register_csv("north", QUIET_CSV);
    house_write(&house, "ask.csv", "ref,forenames,surname,date_of_birth,nhs_number,upn\n" AMELIA "\n");
    expect(house_signpost(&house, "jo", NULL, "ask", "--csv", "ask.csv", "--purpose", "police-report", NULL), 0, "no");
    derive();
    struct outcome outcome = indexctl("subject-access", CONFIG, TOKENS, DANA);
    lacks(&outcome, "north");
    lacks(&outcome, "police-report");
    expect(outcome, 0, "Searched");
    expect(indexctl("subject-access", CONFIG, TOKENS, DANA, "--all"), 2, "two officers");
    outcome = indexctl("subject-access", CONFIG, TOKENS, DANA, DEVI, "--all");
    has(&outcome, "north: current");
    has(&outcome, ", quiet");
    expect(outcome, 0, "police-report");
}

Test(subject, who_is_shielded_is_not_found_by_one_officer_nor_whoever_asked) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    house_expect(&house, "jo", AMELIA, "yes");
    expect(house_signpost(&house, "dana", AMELIA_TYPED, "shield", "--out", "shield.tokens", NULL), 0, "personal");
    expect(indexctl("shield", "add", CONFIG, "--tokens", "shield.tokens", "--reason", "x", OFFICER), 0, "hides 1");
    derive();
    struct outcome outcome = indexctl("subject-access", CONFIG, TOKENS, DANA);
    lacks(&outcome, "north");
    lacks(&outcome, "south");
    expect(outcome, 0, "Searched");
    outcome = indexctl("subject-access", CONFIG, TOKENS, DANA, DEVI, "--all");
    has(&outcome, "south jo");
    expect(outcome, 0, ", shielded");
}

Test(subject, takes_an_officer_and_tokens_for_this_use_with_a_number) {
    derive();
    expect(indexctl("subject-access", CONFIG, TOKENS, OFFICER), 2, "no role");
    expect(indexctl("subject-access", CONFIG, TOKENS, "--as", "jo.crt", "--key", "jo.key"), 2, "no role");
    expect(house_signpost(&house, "dana", "amelia\nfeatherstone\n2016-04-21\n\n\nn\n", "subject-access", "--out", "x",
                          NULL),
           2, "NHS number");
    expect(house_signpost(&house, "dana", AMELIA_TYPED, "shield", "--out", "shield.tokens", NULL), 0, "personal");
    expect(indexctl("subject-access", CONFIG, "--tokens", "shield.tokens", "--reason", "x", DANA), 2, "another use");
}
