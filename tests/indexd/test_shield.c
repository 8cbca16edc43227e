// SPDX-License-Identifier: Apache-2.0
// Shields, tried through the engine: what is hidden, what is not, and that nobody can tell.
#include "indexd/shield.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/base/refusal.h"
#include "tests/indexd/fixture.h"
#include "tests/indexd/inside.h"

static struct fixture *fixture;
static struct engine *engine;

static void start(void) {
    fixture = fixture_new();
    engine = fixture->engine;
}

static void end(void) {
    fixture_end(fixture);
}

TestSuite(shield, .init = start, .fini = end);

static void reopen(void) {
    fixture_reopen(fixture);
    engine = fixture->engine;
}

static struct shield_addition shield(struct token_set child) {
    struct shield_addition addition = {
        .reference = "case 7", .children = &child, .child_count = 1, .slots = SLOTS, .epochs = 1};
    assert_ok(engine_run_job(engine, shield_add, &addition));
    return addition;
}

static void lift(uint64_t number) {
    struct shield_lifting lifting = {.number = number};
    assert_ok(engine_run_job(engine, shield_lift, &lifting));
}

static enum answer north_hears(struct token_set child) {
    return ask_one(engine, "north", child);
}

Test(shield, hides_a_record_under_every_token_it_has) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(shield(child_of(1, 0, 0)).hidden, 1);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_NO);
    cr_assert_eq(north_hears(child_of(1, 0, 0)), ANSWER_NO);
    cr_assert_eq(north_hears(child_of(0, 2, 0)), ANSWER_NO);
    cr_assert_eq(north_hears(child_of(0, 0, 3)), ANSWER_NO);
}

Test(shield, hides_an_ended_record_too) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(change_one(engine, "south", change_of(ACTION_CLOSE, 1, child_of(1, 2, 3))), RESULT_CLOSED);
    (void)shield(child_of(1, 0, 0));
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_NO);
}

Test(shield, hides_a_record_that_existed_under_another_name) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    open_one(engine, "east", 1, child_of(1, 20, 30)); // the new name, before the shield, which knows the old one alone
    cr_assert_eq(shield(child_of(1, 2, 3)).hidden, 2);
    cr_assert_eq(north_hears(child_of(0, 20, 30)), ANSWER_NO);
    cr_assert_eq(north_hears(child_of(0, 20, 0)), ANSWER_NO);
    cr_assert_eq(north_hears(child_of(0, 0, 30)), ANSWER_NO);
}

Test(shield, hides_what_is_fed_later_under_a_new_name_with_the_same_number) {
    (void)shield(child_of(1, 2, 3));
    open_one(engine, "west", 1, child_of(1, 40, 50));
    cr_assert_eq(north_hears(child_of(1, 40, 50)), ANSWER_NO);
    cr_assert_eq(north_hears(child_of(0, 40, 50)), ANSWER_NO);
    cr_assert_eq(north_hears(child_of(0, 0, 50)), ANSWER_NO);
}

Test(shield, hides_a_record_that_is_given_the_number_later_and_keeps_it_hidden_when_it_loses_it) {
    (void)shield(child_of(1, 0, 0));
    open_one(engine, "south", 1, child_of(0, 5, 6));
    cr_assert_eq(north_hears(child_of(0, 5, 0)), ANSWER_YES);
    struct change replacement = change_of(ACTION_REPLACE, 1, child_of(1, 5, 6));
    replacement.old_tokens = child_of(0, 5, 6);
    cr_assert_eq(change_one(engine, "south", replacement), RESULT_REPLACED);
    cr_assert_eq(north_hears(child_of(0, 5, 0)), ANSWER_NO);
    replacement = change_of(ACTION_REPLACE, 1, child_of(0, 7, 6)); // a new name, and no number any more
    replacement.old_tokens = child_of(1, 5, 6);
    cr_assert_eq(change_one(engine, "south", replacement), RESULT_REPLACED);
    cr_assert_eq(north_hears(child_of(0, 7, 0)), ANSWER_NO);
}

Test(shield, hides_a_record_that_is_named_by_its_handle) {
    open_one(engine, "south", 1, child_of(0, 2, 3)); // without a number
    open_one(engine, "east", 1, child_of(0, 20, 30));
    struct shield_named named = {.agency = "south"};
    memcpy(named.handle, change_of(ACTION_OPEN, 1, child_of(0, 2, 3)).handle, HANDLE_SIZE);
    struct shield_addition addition = {.records = &named, .record_count = 1};
    assert_ok(engine_run_job(engine, shield_add, &addition));
    cr_assert_eq(north_hears(child_of(0, 2, 3)), ANSWER_NO);
    cr_assert_eq(north_hears(child_of(0, 20, 30)), ANSWER_YES); // the same handle of another agency
}

Test(shield, leaves_a_stranger_who_shares_names_or_sound_to_be_found) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    open_one(engine, "south", 2, child_of(7, 2, 33)); // the same name and date, another number
    open_one(engine, "south", 3, child_of(8, 22, 3)); // a similar name, another number
    struct shield_addition added = shield(child_of(1, 2, 3));
    cr_assert_eq(added.hidden, 1);
    cr_assert_eq(added.matches, 2);
    cr_assert_eq(north_hears(child_of(0, 2, 0)), ANSWER_YES);
    cr_assert_eq(north_hears(child_of(7, 0, 0)), ANSWER_YES);
    cr_assert_eq(north_hears(child_of(0, 0, 3)), ANSWER_POSSIBLY);
    open_one(engine, "east", 4, child_of(9, 2, 3)); // fed after the shield
    cr_assert_eq(north_hears(child_of(9, 0, 0)), ANSWER_YES);
}

Test(shield, changes_nothing_for_the_record_s_own_agency) {
    (void)shield(child_of(1, 2, 3));
    struct token_set child = child_of(1, 2, 3);
    open_one(engine, "south", 1, child);
    cr_assert_eq(change_one(engine, "south", change_of(ACTION_OPEN, 1, child)), RESULT_UNCHANGED);
    cr_assert_eq(change_one(engine, "south", change_of(ACTION_RENEW, 1, child)), RESULT_UNCHANGED);
    cr_assert_eq(change_one(engine, "south", change_of(ACTION_CLOSE, 1, child)), RESULT_CLOSED);
    cr_assert_eq(change_one(engine, "south", change_of(ACTION_WITHDRAW, 1, child)), RESULT_WITHDRAWN);
    open_one(engine, "south", 1, child);
    cr_assert_eq(north_hears(child), ANSWER_NO); // withdrawn and fed again: hidden still
}

Test(shield, answers_an_open_that_asks_as_if_nobody_were_there) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    (void)shield(child_of(1, 0, 0));
    struct change change = change_of(ACTION_OPEN, 1, child_of(1, 2, 3));
    struct asked asked = submit_changes(engine, "north", &change, 1, true);
    assert_ok(asked.err);
    cr_assert_eq(asked.reply.results[0], RESULT_OPENED);
    cr_assert_eq(asked.reply.answers.answers[0], ANSWER_NO);
}

// The reply to a question and to an open, without what differs each time.
static void assert_same_reply(struct asked left, struct asked right) {
    struct answers *answers[] = {&left.answers, &right.answers, &left.reply.answers, &right.reply.answers};
    for (size_t i = 0; i < 4; i++) {
        memset(answers[i]->reference, 'x', sizeof answers[i]->reference);
    }
    cr_assert_eq(memcmp(&left.answers, &right.answers, sizeof left.answers), 0);
    cr_assert_eq(memcmp(&left.reply, &right.reply, sizeof left.reply), 0);
}

Test(shield, gives_the_same_reply_and_writes_as_much_as_where_nobody_is) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    (void)shield(child_of(1, 0, 0));
    struct token_set hidden = child_of(1, 2, 3);
    struct token_set nobody = child_of(11, 12, 13);
    struct change opens[] = {change_of(ACTION_OPEN, 8, hidden), change_of(ACTION_OPEN, 9, nobody)};
    struct asked asked[] = {ask(engine, "north", &hidden, 1), ask(engine, "north", &nobody, 1)};
    assert_same_reply(asked[0], asked[1]);
    struct asked opened[] = {submit_changes(engine, "north", &opens[0], 1, true),
                             submit_changes(engine, "north", &opens[1], 1, true)};
    assert_same_reply(opened[0], opened[1]);
    fixture_close(fixture);
    struct records records = inside_records(fixture);
    size_t lengths[2][2] = {{0}};
    size_t seen[2] = {0};
    for (size_t i = 0; i < records.count; i++) {
        const struct record *record = &records.items[i];
        bool question = record->kind == RECORD_QUESTION && record->reference[0] != '\0';
        bool change = record->kind == RECORD_CHANGES && strcmp(record->agency, "north") == 0;
        if (question || change) {
            struct buf bytes = {0};
            assert_ok(record_encode(record, &bytes));
            if (seen[change] < 2) {
                lengths[change][seen[change]++] = bytes.len;
            }
            buf_free(&bytes);
        }
    }
    cr_assert_eq(lengths[0][0], lengths[0][1]);
    cr_assert_eq(lengths[1][0], lengths[1][1]);
    inside_records_free(&records);
}

Test(shield, is_lifted_again_and_each_of_two_hides_by_itself) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    uint64_t first = shield(child_of(1, 0, 0)).number;
    uint64_t second = shield(child_of(1, 2, 0)).number;
    cr_assert_neq(first, second);
    open_one(engine, "east", 1, child_of(1, 20, 30));
    lift(first);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_NO);
    cr_assert_eq(north_hears(child_of(0, 20, 0)), ANSWER_NO);
    lift(second);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_YES);
    cr_assert_eq(north_hears(child_of(0, 20, 0)), ANSWER_YES);
    open_one(engine, "west", 1, child_of(1, 40, 50));
    cr_assert_eq(north_hears(child_of(0, 40, 0)), ANSWER_YES);
}

Test(shield, that_does_not_exist_is_not_lifted) {
    struct shield_lifting lifting = {.number = 3};
    assert_refused(engine_run_job(engine, shield_lift, &lifting), ERR_NOT_FOUND, "shield 3");
}

Test(shield, needs_a_number_or_a_record_and_never_covers_a_canary) {
    struct token_set names = child_of(0, 2, 3);
    struct shield_addition addition = {.children = &names, .child_count = 1, .slots = SLOTS, .epochs = 1};
    assert_refused(engine_run_job(engine, shield_add, &addition), ERR_INPUT, "NHS number");
    addition.slots = SLOTS + 1;
    assert_refused(engine_run_job(engine, shield_add, &addition), ERR_INPUT, "match keys");
    struct token_set canary = {0};
    memcpy(canary.tokens[0], fixture->descriptor.slots[0].canary_token, TOKEN_SIZE);
    addition = (struct shield_addition){.children = &canary, .child_count = 1, .slots = SLOTS, .epochs = 1};
    assert_refused(engine_run_job(engine, shield_add, &addition), ERR_INPUT, "canary");
    reopen(); // its canaries answer
}

Test(shield, stands_after_a_restart_and_in_a_store_that_was_made_anew) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    uint64_t number = shield(child_of(1, 0, 0)).number;
    open_one(engine, "east", 1, child_of(1, 20, 30));
    reopen();
    cr_assert_eq(north_hears(child_of(0, 20, 0)), ANSWER_NO);
    fixture_close(fixture);
    assert_ok(engine_rebuild(&fixture->settings, &fixture->descriptor));
    fixture_open(fixture);
    engine = fixture->engine;
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_NO);
    cr_assert_eq(north_hears(child_of(0, 20, 0)), ANSWER_NO);
    lift(number);
    cr_assert_eq(north_hears(child_of(0, 20, 0)), ANSWER_YES);
}

static int by_cause(const void *a, const void *b) {
    const struct record *left = a;
    const struct record *right = b;
    return (left->touching > right->touching) - (left->touching < right->touching);
}

// The touches in the journal, in the order of what caused them.
static size_t touches(struct record out[8]) {
    fixture_close(fixture);
    struct records records = inside_records(fixture);
    size_t count = 0;
    for (size_t i = 0; i < records.count && count < 8; i++) {
        if (records.items[i].kind == RECORD_TOUCH) {
            out[count++] = records.items[i];
        }
    }
    inside_records_free(&records);
    qsort(out, count, sizeof out[0], by_cause);
    return count;
}

Test(shield, tells_of_every_question_and_record_that_touches_it) {
    struct record found[8];
    open_one(engine, "south", 1, child_of(1, 2, 3));
    uint64_t number = shield(child_of(1, 2, 0)).number;
    (void)north_hears(child_of(9, 9, 3));             // passed over a hidden record
    (void)north_hears(child_of(1, 0, 0));             // by the number
    (void)north_hears(child_of(9, 9, 9));             // nothing of it
    open_one(engine, "east", 1, child_of(1, 20, 30)); // hidden
    open_one(engine, "east", 2, child_of(7, 2, 30));  // names alone
    cr_assert_eq(touches(found), 4);
    enum touch expected[] = {TOUCH_QUESTION, TOUCH_QUESTION, TOUCH_RECORD, TOUCH_NAMES};
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(found[i].touch, expected[i], "%zu: %d", i, found[i].touch);
        cr_assert_eq(found[i].number, number);
        cr_assert_lt(found[i].touching, found[i].seq);
    }
}

Test(shield, says_nothing_of_its_own_agency_s_routine) {
    struct record found[8];
    open_one(engine, "south", 1, child_of(0, 2, 3));
    struct shield_named named = {.agency = "south"};
    memcpy(named.handle, change_of(ACTION_OPEN, 1, child_of(0, 2, 3)).handle, HANDLE_SIZE);
    struct shield_addition addition = {.records = &named, .record_count = 1};
    assert_ok(engine_run_job(engine, shield_add, &addition));
    cr_assert_eq(change_one(engine, "south", change_of(ACTION_OPEN, 1, child_of(0, 2, 3))), RESULT_UNCHANGED);
    cr_assert_eq(ask_one(engine, "south", child_of(0, 2, 3)), ANSWER_NO);
    cr_assert_eq(touches(found), 0);
}

Test(shield, under_the_older_key_alone_holds_up_the_end_of_its_epoch) {
    struct descriptor both = fixture->descriptor, alone;
    both.epoch = 2;
    both.has_previous = true;
    both.previous = (struct descriptor_key){.epoch = 1, .generation = 1};
    for (size_t i = 0; i < both.slot_count; i++) {
        memcpy(both.previous.canary_tokens[i], both.slots[i].canary_token, TOKEN_SIZE);
        memset(both.slots[i].canary_token, 0xd0 + (int)i, TOKEN_SIZE);
    }
    alone = both;
    alone.has_previous = false;
    const struct shield_addition older = shield(child_of(1, 0, 0));
    assert_ok(engine_follow(engine, &both));
    cr_expect_eq(engine_epochs(engine).count, 2);
    (void)shield(child_of(2, 0, 0)); // during the rotation
    cr_expect_eq(engine_follow(engine, &alone), ERR_STALE);
    cr_expect_not_null(strstr(err_detail(), "1 shields stand under its tokens alone"), "%s", err_detail());
    lift(older.number);
    assert_ok(engine_follow(engine, &alone));
    cr_expect_eq(engine_epochs(engine).count, 1);
    cr_expect_eq(engine_epochs(engine).numbers[0], 2);
}
