// SPDX-License-Identifier: Apache-2.0
// GET /metrics of real daemons: what it shows, what it must never show, and that the alert rules know nothing else.
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/support/house.h"

#define AMELIA "case-4711,Amelia,Featherstone,2016-04-21,9990000115,"
#define HOLDER 1

static struct house house;

// The index and the first holder with a metrics listener; two holders, so that each is asked.
static void open_house(void) {
    house_open(&house);
    cr_assert_eq(daemon_stop(&house.holders[2], SIGTERM), 0);
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    cr_assert_eq(daemon_stop(&house.holders[HOLDER - 1], SIGTERM), 0);
    house_set(&house, "index.ini", "metrics", "127.0.0.1:0");
    house_set(&house, "holder-1.ini", "metrics", "[::1]:0");
    house_start_holder(&house, HOLDER);
    house_start_index(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(metrics, .init = open_house, .fini = close_house);

static unsigned port_of(const char *log) {
    char *text = house_read(&house, log);
    const char *line = NULL;
    for (const char *at = text; (at = strstr(at, "metrics on port ")) != NULL; at++) {
        line = at;
    }
    cr_assert_not_null(line, "no listener: %s", text);
    unsigned port = (unsigned)strtoul(line + sizeof "metrics on port " - 1, NULL, 10);
    free(text);
    return port;
}

static int connect_to(bool v6, unsigned port) {
    struct sockaddr_in v4_address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6_address = {
        .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed = v6 ? connect(fd, (struct sockaddr *)&v6_address, sizeof v6_address)
                    : connect(fd, (struct sockaddr *)&v4_address, sizeof v4_address);
    cr_assert_eq(failed, 0);
    return fd;
}

// The body of GET /metrics, freed by the caller.
static char *scrape(bool holder) {
    static const char request[] = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct buf reply = {0};
    char chunk[4096];
    ssize_t got = 0;
    int fd = connect_to(holder, port_of(holder ? "holder-1.log" : "index.log"));
    cr_assert_eq(send(fd, request, sizeof request - 1, MSG_NOSIGNAL), (ssize_t)sizeof request - 1);
    while ((got = recv(fd, chunk, sizeof chunk, 0)) > 0) {
        buf_put(&reply, chunk, (size_t)got);
    }
    close(fd);
    const char *text = buf_str(&reply);
    cr_assert_eq(strncmp(text, "HTTP/1.1 200 OK\r\n", 17), 0, "%.100s", text);
    char *body = strdup(strstr(text, "\r\n\r\n") + 4);
    buf_free(&reply);
    return body;
}

// The value of a sample; -1 where there is none.
static double value_of(const char *text, const char *sample) {
    char line[256];
    (void)snprintf(line, sizeof line, "\n%s ", sample);
    const char *at = strstr(text, line);
    return at == NULL ? -1 : strtod(at + strlen(line), NULL);
}

static void live(void) {
    struct outcome outcome = house_run(&house, "indexd/indexctl", NULL, "deny", "--config", "index.ini",
                                       "urn:signpost:demo:agency:south:person:jo", NULL);
    outcome_free(&outcome);
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    house_expect(&house, "south", AMELIA, "yes");
    house_expect(&house, "jo", AMELIA, "could-not-be-answered");
}

Test(metrics, count_what_daemons_do_and_how_they_are) {
    live();
    char *index = scrape(false), *holder = scrape(true);
    cr_expect_eq(value_of(index, "signpost_index_works"), 1);
    cr_expect_eq(value_of(index, "signpost_index_fault{fault=\"corrupt\"}"), 0);
    cr_expect_eq(value_of(index, "signpost_index_changes_total"), 1);
    cr_expect_geq(value_of(index, "signpost_index_questions_total"), 1);
    cr_expect_geq(value_of(index, "signpost_index_commit_seconds_count"), 2);
    cr_expect_geq(value_of(index, "signpost_index_commit_children_sum"), 2);
    cr_expect_eq(value_of(index, "signpost_index_waiting"), 0);
    cr_expect_eq(value_of(index, "signpost_index_alerts_total"), 0);
    cr_expect_geq(value_of(index, "signpost_sweep_time_seconds"), 0);
    cr_expect_geq(
        value_of(index, "signpost_http_requests_total{route=\"/v1/questions\",method=\"POST\",status=\"200\"}"), 1);
    cr_expect_geq(value_of(index, "signpost_http_refusals_total{reason=\"denied\"}"), 1);
    cr_expect_geq(value_of(index, "signpost_http_request_seconds_count{route=\"/v1/questions\",method=\"POST\"}"), 1);
    cr_expect_gt(value_of(index, "signpost_days_left{what=\"roster\"}"), 2900);
    cr_expect_gt(value_of(index, "signpost_days_left{what=\"ca\"}"), 2900);
    cr_expect_gt(value_of(index, "signpost_journal_bytes_total"), 500);
    cr_expect_gt(value_of(index, "signpost_disk_free_bytes"), 0);
    cr_expect_gt(value_of(index, "signpost_scrub_time_seconds"), 1700000000);
    cr_expect_eq(value_of(index, "signpost_feeds{feed=\"expected\"}"), 2);
    cr_expect_gt(value_of(holder, "signpost_holder_elements_total"), 5);
    cr_expect_gt(value_of(holder, "signpost_days_left{what=\"descriptor\"}"), 2900);
    cr_expect_gt(value_of(holder, "signpost_tls_handshakes_total{result=\"done\"}"), 0);
    free(index);
    free(holder);
}

Test(metrics, tell_that_a_reload_was_refused) {
    char *good = house_read(&house, "authority/descriptor");
    house_write(&house, "authority/descriptor", "nonsense\n");
    daemon_signal(&house.index, SIGHUP);
    double refused = 0;
    for (int round = 0; round < 500 && refused != 1; round++) { // until the reload has taken place
        char *text = scrape(false);
        refused = value_of(text, "signpost_reload_refused");
        free(text);
    }
    cr_expect_eq(refused, 1);
    house_write(&house, "authority/descriptor", good);
    free(good);
}

// A roster is taken when it changes, without a reload: one that is bad must not go unnoticed.
Test(metrics, tell_that_a_changed_roster_was_left_aside) {
    char *good = house_read(&house, "authority/roster");
    house_write(&house, "authority/roster", "nonsense\n");
    house_expect(&house, "south", AMELIA, "no"); // every request looks for a changed file
    char *text = scrape(false), *holder = scrape(true);
    cr_expect_eq(value_of(text, "signpost_access_left_aside"), 1);
    cr_expect_eq(value_of(holder, "signpost_access_left_aside"), 1);
    free(text);
    free(holder);
    house_write(&house, "authority/roster", good);
    house_expect(&house, "south", AMELIA, "no");
    text = scrape(false);
    cr_expect_eq(value_of(text, "signpost_access_left_aside"), 0);
    free(text);
    free(good);
}

static void expect_absent(const char *text, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++) {
        cr_expect_null(strstr(text, words[i]), "a metric tells \"%s\"", words[i]);
    }
}

// Labels whose values come from tables in the program, whatever a client sends.
static void expect_known_labels(const char *text) {
    static const char *const known[] = {
        "version=", "what=", "fault=", "feed=", "route=", "method=", "status=", "reason=", "result=", "le="};
    for (const char *line = text; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1) {
        const char *at = line + strcspn(line, "{\n");
        while (*line != '#' && (*at == '{' || *at == ',')) {
            bool is_known = false;
            for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
                is_known = is_known || strncmp(at + 1, known[i], strlen(known[i])) == 0;
            }
            cr_expect(is_known, "a label that is not known to be harmless: %.80s", line);
            at = strchr(strchr(at, '"') + 1, '"') + 1;
        }
    }
}

Test(metrics, tell_nothing_about_a_child_or_a_person) {
    static const char *const words[] = {
        "north", "south",        ":jo",        "demo", "urn:",       "agency", "4711",
        "melia", "Featherstone", "9990000115", "yes",  "previously", "person", "Chesterton"};
    live();
    struct http_client *client = house_client(&house, "south");
    struct http_exchange odd = house_exchange(client, 0, "/v1/children/Chesterton", NULL);
    cr_expect_eq(odd.status, 404);
    buf_free(&odd.reply);
    http_client_free(client);
    for (int holder = 0; holder < 2; holder++) {
        char *text = scrape(holder == 1);
        expect_absent(text, words, sizeof words / sizeof words[0]);
        expect_known_labels(text);
        free(text);
    }
}

Test(metrics, are_not_reached_from_elsewhere) {
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    house_set(&house, "index.ini", "metrics", "0.0.0.0:0");
    struct outcome outcome = house_run(&house, "indexd/indexd", NULL, "--config", "index.ini", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.err, "metrics must be a loopback address"), "%s", outcome.err);
    outcome_free(&outcome);
    house_set(&house, "index.ini", "metrics", "127.0.0.1:0");
    house_start_index(&house);
}

// Every name in an expression of the alert rules: "signpost_..." up to what is no letter, digit or underscore.
Test(metrics, have_all_that_the_alert_rules_look_at) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    live();
    struct buf rules = {0};
    cr_assert_eq(file_read(getenv("SIGNPOST_RULES"), 1 << 20, &rules), OK, "%s", err_detail());
    char *index = scrape(false), *holder = scrape(true);
    size_t found = 0;
    for (const char *at = buf_str(&rules); (at = strstr(at, "signpost_")) != NULL; found++) {
        char sample[128];
        size_t len = strspn(at, letters);
        (void)snprintf(sample, sizeof sample, "\n%.*s", (int)len, at);
        const char *in_index = strstr(index, sample), *in_holder = strstr(holder, sample);
        bool exported = (in_index != NULL && strchr("{ ", in_index[len + 1])) ||
                        (in_holder != NULL && strchr("{ ", in_holder[len + 1]));
        cr_expect(exported, "no daemon shows %s", sample + 1);
        at += len;
    }
    cr_expect_gt(found, 20);
    free(index);
    free(holder);
    buf_free(&rules);
}
