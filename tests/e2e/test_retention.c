// SPDX-License-Identifier: Apache-2.0
// What goes for good, over real processes: the purge of an agency by two administrators.
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "tests/support/house.h"

#define OFFICER "--as", "officer.crt", "--key", "officer.key"
#define DEPUTY "--as", "deputy.crt", "--key", "deputy.key"
#define CONFIG "--config", "index.ini"
#define AMELIA "case-1,amelia rose,featherstone,2016-04-21,9990000115,"
#define MIA "case-2,mia,okonkwo,2014-02-03,9990000336,"
#define NORTH "urn:signpost:demo:agency:north"

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(retention, .init = open_house, .fini = close_house);

#define indexctl(...) house_run(&house, "indexd/indexctl", NULL, __VA_ARGS__, NULL)

static void expect(struct outcome outcome, int exit_code, const char *word) {
    cr_expect_eq(outcome.exit_code, exit_code, "%s%s", outcome.out, outcome.err);
    cr_expect_not_null(strstr(exit_code == 0 ? outcome.out : outcome.err, word), "\"%s%s\" lacks \"%s\"", outcome.out,
                       outcome.err, word);
    outcome_free(&outcome);
}

// A purge that was begun ends before the index does anything else that is asked for here: wait for the list to empty.
static void await_purge(void) {
    for (int tries = 0; tries < 2000; tries++) {
        struct outcome outcome = indexctl("agency", "purges", CONFIG);
        bool done = outcome.exit_code == 0 && outcome.out[0] == '\0';
        outcome_free(&outcome);
        if (done) {
            return;
        }
    }
    cr_assert_fail("the purge does not end");
}

Test(retention, an_agency_is_purged_by_two_administrators_once_it_cannot_come_in) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    cr_assert_eq(house_change(&house, "register", "south", MIA), 0);
    expect(indexctl("agency", "purge", CONFIG, "--reason", "left", OFFICER, DEPUTY, "north"), 2, "deny it first");
    expect(indexctl("deny", CONFIG, NORTH), 0, "denied");
    expect(indexctl("agency", "purge", CONFIG, "--reason", "left", OFFICER, "north"), 2, "takes 2 people");
    expect(indexctl("agency", "purge", CONFIG, "--reason", "left", OFFICER, DEPUTY, "canary"), 2, "agency");
    house_expect(&house, "south", AMELIA, "yes");
    expect(indexctl("agency", "purge", CONFIG, "--reason", "left", OFFICER, DEPUTY, "north"), 0, "begun");
    await_purge();
    house_expect(&house, "south", AMELIA, "no");
    expect(indexctl("journal", "show", CONFIG), 0, "purge      agency=north ended=false");
    expect(indexctl("journal", "show", CONFIG), 0, "removals   reason=purge agency=north entries=");
    expect(indexctl("journal", "show", CONFIG), 0, "purge      agency=north ended=true");
    house_expect(&house, "jo", AMELIA, "no");
    daemon_stop(&house.index, SIGTERM);
    house_start_index(&house);
    house_expect(&house, "south", AMELIA, "no");
}

Test(retention, the_figures_hide_small_numbers) {
    struct outcome outcome = indexctl("stats", CONFIG);
    cr_expect_not_null(strstr(outcome.out, "fewer than 5"), "%s", outcome.out);
    outcome_free(&outcome);
    cr_assert_eq(house_change(&house, "register", "south", MIA), 0);
    outcome = indexctl("stats", CONFIG, "--json");
    cr_expect_not_null(strstr(outcome.out, "\"changes\": null"), "%s", outcome.out);
    outcome_free(&outcome);
}
