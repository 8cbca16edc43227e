// SPDX-License-Identifier: Apache-2.0
// The rules, tried through the engine: what is answered to whom, and what each change does.
#include "indexd/decide.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/base/refusal.h"
#include "tests/indexd/fixture.h"

static struct fixture *fixture;
static struct engine *engine;

static void start(void) {
    fixture = fixture_new();
    engine = fixture->engine;
}

static void end(void) {
    fixture_end(fixture);
}

TestSuite(answer, .init = start, .fini = end);
TestSuite(change, .init = start, .fini = end);

static struct change previous_of(struct change change) {
    change.previous = true;
    return change;
}

static struct change quiet_of(struct change change) {
    change.quiet = true;
    return change;
}

static struct change replacement(unsigned handle, struct token_set old_tokens, struct token_set tokens) {
    struct change change = change_of(ACTION_REPLACE, handle, tokens);
    change.old_tokens = old_tokens;
    return change;
}

static enum change_result act(enum action action, unsigned handle, struct token_set child) {
    return change_one(engine, "south", change_of(action, handle, child));
}

static enum answer north_hears(struct token_set child) {
    return ask_one(engine, "north", child);
}

static uint64_t entry_count(void) {
    struct engine_stats stats;
    assert_ok(engine_stats(engine, &stats));
    return stats.entries - SLOTS; // the canaries
}

// ---- answers

Test(answer, is_no_when_nobody_has_anything) {
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_NO);
}

Test(answer, is_yes_for_a_current_involvement_that_shares_any_sure_slot) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(north_hears(child_of(1, 9, 9)), ANSWER_YES);
    cr_assert_eq(north_hears(child_of(9, 2, 9)), ANSWER_YES);
    cr_assert_eq(north_hears(child_of(1, 0, 0)), ANSWER_YES);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_YES);
}

Test(answer, is_previously_for_an_ended_involvement_that_shares_a_sure_slot) {
    cr_assert_eq(change_one(engine, "south", previous_of(change_of(ACTION_OPEN, 1, child_of(1, 2, 3)))), RESULT_OPENED);
    cr_assert_eq(north_hears(child_of(1, 9, 9)), ANSWER_PREVIOUSLY);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_PREVIOUSLY);
}

Test(answer, is_possibly_when_a_similar_slot_alone_is_shared) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(change_one(engine, "south", previous_of(change_of(ACTION_OPEN, 2, child_of(4, 5, 6)))), RESULT_OPENED);
    cr_assert_eq(north_hears(child_of(9, 9, 3)), ANSWER_POSSIBLY);
    cr_assert_eq(north_hears(child_of(0, 0, 3)), ANSWER_POSSIBLY);
    cr_assert_eq(north_hears(child_of(9, 9, 6)), ANSWER_POSSIBLY);
}

Test(answer, is_the_first_that_applies_of_all_that_is_found) {
    open_one(engine, "south", 1, child_of(9, 0, 3)); // similar, current
    cr_assert_eq(change_one(engine, "east", previous_of(change_of(ACTION_OPEN, 1, child_of(1, 0, 0)))), RESULT_OPENED);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_PREVIOUSLY);
    open_one(engine, "west", 1, child_of(0, 2, 0));
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_YES);
}

Test(answer, counts_other_agencies_only) {
    open_one(engine, "north", 1, child_of(1, 2, 3));
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_NO);
    cr_assert_eq(ask_one(engine, "south", child_of(1, 2, 3)), ANSWER_YES);
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_YES);
}

Test(answer, never_counts_a_quiet_involvement_current_or_ended) {
    cr_assert_eq(change_one(engine, "south", quiet_of(change_of(ACTION_OPEN, 1, child_of(1, 2, 3)))), RESULT_OPENED);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_NO);
    cr_assert_eq(act(ACTION_CLOSE, 1, child_of(1, 2, 3)), RESULT_CLOSED);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_NO);
    cr_assert_eq(entry_count(), 3);
}

Test(answer, is_never_given_by_empty_slots) {
    open_one(engine, "south", 1, child_of(1, 0, 0));
    cr_assert_eq(entry_count(), 1);
    cr_assert_eq(north_hears(child_of(0, 5, 0)), ANSWER_NO);
    cr_assert_eq(north_hears(child_of(9, 0, 0)), ANSWER_NO);
}

Test(answer, keeps_slots_apart) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(north_hears(child_of(2, 1, 1)), ANSWER_NO);
}

Test(answer, turns_to_previously_when_until_has_passed) {
    open_one(engine, "south", 1,
             child_of(1, 2, 3)); // 22 November 2026: 400 days end in the quarter up to December 2027
    int64_t last = clock_days(2027, 12, 31) - atomic_load(&fixture->now_ms) / 86400000;
    fixture_days_pass(fixture, (int)last);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_YES);
    fixture_days_pass(fixture, 1);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_PREVIOUSLY);
    cr_assert_eq(north_hears(child_of(0, 0, 3)), ANSWER_POSSIBLY);
}

Test(answer, comes_for_each_child_in_the_order_asked) {
    struct token_set children[MAX_CHILDREN];
    for (unsigned i = 0; i < MAX_CHILDREN; i++) {
        children[i] = child_of(1000 + i, 0, 5000 + i);
        if (i % 3 == 0) {
            open_one(engine, "south", i + 1, child_of(1000 + i, 0, 0));
        } else if (i % 3 == 1) {
            open_one(engine, "south", i + 1, child_of(0, 0, 5000 + i));
        }
    }
    struct asked asked = ask(engine, "north", children, MAX_CHILDREN);
    assert_ok(asked.err);
    cr_assert_eq(asked.answers.count, MAX_CHILDREN);
    for (size_t i = 0; i < MAX_CHILDREN; i++) {
        const enum answer expected[] = {ANSWER_YES, ANSWER_POSSIBLY, ANSWER_NO};
        cr_assert_eq(asked.answers.answers[i], expected[i % 3], "child %zu", i);
    }
}

Test(answer, comes_with_reference_time_and_store_id) {
    struct token_set child = child_of(1, 2, 3);
    struct asked first = ask(engine, "north", &child, 1);
    struct asked second = ask(engine, "north", &child, 1);
    uint8_t store_id[STORE_ID_SIZE];
    engine_store_id(engine, store_id);
    cr_assert_arr_eq(first.answers.store_id, store_id, STORE_ID_SIZE);
    cr_assert_eq(strlen(first.answers.reference), REFERENCE_TEXT_SIZE - 1);
    cr_assert_str_neq(first.answers.reference, second.answers.reference);
    cr_assert_eq(first.answers.answered_at, atomic_load(&fixture->now_ms) / 1000);
}

// ---- changes

Test(change, to_open_may_be_repeated) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(act(ACTION_OPEN, 1, child_of(1, 2, 3)), RESULT_UNCHANGED);
    cr_assert_eq(entry_count(), 3);
}

Test(change, to_open_in_another_state_takes_effect) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(change_one(engine, "south", previous_of(change_of(ACTION_OPEN, 1, child_of(1, 2, 3)))), RESULT_OPENED);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_PREVIOUSLY);
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_YES);
    cr_assert_eq(change_one(engine, "south", quiet_of(change_of(ACTION_OPEN, 1, child_of(1, 2, 3)))), RESULT_OPENED);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_NO);
    cr_assert_eq(entry_count(), 3);
}

Test(change, to_open_adds_a_slot_that_was_missing) {
    open_one(engine, "south", 1, child_of(1, 0, 0));
    cr_assert_eq(act(ACTION_OPEN, 1, child_of(1, 2, 0)), RESULT_OPENED);
    cr_assert_eq(north_hears(child_of(0, 2, 0)), ANSWER_YES);
    cr_assert_eq(entry_count(), 2);
}

Test(change, to_open_what_has_lapsed_opens_it_again) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    fixture_days_pass(fixture, 500);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_PREVIOUSLY);
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_YES);
}

Test(change, to_renew_moves_until) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(act(ACTION_RENEW, 1, child_of(1, 2, 3)), RESULT_UNCHANGED);
    fixture_days_pass(fixture, 300);
    cr_assert_eq(act(ACTION_RENEW, 1, child_of(1, 2, 3)), RESULT_RENEWED);
    cr_assert_eq(act(ACTION_RENEW, 1, child_of(1, 2, 3)), RESULT_UNCHANGED);
    fixture_days_pass(fixture, 300);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_YES);
    fixture_days_pass(fixture, 300); // lapsed by now, and still the agency's to renew
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_PREVIOUSLY);
    cr_assert_eq(act(ACTION_RENEW, 1, child_of(1, 2, 3)), RESULT_RENEWED);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_YES);
}

Test(change, to_renew_finds_nothing_that_has_ended_or_never_was) {
    cr_assert_eq(act(ACTION_RENEW, 1, child_of(1, 2, 3)), RESULT_NOT_FOUND);
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(act(ACTION_CLOSE, 1, child_of(1, 2, 3)), RESULT_CLOSED);
    cr_assert_eq(act(ACTION_RENEW, 1, child_of(1, 2, 3)), RESULT_NOT_FOUND);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_PREVIOUSLY);
}

Test(change, to_close_makes_it_previous_and_may_be_repeated) {
    cr_assert_eq(act(ACTION_CLOSE, 1, child_of(1, 2, 3)), RESULT_NOT_FOUND);
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(act(ACTION_CLOSE, 2, child_of(1, 2, 3)), RESULT_NOT_FOUND);
    cr_assert_eq(act(ACTION_CLOSE, 1, child_of(1, 2, 3)), RESULT_CLOSED);
    cr_assert_eq(act(ACTION_CLOSE, 1, child_of(1, 2, 3)), RESULT_UNCHANGED);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_PREVIOUSLY);
}

Test(change, to_withdraw_leaves_no_trace) {
    struct engine_stats before;
    struct engine_stats after;
    assert_ok(engine_stats(engine, &before));
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(act(ACTION_WITHDRAW, 2, child_of(1, 2, 3)), RESULT_NOT_FOUND);
    cr_assert_eq(act(ACTION_WITHDRAW, 1, child_of(1, 2, 3)), RESULT_WITHDRAWN);
    cr_assert_eq(act(ACTION_WITHDRAW, 1, child_of(1, 2, 3)), RESULT_NOT_FOUND);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_NO);
    assert_ok(engine_stats(engine, &after));
    cr_assert_eq(after.keys, before.keys);
    cr_assert_eq(after.entries, before.entries);
}

Test(change, to_replace_takes_the_old_out_and_the_new_in) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    struct change change = replacement(1, child_of(1, 2, 3), child_of(1, 5, 6));
    cr_assert_eq(change_one(engine, "south", change), RESULT_REPLACED);
    cr_assert_eq(north_hears(child_of(0, 2, 0)), ANSWER_NO);
    cr_assert_eq(north_hears(child_of(0, 0, 3)), ANSWER_NO);
    cr_assert_eq(north_hears(child_of(1, 0, 0)), ANSWER_YES);
    cr_assert_eq(north_hears(child_of(0, 5, 0)), ANSWER_YES);
    cr_assert_eq(north_hears(child_of(0, 0, 6)), ANSWER_POSSIBLY);
    cr_assert_eq(change_one(engine, "south", change), RESULT_UNCHANGED);
    cr_assert_eq(entry_count(), 3);
}

Test(change, to_replace_all_tokens_may_be_repeated) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    struct change change = replacement(1, child_of(1, 2, 3), child_of(4, 5, 6));
    cr_assert_eq(change_one(engine, "south", change), RESULT_REPLACED);
    cr_assert_eq(change_one(engine, "south", change), RESULT_UNCHANGED);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_NO);
    cr_assert_eq(north_hears(child_of(4, 5, 6)), ANSWER_YES);
}

Test(change, to_replace_drops_a_slot_that_became_empty) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(change_one(engine, "south", replacement(1, child_of(1, 2, 3), child_of(0, 2, 3))), RESULT_REPLACED);
    cr_assert_eq(north_hears(child_of(1, 0, 0)), ANSWER_NO);
    cr_assert_eq(entry_count(), 2);
}

Test(change, to_replace_keeps_an_ended_involvement_ended_and_takes_the_new_quiet) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(act(ACTION_CLOSE, 1, child_of(1, 2, 3)), RESULT_CLOSED);
    cr_assert_eq(change_one(engine, "south", replacement(1, child_of(1, 2, 3), child_of(4, 5, 6))), RESULT_REPLACED);
    cr_assert_eq(north_hears(child_of(4, 5, 6)), ANSWER_PREVIOUSLY);
    cr_assert_eq(change_one(engine, "south", quiet_of(replacement(1, child_of(4, 5, 6), child_of(4, 5, 6)))),
                 RESULT_REPLACED);
    cr_assert_eq(north_hears(child_of(4, 5, 6)), ANSWER_NO);
}

Test(change, to_replace_counts_as_a_renewal) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    fixture_days_pass(fixture, 390);
    cr_assert_eq(change_one(engine, "south", replacement(1, child_of(1, 2, 3), child_of(1, 2, 4))), RESULT_REPLACED);
    fixture_days_pass(fixture, 390);
    cr_assert_eq(north_hears(child_of(1, 2, 4)), ANSWER_YES);
}

Test(change, to_replace_finds_nothing_where_the_old_never_stood) {
    open_one(engine, "south", 2, child_of(1, 2, 3));
    cr_assert_eq(change_one(engine, "south", replacement(1, child_of(1, 2, 3), child_of(4, 5, 6))), RESULT_NOT_FOUND);
    cr_assert_eq(north_hears(child_of(4, 5, 6)), ANSWER_NO);
    cr_assert_eq(entry_count(), 3);
}

Test(change, never_touches_another_agencys_record_of_the_same_handle) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    static const enum action actions[] = {ACTION_CLOSE, ACTION_WITHDRAW, ACTION_RENEW};
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(change_one(engine, "west", change_of(actions[i], 1, child_of(1, 2, 3))), RESULT_NOT_FOUND);
    }
    cr_assert_eq(change_one(engine, "west", replacement(1, child_of(1, 2, 3), child_of(4, 5, 6))), RESULT_NOT_FOUND);
    open_one(engine, "west", 1, child_of(1, 2, 3));
    cr_assert_eq(change_one(engine, "west", change_of(ACTION_WITHDRAW, 1, child_of(1, 2, 3))), RESULT_WITHDRAWN);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_YES);
    cr_assert_eq(entry_count(), 3);
}

Test(change, keeps_two_handles_of_one_child_apart) {
    open_one(engine, "south", 1, child_of(1, 2, 3));
    open_one(engine, "south", 2, child_of(1, 2, 3));
    cr_assert_eq(entry_count(), 6);
    cr_assert_eq(act(ACTION_CLOSE, 1, child_of(1, 2, 3)), RESULT_CLOSED);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_YES);
    cr_assert_eq(act(ACTION_WITHDRAW, 2, child_of(1, 2, 3)), RESULT_WITHDRAWN);
    cr_assert_eq(north_hears(child_of(1, 2, 3)), ANSWER_PREVIOUSLY);
}

Test(change, sees_those_before_it_in_the_same_request) {
    const struct token_set child = child_of(1, 2, 3);
    const struct change changes[] = {change_of(ACTION_OPEN, 1, child), change_of(ACTION_OPEN, 1, child),
                                     change_of(ACTION_CLOSE, 1, child), change_of(ACTION_WITHDRAW, 1, child),
                                     change_of(ACTION_CLOSE, 1, child)};
    struct asked asked = submit_changes(engine, "south", changes, 5, false);
    assert_ok(asked.err);
    cr_assert_eq(asked.reply.count, 5);
    const enum change_result expected[] = {RESULT_OPENED, RESULT_UNCHANGED, RESULT_CLOSED, RESULT_WITHDRAWN,
                                           RESULT_NOT_FOUND};
    for (size_t i = 0; i < 5; i++) {
        cr_assert_eq(asked.reply.results[i], expected[i], "change %zu", i);
    }
}

Test(change, that_asks_is_answered_after_all_of_its_own_rows) {
    const struct change changes[] = {change_of(ACTION_OPEN, 1, child_of(1, 2, 3)),
                                     change_of(ACTION_OPEN, 2, child_of(4, 5, 6)),
                                     change_of(ACTION_WITHDRAW, 3, child_of(7, 8, 9))};
    open_one(engine, "west", 1, child_of(4, 0, 0));
    open_one(engine, "south", 3, child_of(7, 8, 9));
    struct asked asked = submit_changes(engine, "south", changes, 3, true);
    assert_ok(asked.err);
    cr_assert_eq(asked.reply.answers.count, 3);
    cr_assert_eq(asked.reply.answers.answers[0], ANSWER_NO);
    cr_assert_eq(asked.reply.answers.answers[1], ANSWER_YES);
    cr_assert_eq(asked.reply.answers.answers[2], ANSWER_NO);
    cr_assert_eq(strlen(asked.reply.answers.reference), REFERENCE_TEXT_SIZE - 1);
    cr_assert_eq(asked.reply.answers.answered_at, atomic_load(&fixture->now_ms) / 1000);
}

Test(change, of_more_rows_than_a_transaction_takes_is_done_whole) {
    struct change *changes = calloc(MAX_CHILDREN, sizeof *changes);
    struct token_set last = child_of(0, 0, 0);
    for (unsigned i = 0; i < MAX_CHILDREN; i++) {
        last = child_of(10000 + i, 20000 + i, 30000 + i);
        changes[i] = change_of(ACTION_OPEN, i + 1, last);
    }
    open_one(engine, "west", 1, last);
    assert_ok(submit_changes(engine, "south", changes, MAX_CHILDREN, true).err); // 768 rows: one transaction
    for (unsigned i = 0; i < MAX_CHILDREN; i++) {
        changes[i] = replacement(i + 1, changes[i].tokens, child_of(40000 + i, 50000 + i, 30000 + i));
    }
    struct asked asked = submit_changes(engine, "south", changes, MAX_CHILDREN, true); // 1536 rows: two
    assert_ok(asked.err);
    cr_assert_eq(asked.reply.count, MAX_CHILDREN);
    cr_assert_eq(asked.reply.answers.count, MAX_CHILDREN);
    for (size_t i = 0; i < MAX_CHILDREN; i++) {
        cr_assert_eq(asked.reply.results[i], RESULT_REPLACED);
        cr_assert_eq(asked.reply.answers.answers[i], i == MAX_CHILDREN - 1 ? ANSWER_POSSIBLY : ANSWER_NO);
    }
    cr_assert_eq(entry_count(), 3 * MAX_CHILDREN + 3);
    free(changes);
}

Test(change, is_refused_when_one_agency_crowds_a_token_and_leaves_room_for_others) {
    struct asked asked = {0};
    for (unsigned i = 1; i <= 256; i++) {
        open_one(engine, "south", i, child_of(1, 0, 0));
    }
    const struct change one_more = change_of(ACTION_OPEN, 257, child_of(1, 0, 0));
    asked = submit_changes(engine, "south", &one_more, 1, false);
    cr_assert_eq(asked.err, ERR_FULL);
    cr_assert_not_null(strstr(asked.detail, "too many records"));
    cr_assert_eq(act(ACTION_OPEN, 256, child_of(1, 0, 0)), RESULT_UNCHANGED);
    open_one(engine, "west", 1, child_of(1, 0, 0));
    cr_assert_eq(act(ACTION_WITHDRAW, 1, child_of(1, 0, 0)), RESULT_WITHDRAWN);
    open_one(engine, "south", 257, child_of(1, 0, 0));
}

Test(change, is_refused_when_all_agencies_together_crowd_a_token) {
    struct change *changes = calloc(MAX_CHILDREN, sizeof *changes);
    for (unsigned i = 0; i < MAX_CHILDREN; i++) {
        changes[i] = change_of(ACTION_OPEN, i + 1, child_of(1, 0, 0));
    }
    for (unsigned i = 0; i < 16; i++) {
        char agency[8];
        (void)snprintf(agency, sizeof agency, "a%u", i);
        assert_ok(submit_changes(engine, agency, changes, MAX_CHILDREN, false).err);
    }
    cr_assert_eq(entry_count(), 4096);
    struct asked asked = submit_changes(engine, "south", changes, 1, false);
    cr_assert_eq(asked.err, ERR_FULL);
    cr_assert_not_null(strstr(asked.detail, "too many records"));
    cr_assert_eq(north_hears(child_of(1, 0, 0)), ANSWER_YES);
    free(changes);
}

Test(change, of_a_request_that_fails_leaves_nothing_of_it) {
    for (unsigned i = 1; i <= 256; i++) {
        open_one(engine, "south", i, child_of(1, 0, 0));
    }
    const struct change changes[] = {change_of(ACTION_OPEN, 300, child_of(2, 0, 0)),
                                     change_of(ACTION_OPEN, 301, child_of(1, 0, 0))};
    struct engine_stats before;
    struct engine_stats after;
    assert_ok(engine_stats(engine, &before));
    cr_assert_eq(submit_changes(engine, "south", changes, 2, true).err, ERR_FULL);
    assert_ok(engine_stats(engine, &after));
    cr_assert_eq(north_hears(child_of(2, 0, 0)), ANSWER_NO);
    cr_assert_eq(after.journal_records, before.journal_records);
    cr_assert_eq(after.entries, before.entries);
}

Test(quarter, is_the_calendars) {
    cr_assert_eq(quarter_of_day(clock_days(2026, 1, 1)), 2026 * 4);
    cr_assert_eq(quarter_of_day(clock_days(2026, 3, 31)), 2026 * 4);
    cr_assert_eq(quarter_of_day(clock_days(2026, 4, 1)), 2026 * 4 + 1);
    cr_assert_eq(quarter_of_day(clock_days(2026, 12, 31)), 2026 * 4 + 3);
}
