// SPDX-License-Identifier: Apache-2.0
// Budgets over real daemons: what a client is told, that a kill resets nothing, and how somebody is unblocked.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "proto/routes.h"
#include "tests/support/house.h"

#define ROW "r1,Ada,Poole,2015-04-03,,"
#define SOUTH "urn:signpost:demo:agency:south"
#define JO SOUTH ":person:jo"

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(budgets, .init = open_house, .fini = close_house);

#define ceremony(...) house_run(&house, "keys/ceremony/ceremony", NULL, __VA_ARGS__, NULL)
#define indexctl(...) house_run(&house, "indexd/indexctl", NULL, __VA_ARGS__, NULL)
#define LIMIT(limit, who)                                                                                              \
    expect_done(ceremony("roster", "--dir", "authority", "--passphrase-file", "authority.passphrase", "--limit",       \
                         limit, "update", who))

static void expect_done(struct outcome outcome) {
    cr_assert_eq(outcome.exit_code, 0, "%s", outcome.err);
    outcome_free(&outcome);
}

// Jo asks; the reason of the refusal, or "" with an answer. The caller frees.
static char *reason(void) {
    house_write(&house, "jo-ask.csv", "ref,forenames,surname,date_of_birth,nhs_number,upn\n" ROW "\n");
    struct outcome outcome = house_signpost(&house, "jo", NULL, "ask", "--csv", "jo-ask.csv", NULL);
    char *line = strchr(outcome.out, '\n');
    cr_assert_not_null(line, "%s", outcome.err);
    const bool answered = strncmp(line + 1, "r1,no,", 6) == 0;
    cr_expect_eq(outcome.exit_code, answered ? 0 : 2, "%s", outcome.out);
    cr_expect(answered || strncmp(line + 1, "r1,could-not-be-answered,", 25) == 0, "%s", outcome.out);
    char *text = strdup(answered ? "" : line + 1);
    outcome_free(&outcome);
    return text;
}

static void expect_answered(void) {
    char *text = reason();
    cr_expect_str_empty(text);
    free(text);
}

static void expect_refused(const char *word) {
    char *text = reason();
    cr_expect_not_null(strstr(text, word), "\"%s\" lacks \"%s\"", text, word);
    free(text);
}

Test(budgets, a_client_is_told_when_to_come_back_and_a_kill_resets_nothing) {
    LIMIT("children_hour=2", JO);
    expect_answered();
    expect_answered();
    expect_refused("come back at");
    (void)daemon_stop(&house.index, SIGKILL);
    house_start_index(&house);
    expect_refused("come back at");
    LIMIT("children_hour=3", JO); // a higher limit acts at once
    expect_answered();
}

Test(budgets, a_cap_blocks_until_an_administrator_unblocks) {
    LIMIT("no_day=1", JO);
    expect_answered();
    expect_refused("blocked");
    expect_refused("blocked");
    struct outcome list = indexctl("blocked", "--config", "index.ini");
    cr_expect_not_null(strstr(list.out, JO ": cap of 1 answers"), "%s", list.out);
    outcome_free(&list);
    struct outcome not_admin =
        indexctl("unblock", "--config", "index.ini", "--reason", "x", "--as", "jo.crt", "--key", "jo.key", JO);
    cr_expect_eq(not_admin.exit_code, 2);
    outcome_free(&not_admin);
    expect_refused("blocked");
    struct outcome written = indexctl("unblock", "--config", "index.ini", "--reason", "spoke with the team", "--as",
                                      "officer.crt", "--key", "officer.key", "--out", "unblock.json", JO);
    cr_expect_eq(written.exit_code, 0, "%s", written.err);
    cr_expect_str_eq(written.out, "written to unblock.json\n");
    outcome_free(&written);
    expect_refused("blocked");
    expect_done(indexctl("act", "run", "--config", "index.ini", "unblock.json"));
    list = indexctl("blocked", "--config", "index.ini");
    cr_expect_str_empty(list.out);
    outcome_free(&list);
    expect_answered();
    struct outcome again = indexctl("unblock", "--config", "index.ini", "--reason", "x", "--as", "officer.crt", "--key",
                                    "officer.key", "urn:signpost:demo:agency:north");
    cr_expect_eq(again.exit_code, 2);
    cr_expect_not_null(strstr(again.err, "nobody of this identity is blocked"), "%s", again.err);
    outcome_free(&again);
}

// One element; the base point, which every holder takes.
static int evaluate(struct http_client *jo, int holder) {
    struct http_exchange exchange = house_exchange(
        jo, holder, ROUTE_EVALUATIONS,
        "{\"epoch\":1,\"generation\":1,\"elements\":[\"4vKuCmq8TnGohKlhxQBRX1jjC2qlgt2NtqZZReCNLXY=\"]}");
    buf_free(&exchange.reply);
    return exchange.status;
}

// Whoever splits requests between the holders has each one's budget, and needs t of them for a token: n R / t.
Test(budgets, every_holder_counts_for_itself_and_a_kill_resets_none) {
    LIMIT("elements_hour=3", JO);
    struct http_client *jo = house_client(&house, "jo");
    for (int holder = 1; holder <= HOUSE_HOLDERS; holder++) {
        for (int i = 0; i < 3; i++) {
            cr_expect_eq(evaluate(jo, holder), 200, "holder %d, element %d", holder, i);
        }
        cr_expect_eq(evaluate(jo, holder), 429, "holder %d", holder);
    }
    (void)daemon_stop(&house.holders[0], SIGKILL);
    house_start_holder(&house, 1);
    http_client_free(jo);
    jo = house_client(&house, "jo");
    cr_expect_eq(evaluate(jo, 1), 429);
    expect_refused("The budget is used up");
    http_client_free(jo);
}

// From two administrators' signatures to a running holder.
Test(budgets, an_allowance_that_two_administrators_sign_lifts_an_agencys_limit) {
    char today[CLOCK_TEXT_SIZE];
    LIMIT("elements_hour=3", SOUTH);
    struct http_client *jo = house_client(&house, "jo");
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(evaluate(jo, 1), 200);
    }
    cr_expect_eq(evaluate(jo, 1), 429);
    clock_format(clock_now_s(&clock_system), today);
    today[10] = '\0';
    expect_done(indexctl("act", "allowance", "--agency", SOUTH, "--elements-day", "5", "--from", today, "--until",
                         today, "--reason", "first load", "--as", "officer.crt", "--key", "officer.key", "--out",
                         "load.act"));
#define allow()                                                                                                        \
    ceremony("roster", "--dir", "authority", "--passphrase-file", "authority.passphrase", "allowance", "load.act")
    struct outcome alone = allow();
    cr_expect_eq(alone.exit_code, 2);
    cr_expect_not_null(strstr(alone.err, "takes 2 administrators"), "%s", alone.err);
    outcome_free(&alone);
    cr_expect_eq(evaluate(jo, 1), 429);
    expect_done(indexctl("act", "sign", "--as", "deputy.crt", "--key", "deputy.key", "load.act"));
    expect_done(allow());
    cr_expect_eq(evaluate(jo, 1), 200);
    cr_expect_eq(evaluate(jo, 1), 200);
    cr_expect_eq(evaluate(jo, 1), 429);
    http_client_free(jo);
}

static void expect_alert(const char *since, const char *words, bool there) {
    struct outcome alerts = indexctl("alerts", "--config", "index.ini", "--since", since);
    cr_expect_eq(alerts.exit_code, 0, "%s", alerts.err);
    cr_expect_eq(strstr(alerts.out, words) != NULL, there, "\"%s\" in \"%s\"", words, alerts.out);
    outcome_free(&alerts);
}

Test(budgets, blocks_and_every_use_of_the_reserve_are_alerted) {
    LIMIT("no_day=1", JO);
    expect_answered();
    expect_alert("2020-01-01", "blocked", false);
    expect_refused("blocked");
    expect_alert("2020-01-01", "blocked            south:jo: cap of 1 answers", true);
    expect_alert("2020-01-01", "section-47-reserve", false);
    struct outcome asked =
        house_signpost(&house, "jo", NULL, "ask", "--csv", "jo-ask.csv", "--purpose", "section-47", NULL);
    cr_expect_eq(asked.exit_code, 0, "%s%s", asked.out, asked.err);
    outcome_free(&asked);
    expect_alert("2020-01-01", "section-47-reserve south:jo: asked about 1 children beyond the limits, reference ",
                 true);
    expect_alert("2099-01-01", "section-47-reserve", false);
    struct outcome wrong = indexctl("alerts", "--config", "index.ini", "--since", "yesterday");
    cr_expect_eq(wrong.exit_code, 2);
    outcome_free(&wrong);
}

// The rules look at the journal beside the requests: an alert comes a moment later.
static bool alert_comes(const char *words) {
    const int64_t until_us = clock_monotonic_us() + 30 * 1000000LL;
    bool there = false;
    while (!there && clock_monotonic_us() < until_us) {
        struct outcome alerts = indexctl("alerts", "--config", "index.ini", "--json");
        cr_assert_eq(alerts.exit_code, 0, "%s", alerts.err);
        there = strstr(alerts.out, words) != NULL;
        outcome_free(&alerts);
    }
    return there;
}

Test(budgets, who_asks_for_one_child_again_and_again_is_alerted_once) {
    (void)daemon_stop(&house.index, SIGTERM);
    house_set(&house, "index.ini", "alert_asked_again", "3");
    house_set(&house, "index.ini", "alert_no_in_a_row", "4");
    house_start_index(&house);
    expect_answered();
    expect_answered();
    expect_alert("2020-01-01", "asked-again", false);
    expect_answered();
    cr_expect(
        alert_comes("\"rule\":\"asked-again\",\"account\":\"south:jo\",\"found\":\"asked about one child 3 times"));
    (void)daemon_stop(&house.index, SIGKILL);
    house_start_index(&house);
    expect_answered(); // the fourth "no": the day was read again
    cr_expect(alert_comes("\"rule\":\"many-no\",\"account\":\"south:jo\",\"found\":\"4 answers"));
    struct outcome alerts = indexctl("alerts", "--config", "index.ini");
    const char *first = strstr(alerts.out, "asked-again");
    cr_assert_not_null(first, "%s", alerts.out);
    cr_expect_null(strstr(first + 1, "asked-again"), "%s", alerts.out);
    outcome_free(&alerts);
}
