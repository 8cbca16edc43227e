// SPDX-License-Identifier: Apache-2.0
// Who may act, by the roster, over real daemons: the index and all holders follow a new one at the next request.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "proto/routes.h"
#include "tests/support/house.h"

#define TOKEN "\"AAECAwQFBgcICQoLDA0ODw==\""
#define EMPTY "\"AAAAAAAAAAAAAAAAAAAAAA==\""
#define CHILD "[" TOKEN "," EMPTY "," EMPTY "," EMPTY "," EMPTY "," EMPTY "]"
#define JO "urn:signpost:demo:agency:south:person:jo"

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(people, .init = open_house, .fini = close_house);

#define ROSTER(...)                                                                                                    \
    do {                                                                                                               \
        struct outcome changed = house_run(&house, "keys/ceremony/ceremony", NULL, "roster", "--dir", "authority",     \
                                           "--passphrase-file", "authority.passphrase", __VA_ARGS__, NULL);            \
        cr_assert_eq(changed.exit_code, 0, "%s", changed.err);                                                         \
        outcome_free(&changed);                                                                                        \
    } while (0)

// What every daemon says to a person on a connection that stays open; `word` is in the refusal, NULL: none refuses.
static void expect_everywhere(struct http_client *client, const char *word) {
    for (int daemon = 0; daemon <= HOUSE_HOLDERS; daemon++) {
        struct http_exchange exchange = house_exchange(client, daemon, ROUTE_WHOAMI, NULL);
        cr_expect_eq(exchange.status, word == NULL ? 200 : 403, "daemon %d: %s", daemon, exchange.detail);
        cr_expect(word == NULL || strstr(exchange.detail, word) != NULL, "daemon %d: %s", daemon, exchange.detail);
        buf_free(&exchange.reply);
    }
}

// South's system asks for somebody.
static void expect_asked_for(struct http_client *south, const char *person, int status, const char *word) {
    char body[512];
    snprintf(body, sizeof body,
             "{\"purpose\": \"assessment\", \"on_behalf_of\": \"%s\", \"epochs\": [1], \"children\": [" CHILD "]}",
             person);
    struct http_exchange exchange = house_exchange(south, 0, ROUTE_QUESTIONS, body);
    cr_expect_eq(exchange.status, status, "%s: %s", person, exchange.detail);
    cr_expect_not_null(strstr(exchange.detail, word), "%s", exchange.detail);
    buf_free(&exchange.reply);
}

Test(people, the_barred_are_refused_by_every_daemon_at_the_next_request) {
    struct http_client *jo = house_client(&house, "jo");
    struct http_client *south = house_client(&house, "south");
    expect_everywhere(jo, NULL);
    expect_asked_for(south, "jo", 200, "");
    house_write(&house, "barred", JO "\n");
    ROSTER("import-barred", "barred");
    expect_everywhere(jo, "barred");
    expect_asked_for(south, "jo", 403, "barred");
    expect_asked_for(south, "somebody-else", 200, "");
    http_client_free(jo);
    http_client_free(south);
}

Test(people, vetting_and_training_end_each_for_itself) {
    struct http_client *jo = house_client(&house, "jo");
    struct http_client *south = house_client(&house, "south");
    ROSTER("update", "--vetting-until", "2020-01-31", JO);
    expect_everywhere(jo, "the vetting of this identity ended at 2020-02-01");
    expect_asked_for(south, "jo", 403, "vetting");
    ROSTER("update", "--vetting-until", "2099-01-31", "--training-until", "2020-01-31", JO);
    expect_everywhere(jo, "the training of this identity ended at 2020-02-01");
    ROSTER("update", "--training-until", "2099-02-28", JO);
    expect_everywhere(jo, NULL);
    struct outcome who = house_signpost(&house, "jo", NULL, "whoami", NULL);
    cr_expect_not_null(strstr(who.out, "vetting until        2099-02-01"), "%s", who.out);
    cr_expect_not_null(strstr(who.out, "training until       2099-03-01"), "%s", who.out);
    outcome_free(&who);
    struct outcome check = house_signpost(&house, "jo", NULL, "check", NULL);
    cr_expect_eq(check.exit_code, 0, "%s", check.out);
    cr_expect_not_null(strstr(check.out, "vetting"), "%s", check.out);
    outcome_free(&check);
    http_client_free(jo);
    http_client_free(south);
}

Test(people, the_suspended_are_refused_also_when_only_named) {
    struct http_client *south = house_client(&house, "south");
    ROSTER("suspend", JO);
    expect_asked_for(south, "jo", 403, "the person named: this identity is suspended");
    ROSTER("resume", JO);
    expect_asked_for(south, "jo", 200, "");
    http_client_free(south);
}
