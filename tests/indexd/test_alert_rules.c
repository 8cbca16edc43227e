// SPDX-License-Identifier: Apache-2.0
// Each rule of the alerts: what it finds, and what comes near it and is not found.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "indexd/alert_rules.h"
#include "indexd/tally.h"
#include "tests/base/refusal.h"

#define DAY_S 86400
#define MONDAY_S 1795392000 // 2026-11-23T00:00:00Z
#define HOUR_S 3600
#define SURE 0x3 // slots 0 and 1

static struct alert_rules *rules;
static int64_t now_s;
static uint64_t seq;

static void end(void) {
    alert_rules_free(rules);
}

static void start(void) {
    now_s = MONDAY_S + 10 * HOUR_S;
    seq = 0;
}

TestSuite(alert_rules, .init = start, .fini = end);

static void with(enum alert_number number, int64_t value) {
    int64_t numbers[ALERT_NUMBERS] = {[ALERT_HOURS_FROM] = 6, [ALERT_WEEKDAYS] = 5};
    numbers[number] = value;
    assert_ok(alert_rules_new(numbers, SURE, &rules));
}

static struct record_child child(uint64_t nhs, uint64_t names, uint64_t sound) {
    const uint64_t tags[] = {nhs, names, sound};
    struct record_child child = {.answer = ANSWER_NO};
    for (uint8_t slot = 0; slot < 3; slot++) {
        if (tags[slot] != 0) {
            child.slots[child.tag_count] = slot;
            child.tags[child.tag_count++] = tags[slot] * 1000 + slot;
        }
    }
    return child;
}

static struct record question_of(const char *agency, const char *person, struct record_child *children, size_t count) {
    struct record record = {.kind = RECORD_QUESTION,
                            .seq = ++seq,
                            .time_ms = now_s * 1000,
                            .has_purpose = true,
                            .purpose = PURPOSE_ASSESSMENT,
                            .units = (uint32_t)count,
                            .unregistered = (uint16_t)count,
                            .count = count,
                            .children = children};
    (void)snprintf(record.agency, sizeof record.agency, "%s", agency);
    (void)snprintf(record.person, sizeof record.person, "%s", person);
    return record;
}

static void asks(const char *agency, const char *person, struct record_child asked) {
    const struct record record = question_of(agency, person, &asked, 1);
    alert_rules_take(rules, &record);
}

static void asks_many(const char *person, size_t count) {
    static struct record_child children[MAX_CHILDREN];
    for (size_t i = 0; i < count; i++) {
        children[i] = child(100000 + seq * 1000 + i, 0, 0);
    }
    const struct record record = question_of("north", person, children, count);
    alert_rules_take(rules, &record);
}

static void expect_nothing(void) {
    struct finding finding;
    cr_expect_not(alert_rules_first(rules, &finding), "%s: %s", finding.account, finding.found);
}

static struct finding expect_found(const char *rule, const char *account, const char *words) {
    struct finding finding = {0};
    cr_assert(alert_rules_first(rules, &finding), "%s", words);
    cr_expect_str_eq(alert_rule_name(finding.rule), rule);
    cr_expect_str_eq(finding.account, account);
    cr_expect_str_eq(finding.found, words);
    cr_expect_eq(finding.cause, seq);
    alert_rules_drop(rules);
    expect_nothing();
    return finding;
}

Test(alert_rules, finds_many_children_in_an_hour) {
    with(ALERT_VOLUME, 20);
    asks_many("jo", 20);
    asks_many("kim", 20);
    expect_nothing();
    now_s += HOUR_S;
    asks_many("jo", 20);
    expect_nothing();
    asks_many("jo", 1);
    (void)expect_found("volume", "north:jo", "21 children in an hour, more than 20");
    asks_many("jo", 100);
    expect_nothing();
    now_s += 24 * HOUR_S;
    asks_many("jo", 21);
    (void)expect_found("volume", "north:jo", "21 children in an hour, more than 20");
}

Test(alert_rules, finds_an_hour_far_above_the_week_before) {
    with(ALERT_UNUSUAL, 5);
    asks_many("jo", 30); // nothing is known of the week before
    expect_nothing();
    now_s += 24 * HOUR_S;
    asks_many("kim", 4);
    now_s += 24 * HOUR_S;
    asks_many("jo", 150);
    expect_nothing();
    asks_many("kim", 19); // little enough for anybody
    expect_nothing();
    asks_many("kim", 2);
    (void)expect_found("unusual-volume", "north:kim",
                       "21 children in an hour, more than 5 times the mean of the week before");
    now_s += 9 * 24 * HOUR_S;
    asks_many("jo", 200);
    expect_nothing();
}

Test(alert_rules, counts_the_week_before_a_start_and_finds_nothing_in_it) {
    with(ALERT_UNUSUAL, 5);
    now_s -= 2 * 24 * HOUR_S;
    asks_many("kim", 4);
    now_s += 24 * HOUR_S;
    asks_many("kim", 200); // was found then, or was not
    alert_rules_free(rules);
    const uint64_t today = seq + 1;
    now_s -= 24 * HOUR_S;
    seq = 0;
    with(ALERT_UNUSUAL, 5); // started anew
    alert_rules_find_from(rules, today);
    asks_many("kim", 4);
    now_s += 24 * HOUR_S;
    asks_many("kim", 200);
    expect_nothing();
    now_s += 24 * HOUR_S;
    asks_many("kim", 255); // the mean is 102
    asks_many("kim", 255);
    expect_nothing();
    asks_many("kim", 1);
    (void)expect_found("unusual-volume", "north:kim",
                       "511 children in an hour, more than 5 times the mean of the week before");
}

Test(alert_rules, finds_many_no_in_a_row) {
    with(ALERT_NO, 5);
    struct record_child known = child(1, 0, 0);
    known.answer = ANSWER_YES;
    asks_many("jo", 4);
    asks("north", "jo", known);
    asks_many("jo", 4);
    asks_many("kim", 4);
    expect_nothing();
    asks_many("jo", 1);
    (void)expect_found("many-no", "north:jo", "5 answers \"no\" in a row");
}

Test(alert_rules, lets_no_canary_break_a_row) {
    with(ALERT_NO, 3);
    struct record_child children[] = {child(20, 21, 22), child(9, 0, 0)};
    children[1].answer = ANSWER_YES;
    children[1].canary = true; // wherever it stands
    for (int i = 0; i < 3; i++) {
        struct record record = question_of("north", "jo", children, 2);
        record.units = 1;
        alert_rules_take(rules, &record);
    }
    (void)expect_found("many-no", "north:jo", "3 answers \"no\" in a row");
}

Test(alert_rules, finds_one_child_asked_about_by_many_agencies) {
    with(ALERT_MANY, 3);
    asks("north", "jo", child(7, 0, 0));
    asks("north", "kim", child(7, 0, 0));
    asks("south", "sam", child(7, 0, 0));
    asks("east", "ada", child(8, 0, 7));
    expect_nothing();
    now_s += 24 * HOUR_S;
    asks("west", "bo", child(7, 0, 0));
    asks("south", "sam", child(7, 0, 0));
    expect_nothing();
    asks("north", "jo", child(7, 0, 0));
    (void)expect_found("asked-by-many", "", "3 agencies asked about one child in a day");
    asks("east", "ada", child(7, 0, 0));
    expect_nothing();
}

Test(alert_rules, finds_one_asker_of_one_child_again_and_again) {
    with(ALERT_AGAIN, 3);
    asks("north", "jo", child(7, 0, 0));
    asks("north", "jo", child(7, 0, 0));
    asks("north", "kim", child(7, 0, 0));
    asks("north", "jo", child(8, 0, 0));
    asks("north", "jo", child(0, 0, 7)); // not for sure the same
    expect_nothing();
    now_s += 24 * HOUR_S;
    asks("north", "jo", child(7, 0, 0));
    asks("north", "jo", child(7, 0, 0));
    expect_nothing();
    asks("north", "jo", child(7, 0, 0));
    (void)expect_found("asked-again", "north:jo", "asked about one child 3 times in a day");
    asks("north", "jo", child(7, 0, 0));
    expect_nothing();
}

static void changes(const char *agency, uint8_t handle, enum change_result result) {
    struct record_change change = {.result = result, .record = {handle, 1}};
    struct record record = {
        .kind = RECORD_CHANGES, .seq = ++seq, .time_ms = now_s * 1000, .count = 1, .changes = &change};
    (void)snprintf(record.agency, sizeof record.agency, "%s", agency);
    alert_rules_take(rules, &record);
}

Test(alert_rules, finds_what_is_withdrawn_soon_after_it_was_opened) {
    with(ALERT_WITHDRAW, 24);
    changes("north", 1, RESULT_OPENED);
    changes("north", 2, RESULT_OPENED);
    changes("north", 1, RESULT_CLOSED);
    changes("south", 1, RESULT_WITHDRAWN); // another agency's record
    expect_nothing();
    now_s += 25 * HOUR_S;
    changes("north", 1, RESULT_WITHDRAWN);
    expect_nothing();
    changes("north", 3, RESULT_OPENED);
    now_s += 24 * HOUR_S;
    changes("north", 3, RESULT_WITHDRAWN);
    (void)expect_found("open-withdraw", "north", "1 records withdrawn within 24 hours of opening");
}

Test(alert_rules, finds_guesses_that_vary_one_detail) {
    with(ALERT_GUESSES, 2);
    asks("north", "jo", child(1, 10, 50));
    asks("north", "jo", child(1, 10, 50)); // the same
    asks("north", "jo", child(2, 11, 51)); // another child
    asks("north", "jo", child(1, 10, 0));  // less of the same
    asks("north", "jo", child(1, 12, 50));
    asks("north", "kim", child(1, 13, 50));
    expect_nothing();
    now_s += 2 * HOUR_S;
    asks("north", "jo", child(1, 14, 50)); // an hour is over
    asks("north", "jo", child(1, 15, 50));
    expect_nothing();
    asks("north", "jo", child(1, 16, 50));
    (void)expect_found("guesses", "north:jo", "2 questions in an hour that vary one detail");
}

Test(alert_rules, finds_people_who_ask_outside_the_working_hours_when_told_to) {
    with(ALERT_HOURS, 20);
    asks("north", "jo", child(1, 0, 0));
    now_s = MONDAY_S + 20 * HOUR_S - 1;
    asks("north", "jo", child(1, 0, 0));
    now_s = MONDAY_S + 20 * HOUR_S;
    asks("north", "", child(1, 0, 0)); // a system
    expect_nothing();
    asks("north", "jo", child(1, 0, 0));
    (void)expect_found("working-hours", "north:jo", "a question outside the working hours");
    now_s = MONDAY_S + 5 * 24 * HOUR_S + 12 * HOUR_S;
    asks("north", "kim", child(1, 0, 0));
    (void)expect_found("working-hours", "north:kim", "a question outside the working hours");
}

Test(alert_rules, find_nothing_when_off) {
    with(ALERT_VOLUME, 0);
    for (int i = 0; i < 50; i++) {
        asks("north", "jo", child(1, 1, 1 + (unsigned)i));
    }
    asks_many("jo", 200);
    expect_nothing();
}

Test(alert_rules, pass_over_canaries_and_a_systems_round_over_its_own_caseload) {
    with(ALERT_AGAIN, 2);
    struct record_child asked = child(1, 0, 0);
    for (int i = 0; i < 5; i++) {
        struct record record = question_of("north", "", &asked, 1);
        record.purpose = PURPOSE_CASELOAD;
        alert_rules_take(rules, &record);
        record = question_of("north", "jo", &asked, 1);
        record.purpose = PURPOSE_CANARY;
        record.units = 0;
        alert_rules_take(rules, &record);
    }
    expect_nothing();
    struct record record = question_of("north", "jo", &asked, 1);
    record.purpose = PURPOSE_CASELOAD; // which a person may claim
    alert_rules_take(rules, &record);
    alert_rules_take(rules, &record);
    (void)expect_found("asked-again", "north:jo", "asked about one child 2 times in a day");
}

Test(alert_rules, count_of_a_systems_round_those_whom_its_agency_does_not_work_with) {
    with(ALERT_VOLUME, 10);
    static struct record_child children[50];
    struct record record = question_of("north", "", children, 50);
    record.purpose = PURPOSE_CASELOAD;
    record.unregistered = 10;
    alert_rules_take(rules, &record);
    expect_nothing();
    record.unregistered = 1;
    alert_rules_take(rules, &record);
    (void)expect_found("volume", "north", "11 children in an hour, more than 10");
}

static void alerted(const char *rule, const char *account, uint64_t cause) {
    struct record record = {.kind = RECORD_ALERT, .time_ms = now_s * 1000, .cause = cause};
    (void)snprintf(record.texts[0], sizeof record.texts[0], "%s", rule);
    (void)snprintf(record.texts[1], sizeof record.texts[1], "%s", account);
    alert_rules_take(rules, &record);
}

Test(alert_rules, find_nothing_that_the_journal_holds_already) {
    with(ALERT_AGAIN, 2);
    asks("north", "jo", child(7, 0, 0));
    asks("north", "jo", child(7, 0, 0));
    alerted("asked-again", "north:kim", seq);
    alerted("volume", "north:jo", seq);
    (void)expect_found("asked-again", "north:jo", "asked about one child 2 times in a day");
    asks("north", "sam", child(7, 0, 0));
    asks("north", "sam", child(7, 0, 0));
    alerted("asked-again", "north:sam", seq);
    asks("north", "sam", child(7, 0, 0));
    asks("north", "kim", child(7, 0, 0));
    asks("north", "kim", child(7, 0, 0));
    expect_nothing();
}

Test(alert_rules, go_on_by_the_day_after_an_alert_that_a_wrong_clock_dated) {
    with(ALERT_AGAIN, 2);
    now_s += 365 * DAY_S;
    alerted("clock-set", "", 0);
    now_s -= 365 * DAY_S;
    for (int day = 0; day < 2; day++) {
        asks("north", "jo", child(7, 0, 0));
        expect_nothing();
        asks("north", "jo", child(7, 0, 0));
        (void)expect_found("asked-again", "north:jo", "asked about one child 2 times in a day");
        now_s += DAY_S;
    }
}

Test(alert_rules, know_an_alert_about_many_by_its_record) {
    with(ALERT_MANY, 2);
    asks("north", "jo", child(7, 0, 0));
    asks("south", "jo", child(7, 0, 0));
    alerted("asked-by-many", "", seq);
    expect_nothing();
    asks("north", "jo", child(8, 0, 0));
    asks("south", "jo", child(8, 0, 0));
    alerted("asked-by-many", "", seq - 2);
    (void)expect_found("asked-by-many", "", "2 agencies asked about one child in a day");
}

Test(alert_rules, tables_refuse_what_does_not_fit) {
    struct tally tally;
    assert_ok(tally_init(&tally, 16));
    for (uint64_t key = 0; key < 14; key++) {
        uint32_t *value = tally_at(&tally, key * 16 + 5);
        cr_assert_not_null(value);
        *value = (uint32_t)key + 1;
    }
    cr_expect_null(tally_at(&tally, 999));
    cr_expect_eq(tally_of(&tally, 999), 0);
    cr_expect_eq(tally_of(&tally, 5 + 13 * 16), 14);
    tally_clear(&tally);
    cr_expect_eq(tally_of(&tally, 5), 0);
    tally_destroy(&tally);
    with(ALERT_VOLUME, 1);
    cr_expect_eq(alert_rules_passed_over(rules), 0);
}
