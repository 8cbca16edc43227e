// SPDX-License-Identifier: Apache-2.0
// The operator against the real daemons: the store is put back to an earlier day, the keys are asked to go, holders are
// away.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/routes.h"
#include "tests/support/house.h"

#define LEO "case-1,Leo,Ramsbottom,2017-08-30,9990000115,"
#define MIA "case-2,Mia,Oldroyd,2016-02-11,9990000123,"

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(journal, .init = open_house, .fini = close_house);

#define indexctl(...) house_run(&house, "indexd/indexctl", NULL, __VA_ARGS__, NULL)
#define checkpoint() indexctl("journal", "checkpoint", "--config", "index.ini")

static void shell(const char *command) {
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    struct outcome outcome = process_run(house.dir, argv, NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s: %s", command, outcome.err);
    outcome_free(&outcome);
}

static void expect(struct outcome outcome, int exit_code, const char *word) {
    cr_expect_eq(outcome.exit_code, exit_code, "%s%s", outcome.out, outcome.err);
    cr_expect(strstr(outcome.out, word) || strstr(outcome.err, word), "\"%s%s\" lacks \"%s\"", outcome.out, outcome.err,
              word);
    outcome_free(&outcome);
}

Test(journal, is_cosigned_by_every_holder_and_verified_against_them) {
    cr_assert_eq(house_change(&house, "register", "north", LEO), 0);
    expect(checkpoint(), 0, "demo-holder-3");
    expect(indexctl("journal", "verify", "--config", "index.ini", "--witnesses"), 0, "3 of 3 showed no head");
    expect(indexctl("stats", "--config", "index.ini"), 0, "cosigning        ok");
    expect(indexctl("journal", "show", "--config", "index.ini", "--from", "3"), 0, "agency=north");
}

// The whole folder of an earlier day, heads and all, is consistent in itself: only the holders know better.
Test(journal, of_an_earlier_day_is_found_out_by_the_holders_and_the_index_refuses) {
    cr_assert_eq(house_change(&house, "register", "north", LEO), 0);
    expect(checkpoint(), 0, "demo-holder-1");
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    shell("cp -a store earlier");
    house_start_index(&house);
    cr_assert_eq(house_change(&house, "register", "north", MIA), 0);
    expect(checkpoint(), 0, "demo-holder-1");
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    shell("rm -r store && mv earlier store");
    expect(indexctl("journal", "verify", "--config", "index.ini"), 0,
           "cut back together with its heads would not show");
    expect(indexctl("journal", "verify", "--config", "index.ini", "--witnesses"), 2, "it was cut back");
    house_start_index(&house);
    expect(checkpoint(), 2, "the journal was cut back or an older one was restored");
    house_expect(&house, "south", LEO, "could-not-be-answered");
}

Test(journal, whose_last_records_are_gone_does_not_start) {
    cr_assert_eq(house_change(&house, "register", "north", LEO), 0);
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    shell("cp -a store/journal store/lmdb .");
    house_start_index(&house);
    house_expect(&house, "south", LEO, "yes");
    expect(checkpoint(), 0, "demo-holder-1");
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    shell("rm -r store/journal store/lmdb && mv journal lmdb store");
    expect(house_run(&house, "indexd/indexd", NULL, "--config", "index.ini", NULL), 2, "a head was signed that covers");
    expect(indexctl("journal", "renew", "--config", "index.ini"), 0, "log demo/journal-");
    house_start_index(&house);
    house_expect(&house, "south", LEO, "yes");
    expect(checkpoint(), 2, "cosigned by 0 key holders");
    expect(indexctl("journal", "show", "--config", "index.ini"), 0, "journal renew");
}

Test(journal, is_not_cosigned_while_too_few_holders_answer_and_says_so) {
    expect(checkpoint(), 0, "demo-holder-1");
    cr_assert_eq(daemon_stop(&house.holders[0], SIGTERM), 0);
    house_expect(&house, "south", LEO, "no");
    expect(checkpoint(), 0, "demo-holder-2"); // two of three suffice
    cr_assert_eq(daemon_stop(&house.holders[1], SIGTERM), 0);
    cr_assert_eq(house_change(&house, "register", "north", LEO), 2, "two holders are needed for tokens as well");
    expect(indexctl("deny", "--config", "index.ini", "urn:signpost:demo:agency:south:person:jo"), 0, "");
    expect(checkpoint(), 2, "cosigned by 1 key holders, and 2 are needed");
    expect(indexctl("journal", "verify", "--config", "index.ini"), 0, "not yet cosigned by enough");
    expect(indexctl("journal", "verify", "--config", "index.ini", "--witnesses"), 2, "1 key holders answered");
}

#define reconcile()                                                                                                    \
    indexctl("journal", "reconcile", "--config", "index.ini", "--counts", "holder-1.state/counts", "--counts",         \
             "holder-2.state/counts", "--counts", "holder-3.state/counts")

static void stop_holders(void) {
    for (int i = 0; i < HOUSE_HOLDERS; i++) {
        cr_assert_eq(daemon_stop(&house.holders[i], SIGTERM), 0);
    }
}

static void evaluate(struct http_client *client, int times) {
    static const char body[] =
        "{\"epoch\":1,\"generation\":1,\"elements\":[\"4vKuCmq8TnGohKlhxQBRX1jjC2qlgt2NtqZZReCNLXY=\"]}";
    for (int i = 0; i < times; i++) {
        struct http_exchange exchange = house_exchange(client, 1, ROUTE_EVALUATIONS, body);
        cr_assert_eq(exchange.status, 200);
        buf_free(&exchange.reply);
    }
}

// The holders' own counts. Nobody is counted twice for being of an agency.
Test(journal, is_reconciled_with_what_the_holders_have_evaluated) {
    cr_assert_eq(house_change(&house, "register", "north", LEO), 0);
    house_expect(&house, "south", LEO, "yes");
    house_expect(&house, "jo", MIA, "no");
    stop_holders();
    expect(reconcile(), 0, "urn:signpost:demo:agency:south:person:jo");
    shell("mv holder-3.state/counts kept && : >holder-3.state/counts");
    expect(reconcile(), 0, "holder-3.state/counts: no counts");
    shell("mv kept holder-3.state/counts");
    // Jo evaluates by the hundred and asks the index nothing; the system of Jo's agency is not to blame.
    house_start_holder(&house, 1);
    struct http_client *jo = house_client(&house, "jo");
    evaluate(jo, 400);
    http_client_free(jo);
    cr_assert_eq(daemon_stop(&house.holders[0], SIGTERM), 0);
    expect(reconcile(), 2, "urn:signpost:demo:agency:south:person:jo  STANDS OUT");
    expect(reconcile(), 2, "1 times somebody");
    shell("echo yesterday >>holder-1.state/counts");
    expect(reconcile(), 2, "not a line of counts");
}

Test(journal, keeps_the_key_of_the_present_month_and_takes_two_to_destroy_one) {
    char month[8];
    char *place = house_read(&house, "store/log/vkey"); // the house is up
    free(place);
    shell("ls store/journal | cut -c1-7 | tail -n 1 >month");
    char *text = house_read(&house, "month");
    snprintf(month, sizeof month, "%s", text);
    free(text);
    expect(checkpoint(), 0, "demo-holder-1");
    expect(indexctl("journal", "destroy-key", "--config", "index.ini", "--reason", "x", "--as", "officer.crt", "--key",
                    "officer.key", month),
           2, "takes 2 people");
    expect(indexctl("journal", "destroy-key", "--config", "index.ini", "--reason", "x", "--as", "officer.crt", "--key",
                    "officer.key", "--as", "deputy.crt", "--key", "deputy.key", month),
           2, "the journal's last segment");
    expect(indexctl("journal", "destroy-key", "--config", "index.ini", "--reason", "x", "--as", "officer.crt", "--key",
                    "officer.key", "--as", "deputy.crt", "--key", "deputy.key", "2020-01"),
           2, "no segment of 2020-01");
}
