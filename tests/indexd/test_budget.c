// SPDX-License-Identifier: Apache-2.0
// Budgets and caps: what is refused, what evades nothing - a restart, many connections, many children at once, several
// people, the clock set back - and what goes on being answered.
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "indexd/blocks.h"
#include "indexd/engine.h"
#include "indexd/job.h"
#include "tests/base/refusal.h"
#include "tests/indexd/fixture.h"

#define HOUR_MS 3600000

static struct fixture *fixture;

static void start(void) {
    fixture = fixture_new();
}

static void end(void) {
    fixture_end(fixture);
}

TestSuite(budget, .init = start, .fini = end);

// Nobody knows these children, or 1000 and more: south does.
static struct asked ask_about(const struct engine_actor *actor, enum purpose purpose, unsigned first, size_t count) {
    struct token_set children[MAX_CHILDREN];
    for (size_t i = 0; i < count; i++) {
        children[i] = child_of(first + (unsigned)i, 0, 0);
    }
    return ask_as(fixture->engine, actor, purpose, children, count);
}

static err_t asks(const struct engine_actor *actor, size_t count) {
    struct asked asked = ask_about(actor, PURPOSE_ASSESSMENT, 1, count);
    cr_assert(asked.err == OK || asked.err == ERR_BUDGET, "%s", asked.detail);
    return asked.err;
}

static struct engine_actor jo_with(enum limit limit, uint32_t most) {
    struct engine_actor jo = {.agency = "north", .person = "jo"};
    jo.person_limits.of[limit] = most;
    return jo;
}

static struct engine_actor north_with(enum limit limit, uint32_t most) {
    struct engine_actor north = {.agency = "north"};
    north.agency_limits.of[limit] = most;
    return north;
}

static void hours_pass(int hours) {
    atomic_fetch_add(&fixture->now_ms, (int64_t)hours * HOUR_MS);
}

Test(budget, of_an_hour_is_refused_beyond_and_begins_anew_with_the_next) {
    const struct engine_actor jo = jo_with(LIMIT_CHILDREN_HOUR, 10);
    cr_expect_eq(asks(&jo, 4), OK);
    cr_expect_eq(asks(&jo, 6), OK);
    struct asked refused = ask_about(&jo, PURPOSE_ASSESSMENT, 1, 1);
    cr_expect_eq(refused.err, ERR_BUDGET);
    cr_expect_str_eq(
        refused.detail,
        "this person's limit is 10 children in an hour, and 0 are left; come back at 2026-11-22T11:00:00Z");
    cr_expect_eq(refused.retry_at_s, 1795345200);
    hours_pass(1);
    cr_expect_eq(asks(&jo, 10), OK);
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET);
}

Test(budget, of_a_day_is_refused_beyond_and_begins_anew_with_the_next) {
    const struct engine_actor jo = jo_with(LIMIT_CHILDREN_DAY, 10);
    cr_expect_eq(asks(&jo, 10), OK);
    hours_pass(13);
    struct asked refused = ask_about(&jo, PURPOSE_ASSESSMENT, 1, 1);
    cr_expect_eq(refused.err, ERR_BUDGET);
    cr_expect_eq(refused.retry_at_s, 1795392000, "midnight");
    hours_pass(1);
    cr_expect_eq(asks(&jo, 10), OK);
}

Test(budget, counts_children_and_not_requests) {
    const struct engine_actor jo = jo_with(LIMIT_CHILDREN_HOUR, 10);
    cr_expect_eq(asks(&jo, 11), ERR_BUDGET, "many children in one request");
    cr_expect_eq(asks(&jo, 10), OK, "and what was refused cost nothing");
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET);
}

Test(budget, is_not_reset_by_a_restart) {
    const struct engine_actor jo = jo_with(LIMIT_CHILDREN_HOUR, 10);
    cr_expect_eq(asks(&jo, 10), OK);
    fixture_reopen(fixture);
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET);
    fixture_reopen(fixture);
    hours_pass(1);
    cr_expect_eq(asks(&jo, 1), OK);
}

// What a crash leaves: the files as they are while the index runs.
static void crash_and_open(void) {
    static char copy[2 * PATH_SIZE];
    char command[6 * PATH_SIZE];
    (void)snprintf(copy, sizeof copy, "%s/copy", fixture->dir);
    (void)snprintf(command, sizeof command, "rm -rf %s && cp -a %s %s", copy, fixture->store, copy);
    cr_assert_eq(system(command), 0);
    fixture_close(fixture);
    fixture->settings.store = copy;
    fixture_open(fixture);
}

Test(budget, is_not_reset_by_a_crash) {
    const struct engine_actor jo = jo_with(LIMIT_CHILDREN_HOUR, 10);
    struct engine_actor kim = {.agency = "north", .person = "kim"};
    kim.person_limits.of[LIMIT_NO_DAY] = 5;
    cr_expect_eq(asks(&jo, 10), OK);
    cr_expect_eq(asks(&kim, 5), OK);
    cr_expect_eq(asks(&kim, 1), ERR_BUDGET, "and blocked");
    crash_and_open();
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET);
    cr_expect_eq(asks(&kim, 1), ERR_BUDGET);
}

Test(budget, is_not_reset_by_a_clock_that_is_set_back_or_forth_by_less_than_its_time) {
    const struct engine_actor jo = jo_with(LIMIT_CHILDREN_DAY, 10);
    cr_expect_eq(asks(&jo, 10), OK);
    fixture_days_pass(fixture, -1);
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET, "yesterday");
    fixture_reopen(fixture);
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET, "yesterday, at a new start");
    fixture_days_pass(fixture, -40);
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET, "in another month");
    fixture_reopen(fixture);
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET, "in another month, at a new start");
    fixture_days_pass(fixture, 42);
    cr_expect_eq(asks(&jo, 10), OK, "the next day");
    fixture_days_pass(fixture, -1);
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET, "back again");
}

// A year ahead nobody is on the roster: what is refused then is recorded, and no day has passed for those who come
// later.
Test(budget, is_not_moved_by_a_clock_at_which_nobody_asks) {
    const struct engine_actor jo = jo_with(LIMIT_CHILDREN_DAY, 10);
    const int64_t now_s = atomic_load(&fixture->now_ms) / 1000;
    cr_expect_eq(asks(&jo, 10), OK);
    fixture_days_pass(fixture, 365);
    engine_note_refusal(fixture->engine, "urn:x", "/v1/questions", ERR_DENIED);
    assert_ok(engine_note_act(fixture->engine, "root", "an act"));
    fixture_days_pass(fixture, -365);
    cr_expect_eq(engine_counts_at(fixture->engine), now_s);
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET, "of the same day");
    fixture_days_pass(fixture, 1);
    cr_expect_eq(asks(&jo, 10), OK, "the next day");
    crash_and_open();
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET, "from the journal");
    fixture_days_pass(fixture, 1);
    cr_expect_eq(asks(&jo, 10), OK, "the next day, from the journal");
}

// Each in its own turn, all at once: as many connections would.
struct connection {
    pthread_t thread;
    const struct engine_actor *actor;
    unsigned answered;
};

static void *ask_often(void *arg) {
    struct connection *connection = arg;
    for (int i = 0; i < 20; i++) {
        connection->answered += asks(connection->actor, 1) == OK ? 1 : 0;
    }
    return NULL;
}

static unsigned answered_over_connections(const struct engine_actor *actor) {
    struct connection connections[8];
    unsigned answered = 0;
    for (size_t i = 0; i < 8; i++) {
        connections[i] = (struct connection){.actor = actor};
        cr_assert_eq(pthread_create(&connections[i].thread, NULL, ask_often, &connections[i]), 0);
    }
    for (size_t i = 0; i < 8; i++) {
        (void)pthread_join(connections[i].thread, NULL);
        answered += connections[i].answered;
    }
    return answered;
}

Test(budget, is_one_over_many_connections) {
    struct engine_actor jo = jo_with(LIMIT_CHILDREN_HOUR, 50);
    cr_expect_eq(answered_over_connections(&jo), 50);
    jo = jo_with(LIMIT_NO_DAY, 70);
    cr_expect_eq(answered_over_connections(&jo), 20, "50 were told before");
}

Test(budget, of_an_agency_is_shared_by_its_people_and_its_system) {
    struct engine_actor north = north_with(LIMIT_CHILDREN_HOUR, 10);
    struct engine_actor other = {.agency = "south"};
    other.agency_limits = north.agency_limits;
    cr_expect_eq(asks(&north, 4), OK);
    (void)snprintf(north.person, sizeof north.person, "jo");
    cr_expect_eq(asks(&north, 4), OK);
    (void)snprintf(north.person, sizeof north.person, "kim");
    cr_expect_eq(asks(&north, 3), ERR_BUDGET, "naming another person is no way round");
    cr_expect_eq(asks(&north, 2), OK);
    cr_expect_eq(asks(&other, 10), OK, "another agency has its own");
}

Test(budget, of_a_person_leaves_colleagues_alone_and_follows_who_is_named) {
    struct engine_actor jo = jo_with(LIMIT_CHILDREN_HOUR, 5);
    struct engine_actor kim = jo;
    (void)snprintf(kim.person, sizeof kim.person, "kim");
    cr_expect_eq(asks(&jo, 5), OK);
    cr_expect_eq(asks(&kim, 5), OK);
    jo.claimed = true; // by the agency's system rather than the certificate
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET);
}

static size_t blocked;

static void count_block(const char *account, const struct block_facts *facts, void *ctx) {
    cr_expect_str_eq(account, ctx);
    cr_expect_gt(strlen(facts->why), 0);
    blocked++;
}

static size_t count_blocks(const char *account) {
    blocked = 0;
    assert_ok(engine_note_act(fixture->engine, "test", "what was queued before this is in the journal"));
    cr_assert_eq(engine_each_block(fixture->engine, count_block, (void *)(uintptr_t)account), OK);
    return blocked;
}

Test(budget, cap_on_no_blocks_until_an_administrator_unblocks) {
    const struct engine_actor jo = jo_with(LIMIT_NO_DAY, 5);
    for (unsigned i = 0; i < 3; i++) {
        open_one(fixture->engine, "south", i, child_of(1000 + i, 0, 0));
    }
    cr_expect_eq(ask_about(&jo, PURPOSE_ASSESSMENT, 1000, 3).err, OK, "yes, three times: no cap is touched");
    struct asked many = ask_about(&jo, PURPOSE_ASSESSMENT, 1, 6);
    cr_expect_eq(many.err, ERR_BUDGET, "all might be no");
    cr_expect_neq(many.retry_at_s, 0);
    cr_expect_eq(count_blocks("north:jo"), 0, "which blocks nobody");
    cr_expect_eq(asks(&jo, 5), OK);
    struct asked refused = ask_about(&jo, PURPOSE_ASSESSMENT, 1000, 1);
    cr_expect_eq(refused.err, ERR_BUDGET);
    cr_expect_not_null(strstr(refused.detail, "blocked"), "%s", refused.detail);
    cr_expect_eq(refused.retry_at_s, 0, "nobody can say when");
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET);
    cr_expect_eq(count_blocks("north:jo"), 1);
    fixture_days_pass(fixture, 3);
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET, "days later");
    fixture_reopen(fixture);
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET, "and after a restart");
}

static void put_unblock(struct job *job, void *ctx) {
    struct record record = {.kind = RECORD_BLOCK, .texts = {"", BLOCK_LIFTED, "urn:signpost:demo:administrator:ada"}};
    (void)snprintf(record.texts[0], sizeof record.texts[0], "%s", (const char *)ctx);
    job_put(job, &record);
}

static char jos_account[] = "north:jo";

Test(budget, cap_counts_anew_for_whom_an_administrator_unblocked) {
    const struct engine_actor jo = jo_with(LIMIT_NO_DAY, 5);
    cr_expect_eq(asks(&jo, 5), OK);
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET);
    assert_ok(engine_run_job(fixture->engine, put_unblock, jos_account));
    cr_expect_eq(count_blocks("north:jo"), 0);
    cr_expect_eq(asks(&jo, 4), OK);
    fixture_reopen(fixture);
    cr_expect_eq(asks(&jo, 2), ERR_BUDGET, "4 of 5 are used");
    cr_expect_eq(asks(&jo, 1), OK);
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET);
    cr_expect_eq(count_blocks("north:jo"), 1, "blocked again");
    fixture_close(fixture);
    assert_ok(engine_rebuild(&fixture->settings, &fixture->descriptor));
    fixture_open(fixture);
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET, "also in a store that was made anew");
}

Test(budget, cap_on_questions_counts_requests) {
    const struct engine_actor jo = jo_with(LIMIT_QUESTIONS_DAY, 3);
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(asks(&jo, 7), OK);
    }
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET);
    cr_expect_eq(count_blocks("north:jo"), 1);
}

Test(budget, cap_on_the_unregistered_lets_an_agency_ask_about_its_own_caseload) {
    const struct engine_actor north = north_with(LIMIT_UNREGISTERED_DAY, 4);
    for (unsigned i = 0; i < 10; i++) {
        open_one(fixture->engine, "north", i, child_of(2000 + i, 0, 0));
    }
    for (unsigned i = 0; i < 10; i++) {
        cr_expect_eq(ask_about(&north, PURPOSE_CASELOAD, 2000 + i, 1).err, OK);
    }
    cr_expect_eq(asks(&north, 4), OK);
    cr_expect_eq(asks(&north, 1), ERR_BUDGET);
    cr_expect_eq(count_blocks("north"), 1);
    struct engine_actor sam = {.agency = "north", .person = "sam"};
    cr_expect_eq(asks(&sam, 1), ERR_BUDGET, "an agency is blocked with all its people");
}

Test(budget, reserve_answers_a_few_for_section_47_beyond_everything) {
    struct engine_actor jo = jo_with(LIMIT_NO_DAY, 2);
    jo.person_limits.of[LIMIT_RESERVE_DAY] = 3;
    jo.agency_limits.of[LIMIT_RESERVE_DAY] = 100;
    cr_expect_eq(asks(&jo, 2), OK);
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET);
    cr_expect_eq(ask_about(&jo, PURPOSE_REFERRAL, 1, 1).err, ERR_BUDGET, "for no other purpose");
    cr_expect_eq(ask_about(&jo, PURPOSE_SECTION_47, 1, 4).err, ERR_BUDGET, "not more than it has");
    cr_expect_eq(ask_about(&jo, PURPOSE_SECTION_47, 1, 2).err, OK);
    fixture_reopen(fixture);
    cr_expect_eq(ask_about(&jo, PURPOSE_SECTION_47, 1, 1).err, OK);
    cr_expect_eq(ask_about(&jo, PURPOSE_SECTION_47, 1, 1).err, ERR_BUDGET);
    fixture_days_pass(fixture, 1);
    cr_expect_eq(ask_about(&jo, PURPOSE_SECTION_47, 1, 1).err, OK, "still blocked, and another day");
    cr_expect_eq(asks(&jo, 1), ERR_BUDGET);
}

Test(budget, charges_canaries_to_nobody_but_only_as_they_are) {
    const struct engine_actor jo = jo_with(LIMIT_CHILDREN_HOUR, 1);
    struct token_set canaries[SLOTS] = {0};
    for (size_t slot = 0; slot < SLOTS; slot++) {
        memcpy(canaries[slot].tokens[slot], fixture->descriptor.slots[slot].canary_token, TOKEN_SIZE);
    }
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(ask_as(fixture->engine, &jo, PURPOSE_CANARY, canaries, SLOTS).err, OK);
    }
    cr_expect_eq(asks(&jo, 1), OK);
    cr_expect_eq(ask_as(fixture->engine, &jo, PURPOSE_CANARY, canaries, SLOTS).err, OK, "with nothing left");
    struct token_set disguised = canaries[0];
    memset(disguised.tokens[1], 7, TOKEN_SIZE);
    cr_expect_eq(ask_as(fixture->engine, &jo, PURPOSE_CANARY, &disguised, 1).err, ERR_BUDGET);
    cr_expect_eq(ask_about(&jo, PURPOSE_CANARY, 1, 1).err, ERR_BUDGET, "the purpose alone makes no canary");
}

Test(budget, refuses_changes_with_a_question_whole_and_others_never) {
    const struct engine_actor north = north_with(LIMIT_CHILDREN_HOUR, 1);
    struct change changes[2] = {change_of(ACTION_OPEN, 1, child_of(51, 0, 0)),
                                change_of(ACTION_OPEN, 2, child_of(52, 0, 0))};
    cr_expect_eq(submit_as(fixture->engine, &north, changes, 2, true).err, ERR_BUDGET);
    cr_expect_eq(ask_one(fixture->engine, "south", child_of(51, 0, 0)), ANSWER_NO, "nothing was changed");
    cr_expect_eq(submit_as(fixture->engine, &north, changes, 2, false).err, OK);
    cr_expect_eq(submit_as(fixture->engine, &north, changes, 1, true).err, OK, "one is left");
    cr_expect_eq(submit_as(fixture->engine, &north, changes, 1, true).err, ERR_BUDGET);
    cr_expect_eq(submit_as(fixture->engine, &north, changes, 2, false).err, OK);
}
