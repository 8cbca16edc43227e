// SPDX-License-Identifier: Apache-2.0
// What an observer of the network sees of the index's answers: records of the same lengths, whatever was answered.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/house.h"
#include "tests/support/relay.h"

#define AMELIA "case-1,Amelia Rose,Featherstone,2016-04-21,9990000115,"
#define AMELIA_BY_EAR "case-3,Amelia,Fetherstone,2016-04-21,,"
#define ENDED "case-2,Leo,Ramsbottom,2017-08-30,9990000123,"
#define STRANGER "case-4,Oluwaseun,Adeyemi,2013-11-02,9990000220,"
#define OWN "case-5,Ingrid,Olsson,2012-01-17,9990000131,"

static struct house house;
static struct relay *relay;

// From here on the clients reach the index through the relay.
static void tap(void) {
    uint16_t index = house.index.port;
    relay = relay_start(index, &house.index.port);
    house_connect(&house);
    house.index.port = index;
}

static void open_house(void) {
    house_open(&house);
    cr_assert_eq(house_change(&house, "register", "north", AMELIA), 0);
    cr_assert_eq(house_change(&house, "register", "north", ENDED), 0);
    cr_assert_eq(house_change(&house, "close", "north", ENDED), 0);
    cr_assert_eq(house_change(&house, "register", "south", OWN), 0);
    tap();
}

static void close_house(void) {
    relay_stop(relay);
    house_close(&house);
}

TestSuite(wire, .init = open_house, .fini = close_house);

struct seen {
    size_t count, lengths[RELAY_RECORDS_MAX];
};

static struct seen ask(const char *row, const char *answer) {
    struct seen seen;
    house_expect(&house, "south", row, answer);
    seen.count = relay_take(relay, seen.lengths);
    cr_assert_geq(seen.count, 2); // the handshake's, and the reply
    return seen;
}

static void expect_same(const struct seen *a, const struct seen *b, const char *what) {
    cr_expect_eq(a->count, b->count, "%s: %zu records and %zu", what, a->count, b->count);
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        cr_expect_eq(a->lengths[i], b->lengths[i], "%s: record %zu has %zu bytes and %zu", what, i, a->lengths[i],
                     b->lengths[i]);
    }
}

Test(wire, every_answer_has_the_same_length) {
    struct seen no = ask(STRANGER, "no");
    struct seen yes = ask(AMELIA, "yes");
    struct seen possibly = ask(AMELIA_BY_EAR, "possibly");
    struct seen previously = ask(ENDED, "previously");
    struct seen own = ask(OWN, "no");
    expect_same(&no, &yes, "yes");
    expect_same(&no, &possibly, "possibly");
    expect_same(&no, &previously, "previously");
    expect_same(&no, &own, "own");
}

// Many children in one question, all answered "yes" or all "no".
static struct seen ask_many(const char *row) {
    struct buf text = {0};
    struct seen seen;
    buf_put_str(&text, "ref,forenames,surname,date_of_birth,nhs_number,upn\n");
    for (int i = 0; i < 40; i++) {
        buf_printf(&text, "many-%d%s\n", i, strchr(row, ','));
    }
    house_write(&house, "many.csv", buf_str(&text));
    buf_free(&text);
    struct outcome outcome = house_signpost(&house, "south", NULL, "ask", "--csv", "many.csv", NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s", outcome.err);
    outcome_free(&outcome);
    seen.count = relay_take(relay, seen.lengths);
    return seen;
}

static size_t total(const struct seen *seen) {
    size_t sum = 0;
    for (size_t i = 0; i < seen->count; i++) {
        sum += seen->lengths[i];
    }
    return sum;
}

Test(wire, forty_answers_have_the_same_length_whatever_they_are) {
    struct seen no = ask_many(STRANGER), yes = ask_many(AMELIA), previously = ask_many(ENDED);
    expect_same(&no, &yes, "yes");
    expect_same(&no, &previously, "previously");
    struct seen one = ask(STRANGER, "no");
    cr_expect_lt(total(&one), total(&no), "one answer is as long as forty: the relay does not see replies");
}

Test(wire, a_change_answers_with_the_same_length_whether_it_did_anything) {
    struct seen opened, unchanged;
    cr_assert_eq(house_change(&house, "register", "south", STRANGER), 0);
    opened.count = relay_take(relay, opened.lengths);
    cr_assert_eq(house_change(&house, "register", "south", STRANGER), 0);
    unchanged.count = relay_take(relay, unchanged.lengths);
    expect_same(&opened, &unchanged, "unchanged");
}
