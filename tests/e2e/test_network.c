// SPDX-License-Identifier: Apache-2.0
// Agencies' networks: through a proxy, over connections that are kept, and the whole of it once more over IPv6 (the
// suite runs this program twice).
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/connect_proxy.h"
#include "tests/support/house.h"
#include "tests/support/person.h"

#define AMELIA "case-1,Amelia Rose,Featherstone,2016-04-21,9990000115,"
#define QUESTION                                                                                                       \
    "{\"do\":\"ask\",\"purpose\":\"assessment\",\"children\":[{\"forenames\":\"Amelia "                                \
    "Rose\",\"surname\":\"Featherstone\",\"date_of_birth\":\"2016-04-21\",\"nhs_number\":\"9990000115\"}]}"
#define THRESHOLD 2

static struct house house;
static struct connect_proxy *proxy;

static void open_house(void) {
    // The machine's own proxy is no part of these tests.
    static const char *const names[] = {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)unsetenv(names[i]);
    }
    house_open(&house);
}

static void close_house(void) {
    if (proxy != NULL) {
        connect_proxy_stop(proxy);
    }
    house_close(&house);
}

TestSuite(network, .init = open_house, .fini = close_house, .timeout = 240);

static void configure_proxy(const char *client, const char *credentials) {
    char name[64], text[4096];
    snprintf(name, sizeof name, "%s.ini", client);
    char *config = house_read(&house, name);
    snprintf(text, sizeof text, "%sproxy = http://127.0.0.1:%u\n%s%s", config, connect_proxy_port(proxy),
             credentials == NULL ? "" : "proxy_credentials = ", credentials == NULL ? "" : "proxy.credentials\n");
    house_write(&house, name, text);
    if (credentials != NULL) {
        house_write(&house, "proxy.credentials", credentials);
    }
    free(config);
}

Test(network, registers_and_asks_without_a_proxy) {
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    house_expect(&house, "south", AMELIA, "yes");
    struct outcome outcome = house_signpost(&house, "south", NULL, "check", NULL);
    cr_expect_eq(outcome.exit_code, 0, "%s", outcome.out);
    outcome_free(&outcome);
}

Test(network, registers_and_asks_through_a_proxy_that_wants_a_password) {
    proxy = connect_proxy_start("agency:word", 0);
    configure_proxy("north", "agency:word");
    configure_proxy("south", "agency:word");
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    house_expect(&house, "south", AMELIA, "yes");
    cr_expect_geq(connect_proxy_opened(proxy), 2 * (THRESHOLD + 1));
}

// A way through the proxy is one TCP connection and one handshake: five questions take as many as one does.
Test(network, keeps_its_connections_from_question_to_question) {
    char path[512];
    struct person program;
    proxy = connect_proxy_start(NULL, 0);
    configure_proxy("south", NULL);
    snprintf(path, sizeof path, "%s/client/signpost", getenv("SIGNPOST_BUILD"));
    const char *argv[] = {path, "--config", "south.ini", "pipe", NULL};
    person_start(&program, house.dir, argv);
    for (int i = 0; i < 5; i++) {
        person_send(&program, QUESTION);
        char *reply = person_receive(&program);
        cr_expect_not_null(strstr(reply, "[\"no\"]"), "%s", reply);
        cr_expect_eq(connect_proxy_opened(proxy), THRESHOLD + 1, "after question %d", i + 1);
        free(reply);
    }
    cr_expect_eq(person_end(&program, NULL), 0);
    buf_free(&program.seen);
}

Test(network, a_proxy_that_refuses_is_named_and_its_silence_is_no_no) {
    proxy = connect_proxy_start(NULL, 403);
    configure_proxy("south", NULL);
    house_expect(&house, "south", AMELIA, "could-not-be-answered");
    struct outcome outcome = house_signpost(&house, "south", NULL, "check", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.out, "the proxy does not let us through"), "%s", outcome.out);
    outcome_free(&outcome);
    cr_expect_eq(connect_proxy_opened(proxy), 0);
}
