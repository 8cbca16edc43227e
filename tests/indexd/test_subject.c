// SPDX-License-Identifier: Apache-2.0
// What the index finds about one child, through the engine: tags, tiers, and the months of the journal.
#include "indexd/subject.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

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

TestSuite(subject, .init = start, .fini = end);

struct seen {
    size_t asked_sure, asked_similar, recorded_sure, recorded_similar, months, erased;
    enum answer last;
    uint64_t records;
};

static void see_asked(void *ctx, const struct subject_asked *asked) {
    struct seen *seen = ctx;
    seen->asked_sure += asked->sure ? 1 : 0;
    seen->asked_similar += asked->sure ? 0 : 1;
    seen->last = asked->answer;
}

static void see_recorded(void *ctx, const struct subject_recorded *recorded) {
    struct seen *seen = ctx;
    seen->recorded_sure += recorded->sure ? 1 : 0;
    seen->recorded_similar += recorded->sure ? 0 : 1;
}

static void see_month(void *ctx, const struct review_month *month) {
    struct seen *seen = ctx;
    seen->months++;
    seen->erased += month->erased ? 1 : 0;
    seen->records += month->records;
}

static err_t search(struct token_set child, const atomic_bool *stop, struct seen *out) {
    const struct subject_tokens set = {&child, 1, 1};
    const struct subject subject = {&set, 1, SLOTS};
    const struct subject_visitor visitor = {see_asked, see_recorded, see_month, out, stop};
    bool shielded = true;
    *out = (struct seen){0};
    err_t err = engine_subject(engine, &subject, &visitor, &shielded);
    cr_assert(err != OK || !shielded);
    return err;
}

Test(subject, finds_questions_and_records_by_any_token_and_counts_each_once) {
    struct seen seen;
    open_one(engine, "south", 1, child_of(1, 2, 3));
    open_one(engine, "east", 1, child_of(9, 8, 3)); // similar alone
    open_one(engine, "west", 1, child_of(7, 7, 7)); // another child
    (void)ask_one(engine, "north", child_of(0, 0, 3));
    (void)ask_one(engine, "north", child_of(1, 2, 3));
    (void)ask_one(engine, "north", child_of(7, 7, 7));
    assert_ok(search(child_of(1, 2, 3), NULL, &seen));
    cr_assert_eq(seen.recorded_sure, 1);
    cr_assert_eq(seen.recorded_similar, 1);
    cr_assert_eq(seen.asked_sure, 1);
    cr_assert_eq(seen.asked_similar, 1);
    cr_assert_eq(seen.last, ANSWER_YES);
    cr_assert_eq(seen.months, 1);
}

Test(subject, searches_with_the_tokens_of_every_epoch_that_are_given) {
    struct seen seen;
    (void)ask_one(engine, "north", child_of(4, 5, 6)); // as it stands from before a rotation
    const struct token_set now = child_of(1, 2, 3), then = child_of(4, 5, 6);
    const struct subject_tokens sets[] = {{&now, 1, 1}, {&then, 1, 1}};
    const struct subject_visitor visitor = {see_asked, see_recorded, see_month, &seen, NULL};
    for (size_t count = 1; count <= 2; count++) {
        const struct subject subject = {sets, count, SLOTS};
        bool shielded = true;
        seen = (struct seen){0};
        assert_ok(engine_subject(engine, &subject, &visitor, &shielded));
        cr_assert_eq(seen.asked_sure, count - 1);
    }
}

Test(subject, names_a_month_whose_key_was_destroyed_and_reads_the_others) {
    struct seen seen;
    (void)ask_one(engine, "north", child_of(1, 2, 3)); // 2026-11
    fixture_days_pass(fixture, 31);
    (void)ask_one(engine, "north", child_of(1, 2, 3)); // 2026-12
    assert_ok(search(child_of(1, 2, 3), NULL, &seen));
    cr_assert_eq(seen.asked_sure, 2);
    cr_assert_eq(seen.months, 2);
    cr_assert_eq(unlink(fixture_path(fixture, "segment-keys/2026-11.key")), 0);
    assert_ok(search(child_of(1, 2, 3), NULL, &seen));
    cr_assert_eq(seen.asked_sure, 1);
    cr_assert_eq(seen.months, 2);
    cr_assert_eq(seen.erased, 1);
    struct engine_stats stats;
    assert_ok(engine_stats(engine, &stats));
    cr_assert_eq(seen.records, stats.journal_records); // the erased ones are counted
}

Test(subject, needs_a_number_and_the_scheme_s_slots_and_can_be_stopped) {
    struct seen seen;
    const atomic_bool stop = true;
    assert_refused(search(child_of(0, 2, 3), NULL, &seen), ERR_INPUT, "NHS number");
    cr_assert_eq(search(child_of(1, 2, 3), &stop, &seen), ERR_UNAVAILABLE);
    struct token_set child = child_of(1, 2, 3);
    const struct subject_tokens set = {&child, 1, 1};
    const struct subject subject = {&set, 1, SLOTS + 1};
    const struct subject_visitor visitor = {see_asked, see_recorded, see_month, &seen, NULL};
    bool shielded = false;
    assert_refused(engine_subject(engine, &subject, &visitor, &shielded), ERR_INPUT, "match keys");
}
