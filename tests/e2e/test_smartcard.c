// SPDX-License-Identifier: Apache-2.0
// A practitioner whose key was made on a smartcard and never leaves it: from the request to the answer, and to the
// moment at which the card is taken out. The commands are those of docs/smartcards.md.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/signpost.h"
#include "proto/routes.h"
#include "tests/support/house.h"
#include "tests/support/person.h"
#include "tests/support/softhsm.h"

#define AMELIA "case-1,Amelia Rose,Featherstone,2016-04-21,9990000115,"
#define AUTHORITY "--dir", "authority", "--passphrase-file", "authority.passphrase"
#define PROMPT "PIN of the card \"Kim\": "
#define QUESTION                                                                                                       \
    "{\"do\":\"ask\",\"purpose\":\"assessment\",\"children\":[{\"forenames\":\"Amelia "                                \
    "Rose\",\"surname\":\"Featherstone\",\"date_of_birth\":\"2016-04-21\",\"nhs_number\":\"9990000115\"}]}"

static struct house house;
static struct softhsm hsm;
static char signpost_path[512];

static void write_config(const char *name, const char *certificate, const char *query) {
    char text[2048], state[128];
    char *sam = house_read(&house, "jo.ini");
    const char *connect_to = strstr(sam, "connect_to");
    snprintf(state, sizeof state, "state-%s", name);
    snprintf(text, sizeof text,
             "descriptor = authority/descriptor\ntrust = authority/trust\nca = authority/ca.crt\n"
             "certificate = %s\nkey = pkcs11:token=Kim;object=authentication%s%s\nstate = %s\n%s",
             certificate, query[0] != '\0' ? "?" : "", query, state, connect_to);
    snprintf(state, sizeof state, "%s.ini", name);
    house_write(&house, state, text);
    free(sam);
}

// Runs `signpost --config NAME.ini ARGUMENT`, whose PIN prompts are answered by the caller.
static void begin(struct person *person, const char *name, const char *argument) {
    char config[64];
    snprintf(config, sizeof config, "%s.ini", name);
    const char *argv[] = {signpost_path, "--config", config, argument, NULL};
    person_start(person, house.dir, argv);
}

static void type_pin(struct person *person) {
    person_wait_for(person, PROMPT);
    person_type(person, SOFTHSM_PIN "\n");
}

// The whole of a run with one right PIN. The caller frees what it printed.
static char *run(const char *name, const char *argument, const char *input, int exit_code) {
    struct person person;
    char *out = NULL;
    begin(&person, name, argument);
    if (input != NULL) {
        person_send(&person, input);
    }
    type_pin(&person);
    int code = person_end(&person, &out);
    cr_assert_eq(code, exit_code, "%s: %s%s", argument, out, buf_str(&person.seen));
    cr_expect_null(strstr(buf_str(&person.seen), SOFTHSM_PIN), "the PIN was shown");
    buf_free(&person.seen);
    return out;
}

static void shows(char *out, const char *text) {
    cr_expect_not_null(strstr(out, text), "\"%s\" is missing: %s", text, out);
    free(out);
}

#define CEREMONY(...)                                                                                                  \
    do {                                                                                                               \
        struct outcome done = house_run(&house, "keys/ceremony/ceremony", NULL, __VA_ARGS__, NULL);                    \
        cr_assert_eq(done.exit_code, 0, "%s%s", done.out, done.err);                                                   \
        outcome_free(&done);                                                                                           \
    } while (0)

static long roster_version(struct http_client *client, int daemon) {
    struct http_exchange exchange = house_exchange(client, daemon, ROUTE_WHOAMI, NULL);
    buf_put_u8(&exchange.reply, 0);
    const char *at = strstr((const char *)exchange.reply.data, "\"roster_version\":");
    long version = at == NULL ? 0 : atol(strchr(at, ':') + 1);
    buf_free(&exchange.reply);
    return version;
}

// Every daemon has read the roster that lists Kim; each round is a whole request, and their number is bounded.
static void wait_for_roster(struct http_client *client, long before) {
    for (int daemon = 0; daemon <= HOUSE_HOLDERS; daemon++) {
        long now = before;
        for (int round = 0; round < 1000 && now == before; round++) {
            now = roster_version(client, daemon);
        }
        cr_assert_eq(now, before + 1, "daemon %d has not read the new roster", daemon);
    }
}

static void enrol(void) {
    char *request = run("kim", "request", NULL, 0);
    house_write(&house, "kim.csr", request);
    free(request);
    CEREMONY("issue", AUTHORITY, "--csr", "kim.csr", "--out", "kim", "practitioner", "south", "kim");
    struct http_client *client = house_client(&house, "north");
    long before = roster_version(client, 0);
    CEREMONY("roster", AUTHORITY, "add", "kim.crt");
    daemon_signal(&house.index, SIGHUP);
    for (int i = 0; i < HOUSE_HOLDERS; i++) {
        daemon_signal(&house.holders[i], SIGHUP);
    }
    wait_for_roster(client, before);
    http_client_free(client);
}

static const char *module_query(void) {
    static char query[128];
    snprintf(query, sizeof query, "module-path=%s", hsm.module);
    return query;
}

static void open_house(void) {
    softhsm_open(&hsm);
    house_open(&house);
    snprintf(signpost_path, sizeof signpost_path, "%s/client/signpost", getenv("SIGNPOST_BUILD"));
    softhsm_token(&hsm, "Kim");
    softhsm_key(&hsm, "Kim", "EC:prime256v1", "01", "authentication");
    write_config("kim", "kim.crt", module_query());
    enrol();
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
}

static void close_house(void) {
    if (house.dir[0] != '\0') {
        house_close(&house);
        softhsm_close(&hsm);
    }
}

TestSuite(smartcard, .init = open_house, .fini = close_house, .timeout = 240);

Test(smartcard, a_practitioner_asks_by_the_card_and_the_pin) {
    shows(run("kim", "whoami", NULL, 0), "urn:signpost:demo:agency:south:person:kim");
    shows(run("kim", "check", NULL, 0), "fits its key on the smartcard");
    shows(run("kim", "pipe", QUESTION, 0), "[\"yes\"]");
    // The key is nowhere but on the card.
    char path[600];
    snprintf(path, sizeof path, "%s/kim.key", house.dir);
    cr_expect_neq(access(path, F_OK), 0);
}

// Found among the machine's own modules, where Debian's package has registered it; the certificate comes from the card.
Test(smartcard, the_card_is_found_without_naming_its_module) {
    char certificate[600];
    if (access("/usr/share/p11-kit/modules/softhsm2.module", R_OK) != 0) {
        cr_skip_test("SoftHSM is not registered with p11-kit on this machine");
    }
    snprintf(certificate, sizeof certificate, "%s/kim.crt", house.dir);
    softhsm_certificate(&hsm, "Kim", "01", certificate);
    write_config("kim2", "pkcs11:token=Kim;id=%01", "");
    shows(run("kim2", "whoami", NULL, 0), "urn:signpost:demo:agency:south:person:kim");
}

Test(smartcard, taking_the_card_out_ends_the_ability_to_ask_at_once) {
    struct person person;
    begin(&person, "kim", "pipe");
    person_send(&person, QUESTION);
    type_pin(&person);
    shows(person_receive(&person), "[\"yes\"]");
    person_send(&person, QUESTION);
    shows(person_receive(&person), "[\"yes\"]"); // no PIN, and no new handshake
    softhsm_take_out(&hsm);
    person_send(&person, QUESTION);
    char *reply = person_receive(&person);
    cr_expect_not_null(strstr(reply, "could-not-be-answered"), "%s", reply);
    cr_expect_null(strstr(reply, "\"no\""), "%s", reply);
    shows(reply, "card");
    cr_expect_eq(person_end(&person, NULL), 0);
    cr_expect_null(strstr(buf_str(&person.seen), SOFTHSM_PIN));
    buf_free(&person.seen);
    softhsm_put_in(&hsm);
    shows(run("kim", "pipe", QUESTION, 0), "[\"yes\"]");
}

Test(smartcard, a_wrong_pin_is_said_so_and_asked_for_again) {
    struct person person;
    char *out = NULL;
    begin(&person, "kim", "whoami");
    person_wait_for(&person, PROMPT);
    person_type(&person, "0000\n");
    person_wait_for(&person, "That PIN is wrong. ");
    type_pin(&person);
    cr_expect_eq(person_end(&person, &out), 0);
    shows(out, "person:kim");
    buf_free(&person.seen);
}

Test(smartcard, without_card_or_terminal_nothing_is_asked) {
    struct outcome outcome = house_signpost(&house, "kim", QUESTION "\n", "pipe", NULL);
    cr_expect_not_null(strstr(outcome.out, "could-not-be-answered"), "%s", outcome.out);
    outcome_free(&outcome);
    softhsm_take_out(&hsm);
    outcome = house_signpost(&house, "kim", NULL, "check", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.out, "there is no card in a reader"), "%s", outcome.out);
    outcome_free(&outcome);
    outcome =
        house_signpost(&house, "kim", "Ava\nLongbottom\n01/12/2018\n\n\n\n\n", "ask", "--purpose", "assessment", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.out, "Your smartcard cannot be used: there is no card in a reader"), "%s%s",
                       outcome.out, outcome.err);
    outcome_free(&outcome);
    softhsm_put_in(&hsm);
}

static int pin_calls;

static bool give_pin(void *context, const struct signpost_pin_question *question, char pin[SIGNPOST_PIN_SIZE]) {
    pin_calls++;
    cr_expect_str_eq(question->card, "Kim");
    snprintf(pin, SIGNPOST_PIN_SIZE, "%s", (const char *)context);
    return !question->again;
}

static enum signpost_answer ask_library(struct signpost *scheme, enum signpost_problem expected) {
    struct signpost_child child = {.details = {.forenames = "Amelia Rose",
                                               .surname = "Featherstone",
                                               .date_of_birth = "2016-04-21",
                                               .nhs_number = "9990000115"}};
    struct signpost_question question = {.purpose = "assessment"};
    struct signpost_reply reply;
    cr_expect_eq(signpost_ask(scheme, &question, &child, 1, &reply), expected, "%s", signpost_reason());
    return reply.answer;
}

Test(smartcard, the_library_asks_its_program_for_the_pin) {
    char config[600];
    struct signpost *scheme = NULL;
    snprintf(config, sizeof config, "%s/kim.ini", house.dir);
    cr_expect_eq(signpost_open(config, &scheme), SIGNPOST_CARD);
    cr_expect_not_null(strstr(signpost_reason(), "nobody to ask"), "%s", signpost_reason());
    char right[] = SOFTHSM_PIN, wrong[] = "0000";
    signpost_set_pin(give_pin, wrong);
    cr_expect_eq(signpost_open(config, &scheme), SIGNPOST_CARD);
    cr_expect_eq(pin_calls, 2);
    signpost_set_pin(give_pin, right);
    cr_assert_eq(signpost_open(config, &scheme), SIGNPOST_OK, "%s", signpost_reason());
    cr_expect_eq(ask_library(scheme, SIGNPOST_OK), SIGNPOST_YES);
    cr_expect_eq(pin_calls, 3);
    // The scheme is opened anew after a failure, and every hour: a card that stays in is not asked about again.
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    cr_expect_eq(ask_library(scheme, SIGNPOST_INDEX), SIGNPOST_NOT_ANSWERED);
    house_start_index(&house);
    write_config("kim", "kim.crt", module_query());
    cr_expect_eq(ask_library(scheme, SIGNPOST_OK), SIGNPOST_YES);
    cr_expect_eq(pin_calls, 3);
    softhsm_take_out(&hsm);
    cr_expect_eq(ask_library(scheme, SIGNPOST_CARD), SIGNPOST_NOT_ANSWERED);
    softhsm_put_in(&hsm);
    cr_expect_eq(ask_library(scheme, SIGNPOST_OK), SIGNPOST_YES);
    cr_expect_eq(pin_calls, 4); // though SoftHSM has not noticed that it was away
    signpost_free(scheme);
}
