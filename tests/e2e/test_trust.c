// SPDX-License-Identifier: Apache-2.0
// Certificates, roster and descriptor over real daemons: who is let in, and what a client believes.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/routes.h"
#include "tests/support/house.h"

#define AVA "case-1,Ava,Longbottom,2018-12-01,9990000115,"
#define AUTHORITY "--dir", "authority", "--passphrase-file", "authority.passphrase"

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(trust, .init = open_house, .fini = close_house);

static void shell(const char *command) {
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    struct outcome outcome = process_run(house.dir, argv, NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s: %s", command, outcome.err);
    outcome_free(&outcome);
}

#define CEREMONY(...)                                                                                                  \
    do {                                                                                                               \
        struct outcome done = house_run(&house, "keys/ceremony/ceremony", NULL, __VA_ARGS__, NULL);                    \
        cr_assert_eq(done.exit_code, 0, "%s%s", done.out, done.err);                                                   \
        outcome_free(&done);                                                                                           \
    } while (0)

static void reload_all(void) {
    daemon_signal(&house.index, SIGHUP);
    for (int i = 0; i < HOUSE_HOLDERS; i++) {
        daemon_signal(&house.holders[i], SIGHUP);
    }
}

// Asks until the reload has taken effect: each round is a whole request, and the number of rounds is bounded.
static int status_becomes(const char *client_name, int wanted) {
    int status = 0;
    for (int round = 0; round < 200 && status != wanted; round++) {
        struct http_client *client = house_client(&house, client_name);
        struct http_exchange exchange = house_exchange(client, 0, ROUTE_WHOAMI, NULL);
        status = exchange.status;
        buf_free(&exchange.reply);
        http_client_free(client);
    }
    return status;
}

static void expect_ask(const char *client, int exit_code, const char *word) {
    struct outcome outcome =
        house_signpost(&house, client, "Ava\nLongbottom\n01/12/2018\n\n\n\n\n", "ask", "--purpose", "assessment", NULL);
    cr_expect_eq(outcome.exit_code, exit_code, "%s%s", outcome.out, outcome.err);
    cr_expect(strstr(outcome.out, word) || strstr(outcome.err, word), "\"%s\" is missing: %s%s", word, outcome.out,
              outcome.err);
    outcome_free(&outcome);
}

Test(trust, check_says_that_all_is_well) {
    struct outcome outcome = house_signpost(&house, "south", NULL, "check", NULL);
    cr_expect_eq(outcome.exit_code, 0, "%s%s", outcome.out, outcome.err);
    static const char *const lines[] = {"certificate", "clock",      "holder 1", "holder 2", "holder 3",
                                        "index",       "descriptor", "roster",   "canaries"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        cr_expect_not_null(strstr(outcome.out, lines[i]), "no line on %s: %s", lines[i], outcome.out);
    }
    outcome_free(&outcome);
}

Test(trust, check_names_the_holder_that_is_down) {
    cr_assert_eq(daemon_stop(&house.holders[1], SIGTERM), 0);
    house_connect(&house);
    struct outcome outcome = house_signpost(&house, "south", NULL, "check", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.out, "PROBLEM"), "%s", outcome.out);
    outcome_free(&outcome);
}

Test(trust, whoami_names_the_person) {
    struct outcome outcome = house_signpost(&house, "jo", NULL, "whoami", NULL);
    cr_expect_eq(outcome.exit_code, 0, "%s", outcome.err);
    cr_expect_not_null(strstr(outcome.out, "urn:signpost:demo:agency:south:person:jo"), "%s", outcome.out);
    outcome_free(&outcome);
}

Test(trust, a_certificate_off_the_roster_is_refused_until_the_roster_arrives) {
    CEREMONY("issue", AUTHORITY, "--out", "kim", "practitioner", "south", "kim");
    cr_expect_eq(status_becomes("kim", 403), 403);
    CEREMONY("roster", AUTHORITY, "add", "kim.crt");
    reload_all();
    cr_expect_eq(status_becomes("kim", 200), 200);
    CEREMONY("roster", AUTHORITY, "suspend", "urn:signpost:demo:agency:south:person:kim");
    reload_all();
    cr_expect_eq(status_becomes("kim", 403), 403);
}

Test(trust, an_unlisted_practitioner_is_told_so_and_it_is_not_a_no) {
    CEREMONY("issue", AUTHORITY, "--out", "kim", "practitioner", "south", "kim");
    shell("sed 's/jo\\.crt/kim.crt/; s/jo\\.key/kim.key/' jo.ini >kim.ini");
    expect_ask("kim", 2, "COULD NOT BE ANSWERED. This is not a no.");
}

Test(trust, a_certificate_of_another_scheme_s_ca_is_refused_and_named_as_such) {
    CEREMONY("init", "--scheme", "demo", "--passphrase-file", "authority.passphrase", "--kdf", "interactive",
             "foreign");
    CEREMONY("issue", "--dir", "foreign", "--passphrase-file", "authority.passphrase", "--out", "eve", "practitioner",
             "south", "eve");
    shell("sed 's/jo\\.crt/eve.crt/; s/jo\\.key/eve.key/' jo.ini >eve.ini");
    expect_ask("eve", 2, "ertificate");
}

// `signpost check` with jo's configuration but for one line.
static void check_says(const char *key, const char *value, const char *word) {
    char command[256];
    snprintf(command, sizeof command, "sed 's|^%s = .*|%s = %s|' jo.ini >odd.ini", key, key, value);
    shell(command);
    struct outcome outcome = house_signpost(&house, "odd", NULL, "check", NULL);
    cr_expect_eq(outcome.exit_code, 2, "%s = %s", key, value);
    cr_expect_not_null(strstr(outcome.out, word), "%s = %s: \"%s\" is missing: %s", key, value, word, outcome.out);
    outcome_free(&outcome);
}

Test(trust, check_says_what_is_wrong_with_a_certificate_and_what_to_do) {
    check_says("certificate", "none.crt", "none.crt: no such file or folder");
    check_says("certificate", "contacts.txt", "contacts.txt: not a certificate in PEM");
    check_says("certificate", "index.crt", "the key does not fit the certificate: check that both belong together");
    check_says("key", "sam.key", "sam.key: the key does not fit the certificate: check");
    check_says("key", "contacts.txt", "contacts.txt: not a private key in PEM without passphrase");
    shell("cp jo.key open.key && chmod 644 open.key");
    check_says("key", "open.key", "open.key: group or others have access to this secret; chmod 600 it");
    shell("sed -i 's/jo\\.key/holder-1.key/' jo.ini");
    check_says("certificate", "holder-1.crt", "own certificate: it is not for this purpose (servers and clients have");
}

Test(trust, check_tells_another_schemes_ca_from_a_roster_that_does_not_list_the_key) {
    CEREMONY("init", "--scheme", "demo", "--passphrase-file", "authority.passphrase", "--kdf", "interactive",
             "foreign");
    check_says("ca", "foreign/ca.crt", "own certificate: it is not from the scheme's CA: check that `certificate` and");
    CEREMONY("issue", AUTHORITY, "--out", "twin", "practitioner", "south", "jo");
    shell("sed -i 's/jo\\.key/twin.key/' jo.ini"); // a second key for jo, of which the roster knows nothing
    check_says("certificate", "twin.crt", "refuses you (Not allowed: ");
    check_says("certificate", "twin.crt",
               "ask the scheme authority for a roster entry that names this certificate's key");
}

Test(trust, an_expired_roster_lets_nobody_in) {
    struct outcome shown = house_run(&house, "keys/ceremony/ceremony", NULL, "describe", "--trust", "authority/trust",
                                     "--roster", "authority/roster", NULL);
    cr_expect_eq(shown.exit_code, 0, "%s", shown.err);
    outcome_free(&shown);
    shell("sed -i 's/\"expires\": *\"2/\"expires\": \"1/' authority/roster"); // no longer what was signed
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    struct outcome outcome = house_run(&house, "indexd/indexd", NULL, "--config", "index.ini", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.err, "ignature"), "%s", outcome.err);
    outcome_free(&outcome);
}

Test(trust, a_new_descriptor_needs_the_holders_and_a_lower_one_is_refused_afterwards) {
    expect_ask("jo", 0, "NO ONE ELSE FOUND");
    shell("cp authority/descriptor descriptor.1");
    CEREMONY("redescribe", AUTHORITY, "--days", "2000");
    expect_ask("jo", 2, "COULD NOT BE ANSWERED"); // the authority alone is not enough
    CEREMONY("cosign", "--share", "authority/holder-1/share.sealed", "--passphrase-file", "holder-1.passphrase",
             "authority/descriptor");
    expect_ask("jo", 2, "COULD NOT BE ANSWERED");
    CEREMONY("cosign", "--share", "authority/holder-3/share.sealed", "--passphrase-file", "holder-3.passphrase",
             "authority/descriptor");
    expect_ask("jo", 0, "NO ONE ELSE FOUND");
    shell("cp descriptor.1 authority/descriptor");
    expect_ask("jo", 2, "COULD NOT BE ANSWERED");
}

Test(trust, a_descriptor_with_one_changed_letter_is_refused) {
    shell("sed -i 's/\"core\"/\"cure\"/' authority/descriptor");
    expect_ask("jo", 2, "COULD NOT BE ANSWERED");
}

Test(trust, a_holder_does_not_serve_with_another_holder_s_share) {
    cr_assert_eq(daemon_stop(&house.holders[0], SIGTERM), 0);
    shell("sed -i 's/holder-1.share/holder-2\\/share/; s/holder-1.passphrase/holder-2.passphrase/' "
          "holder-1.ini");
    struct outcome outcome = house_run(&house, "keys/keyholderd/keyholderd", NULL, "--config", "holder-1.ini", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_neq(outcome.err[0], '\0');
    outcome_free(&outcome);
}

Test(trust, a_wrong_passphrase_opens_no_share) {
    cr_assert_eq(daemon_stop(&house.holders[0], SIGTERM), 0);
    shell("echo wrong >holder-1.passphrase");
    struct outcome outcome = house_run(&house, "keys/keyholderd/keyholderd", NULL, "--config", "holder-1.ini", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.err, "passphrase"), "%s", outcome.err);
    outcome_free(&outcome);
}
