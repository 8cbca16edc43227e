// SPDX-License-Identifier: Apache-2.0
// An agency that has a feed, over real daemons: what its people may still do by hand, who counts as fed, and how a feed
// is retired.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/house.h"

#define HEADER "ref,forenames,surname,date_of_birth,nhs_number,upn\n"
#define AMELIA "case-1,Amelia,Featherstone,2016-04-21,9990000115,"
#define LEO "case-2,Leo,Ramsbottom,2017-08-30,,"

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(feeds, .init = open_house, .fini = close_house);

static void sync_south(void) {
    house_write(&house, "south.csv", HEADER AMELIA "\n");
    struct outcome outcome = house_signpost(&house, "south", NULL, "sync", "south.csv", NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s%s", outcome.out, outcome.err);
    outcome_free(&outcome);
}

static void expect_refused(const char *verb, const char *row) {
    char csv[256];
    (void)snprintf(csv, sizeof csv, HEADER "%s\n", row);
    house_write(&house, "jo.csv", csv);
    struct outcome outcome = house_signpost(&house, "jo", NULL, verb, "--csv", "jo.csv", NULL);
    cr_expect_eq(outcome.exit_code, 2, "%s: %s", verb, outcome.out);
    char *rejects = house_read(&house, "jo.csv.rejects.csv");
    cr_expect_not_null(strstr(rejects, "the agency south has a feed"), "%s: %s", verb, rejects);
    free(rejects);
    outcome_free(&outcome);
}

static bool feeds_say(const char *line) {
    struct outcome outcome = house_run(&house, "indexd/indexctl", NULL, "feeds", "--config", "index.ini", NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s", outcome.err);
    bool says = strstr(outcome.out, line) != NULL;
    outcome_free(&outcome);
    return says;
}

Test(feeds, while_an_agency_has_one_its_people_ask_and_change_nothing) {
    cr_assert_eq(house_change(&house, "register", "jo", LEO), 0, "before there is a feed");
    cr_expect(feeds_say("stale    never      south"), "what a person sends is no feed");
    sync_south();
    expect_refused("register", "case-3,Mia,Ogden,2018-02-03,,");
    expect_refused("close", LEO);
    expect_refused("withdraw", LEO);
    house_expect(&house, "sam", LEO, "yes");
    house_expect(&house, "sam", "x,Mia,Ogden,2018-02-03,,", "no");
    house_expect(&house, "jo", AMELIA, "no");
    cr_expect_eq(house_change(&house, "register", "sam", AMELIA), 0, "another agency's people are not concerned");
    house_expect(&house, "jo", AMELIA, "yes");
}

Test(feeds, refusing_a_change_names_the_reason_at_the_terminal) {
    sync_south();
    struct outcome outcome =
        house_signpost(&house, "jo", "case-2\nLeo\nRamsbottom\n30/08/2017\n\n\n\n\n\n", "register", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.out, "NOT DONE: "), "%s%s", outcome.out, outcome.err);
    cr_expect_not_null(strstr(outcome.out, "enter this in the agency's own system"), "%s", outcome.out);
    cr_expect_not_null(strstr(outcome.out, "asking is not affected"), "%s", outcome.out);
    outcome_free(&outcome);
}

Test(feeds, one_that_had_nothing_to_change_stays_fresh) {
    sync_south();
    sync_south(); // unchanged
    cr_expect(feeds_say("fresh"), "the feed is stale");
    cr_expect(feeds_say(" south"));
    cr_expect(feeds_say("stale    never      north"));
}

Test(feeds, the_daily_figure_counts_systems_and_is_told_with_each_answer) {
    sync_south();
    cr_assert_eq(house_change(&house, "register", "sam", LEO), 0);
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    house_start_index(&house); // counts anew, as every day
    struct outcome outcome =
        house_signpost(&house, "jo", "Leo\nRamsbottom\n30/08/2017\n\n\n\n\n", "ask", "--purpose", "assessment", NULL);
    cr_expect_eq(outcome.exit_code, 0, "%s", outcome.err);
    cr_expect_not_null(strstr(outcome.out, "; 1 of 2 feeds up to date; ref "), "%s", outcome.out);
    outcome_free(&outcome);
}

Test(feeds, retiring_one_gives_the_records_into_its_peoples_hands) {
    sync_south();
    expect_refused("close", AMELIA);
    struct outcome removed =
        house_run(&house, "keys/ceremony/ceremony", NULL, "roster", "--dir", "authority", "--passphrase-file",
                  "authority.passphrase", "remove", "urn:signpost:demo:agency:south", NULL);
    cr_assert_eq(removed.exit_code, 0, "%s", removed.err);
    outcome_free(&removed);
    for (int i = 0; i < HOUSE_HOLDERS; i++) {
        daemon_signal(&house.holders[i], SIGHUP);
    }
    daemon_signal(&house.index, SIGHUP);
    bool gone = false;
    for (int round = 0; round < 500 && !gone; round++) { // until the reload has taken effect
        gone = !feeds_say(" south");
    }
    cr_assert(gone, "the index still expects the feed");
    house_expect(&house, "sam", AMELIA, "yes");
    cr_expect_eq(house_change(&house, "close", "jo", AMELIA), 0);
    house_expect(&house, "sam", AMELIA, "previously");
    cr_expect_eq(house_change(&house, "register", "jo", LEO), 0);
}
