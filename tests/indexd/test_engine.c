// SPDX-License-Identifier: Apache-2.0
#include "indexd/engine.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexd/job.h"
#include "indexd/queue.h"
#include "indexd/review.h"
#include "tests/base/refusal.h"
#include "tests/indexd/fixture.h"
#include "tests/indexd/inside.h"

static struct fixture *fixture;

static void start(void) {
    fixture = fixture_new();
}

static void end(void) {
    fixture_end(fixture);
}

TestSuite(engine, .init = start, .fini = end);

// ---- making and opening

Test(engine, makes_a_store_that_only_its_user_can_read) {
    static const char *const names[] = {"pepper", "journal/2026-11.seg", "segment-keys/2026-11.key", "lmdb/data.mdb"};
    static const char *const folders[] = {"", "journal", "segment-keys", "lmdb"};
    struct stat about;
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(stat(fixture_path(fixture, names[i]), &about), 0, "%s", names[i]);
        cr_assert_eq(about.st_mode & 0777, 0600, "%s", names[i]);
        cr_assert_eq(stat(fixture_path(fixture, folders[i]), &about), 0);
        cr_assert_eq(about.st_mode & 0777, 0700, "%s", folders[i]);
    }
}

Test(engine, never_makes_a_store_over_another_or_among_other_files) {
    fixture_close(fixture);
    struct buf before = inside_rows(fixture);
    assert_refused(engine_init(&fixture->settings, &fixture->descriptor), ERR_EXISTS, "not empty");
    struct buf after = inside_rows(fixture);
    cr_assert(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
    buf_free(&before);
    buf_free(&after);
    folder_remove(fixture->store);
    cr_assert_eq(mkdir(fixture->store, 0700), 0);
    file_put(fixture_path(fixture, "notes"), "x", 1);
    cr_assert_eq(engine_init(&fixture->settings, &fixture->descriptor), ERR_EXISTS);
    cr_assert_neq(access(fixture_path(fixture, "pepper"), F_OK), 0);
}

Test(engine, opens_nothing_where_there_is_no_store) {
    fixture_close(fixture);
    folder_remove(fixture->store);
    fixture_refuses_to_open(fixture, ERR_NOT_FOUND);
    cr_assert_neq(access(fixture->store, F_OK), 0);
    cr_assert_eq(mkdir(fixture->store, 0700), 0);
    fixture_refuses_to_open(fixture, ERR_NOT_FOUND);
    cr_assert_eq(rmdir(fixture->store), 0, "something was made there");
}

Test(engine, has_a_store_to_itself) {
    struct engine *second = NULL;
    assert_refused(engine_open(&fixture->settings, &fixture->descriptor, &second), ERR_UNAVAILABLE, "another process");
    assert_refused(engine_rebuild(&fixture->settings, &fixture->descriptor), ERR_UNAVAILABLE, "another process");
}

Test(engine, refuses_another_scheme_or_epoch) {
    fixture_close(fixture);
    fixture->descriptor.epoch = 2;
    fixture_refuses_to_open(fixture, ERR_STALE);
    cr_assert_not_null(strstr(err_detail(), "epoch 1"));
    fixture->descriptor.epoch = 1;
    (void)snprintf(fixture->descriptor.scheme, sizeof fixture->descriptor.scheme, "other");
    fixture_refuses_to_open(fixture, ERR_STALE);
}

Test(engine, refuses_a_store_without_its_canaries) {
    fixture_close(fixture);
    fixture->descriptor.slots[1].canary_token[0] ^= 1; // another key's
    fixture_refuses_to_open(fixture, ERR_CORRUPT);
    cr_assert_not_null(strstr(err_detail(), "canary of slot \"names\""));
}

Test(engine, answers_its_canaries_by_the_ordinary_rules) {
    for (size_t slot = 0; slot < SLOTS; slot++) {
        struct token_set canary = {0};
        memcpy(canary.tokens[slot], fixture->descriptor.slots[slot].canary_token, TOKEN_SIZE);
        cr_assert_eq(ask_one(fixture->engine, "north", canary), slot == 2 ? ANSWER_POSSIBLY : ANSWER_YES);
        fixture_days_pass(fixture, 20000);
        cr_assert_eq(ask_one(fixture->engine, "north", canary), slot == 2 ? ANSWER_POSSIBLY : ANSWER_YES);
    }
}

Test(engine, keeps_its_store_id_and_gives_each_store_another) {
    uint8_t first[STORE_ID_SIZE];
    uint8_t again[STORE_ID_SIZE];
    engine_store_id(fixture->engine, first);
    fixture_reopen(fixture);
    engine_store_id(fixture->engine, again);
    cr_assert_arr_eq(first, again, STORE_ID_SIZE);
    fixture_close(fixture);
    folder_remove(fixture->store);
    assert_ok(engine_init(&fixture->settings, &fixture->descriptor));
    fixture_open(fixture);
    engine_store_id(fixture->engine, again);
    cr_assert_arr_neq(first, again, STORE_ID_SIZE);
}

// ---- what is refused

Test(engine, refuses_to_act_as_the_canaries_agency) {
    struct token_set child = child_of(1, 2, 3);
    struct change change = change_of(ACTION_OPEN, 1, child);
    cr_assert_eq(ask(fixture->engine, AGENCY_CANARY, &child, 1).err, ERR_DENIED);
    struct asked asked = submit_changes(fixture->engine, AGENCY_CANARY, &change, 1, false);
    cr_assert_eq(asked.err, ERR_DENIED);
    cr_assert_not_null(strstr(asked.detail, "reserved"));
}

Test(engine, refuses_what_is_not_a_question_or_a_change) {
    struct token_set child = child_of(1, 2, 3);
    struct token_set nobody = child_of(0, 0, 0);
    struct change change = change_of(ACTION_OPEN, 1, nobody);
    cr_assert_eq(ask(fixture->engine, "", &child, 1).err, ERR_INPUT);
    cr_assert_eq(ask(fixture->engine, "north", &child, 0).err, ERR_INPUT);
    cr_assert_eq(ask(fixture->engine, "north", &nobody, 1).err, ERR_INPUT);
    cr_assert_eq(submit_changes(fixture->engine, "north", &change, 1, false).err, ERR_INPUT);
    change = change_of(ACTION_REPLACE, 1, child);
    cr_assert_eq(submit_changes(fixture->engine, "north", &change, 1, false).err, ERR_INPUT);
    change = change_of(ACTION_COUNT, 1, child);
    cr_assert_eq(submit_changes(fixture->engine, "north", &change, 1, false).err, ERR_INPUT);
    fixture->descriptor.slot_count = 2;
    fixture_close(fixture);
    fixture_open(fixture); // a scheme of two slots, asked with three
    cr_assert_eq(ask(fixture->engine, "north", &child, 1).err, ERR_INPUT);
}

// ---- the journal

Test(engine, records_a_question_by_its_outcome) {
    struct token_set children[2] = {child_of(1, 0, 3), child_of(4, 5, 6)};
    open_one(fixture->engine, "south", 1, child_of(1, 2, 3));
    struct asked asked = ask(fixture->engine, "north", children, 2);
    assert_ok(asked.err);
    fixture_close(fixture);
    struct records records = inside_records(fixture);
    const struct record *last = &records.items[records.count - 1];
    cr_assert_eq(last->kind, RECORD_QUESTION);
    cr_assert_eq(last->seq, records.count);
    cr_assert_eq(last->time_ms, atomic_load(&fixture->now_ms));
    cr_assert_str_eq(last->agency, "north");
    cr_assert_eq(last->purpose, PURPOSE_ASSESSMENT);
    cr_assert_str_eq(last->reference, asked.answers.reference);
    cr_assert_eq(last->units, 2);
    cr_assert_eq(last->count, 2);
    cr_assert_eq(last->children[0].answer, ANSWER_YES);
    cr_assert_eq(last->children[1].answer, ANSWER_NO);
    cr_assert_eq(last->children[0].tag_count, 2); // the empty slot has none
    cr_assert_eq(last->children[0].slots[1], 2);
    cr_assert_eq(last->children[0].tags[0], inside_tag(fixture, 0, children[0].tokens[0]));
    inside_records_free(&records);
}

Test(engine, records_changes_with_the_states_that_result) {
    struct change change = change_of(ACTION_OPEN, 1, child_of(1, 2, 0));
    struct asked asked = submit_changes(fixture->engine, "south", &change, 1, true);
    assert_ok(asked.err);
    cr_assert_eq(change_one(fixture->engine, "south", change), RESULT_UNCHANGED);
    fixture_close(fixture);
    struct records records = inside_records(fixture);
    const struct record *opened = &records.items[records.count - 3];
    const struct record *question = &records.items[records.count - 2];
    const struct record *unchanged = &records.items[records.count - 1];
    cr_assert_eq(opened->kind, RECORD_CHANGES);
    cr_assert_eq(opened->changes[0].result, RESULT_OPENED);
    cr_assert_eq(opened->changes[0].row_count, 2);
    cr_assert_eq(opened->changes[0].rows[0].kind, ROW_PUT);
    cr_assert_eq(opened->changes[0].rows[0].state, ENTRY_CURRENT);
    cr_assert_eq(opened->changes[0].rows[0].until, 2027 * 4 + 3);
    cr_assert_eq(opened->units, 0);
    cr_assert_eq(question->kind, RECORD_QUESTION);
    cr_assert_eq(question->units, 1);
    cr_assert_str_eq(question->reference, opened->reference);
    cr_assert_str_eq(question->reference, asked.reply.answers.reference);
    cr_assert_eq(unchanged->changes[0].rows[0].kind, ROW_CONCERNED);
    cr_assert_eq(unchanged->reference[0], '\0');
    cr_assert_not(unchanged->has_purpose);
    inside_records_free(&records);
}

Test(engine, records_neither_tokens_nor_handles) {
    struct change change = change_of(ACTION_OPEN, 0x7a7a7a7a, child_of(0x5b5b5b5b, 2, 3));
    assert_ok(submit_changes(fixture->engine, "south", &change, 1, true).err);
    fixture_close(fixture);
    struct buf journal = inside_journal(fixture);
    cr_assert_not_null(memmem(journal.data, journal.len, "south", 5));
    cr_assert_null(memmem(journal.data, journal.len, change.tokens.tokens[0], 4));
    cr_assert_null(memmem(journal.data, journal.len, change.handle, 4));
    buf_free(&journal);
}

Test(engine, records_refusals_and_acts) {
    engine_note_refusal(fixture->engine, "urn:signpost:demo:agency:north", "/v1/questions", ERR_BUDGET);
    assert_ok(engine_note_act(fixture->engine, "root", "deny north"));
    fixture_close(fixture);
    struct records records = inside_records(fixture);
    cr_assert_eq(records.items[records.count - 2].kind, RECORD_REFUSAL);
    cr_assert_str_eq(records.items[records.count - 2].texts[0], "urn:signpost:demo:agency:north");
    cr_assert_str_eq(records.items[records.count - 2].texts[1], "/v1/questions");
    cr_assert_str_eq(records.items[records.count - 2].texts[2], "budget used up");
    cr_assert_eq(records.items[records.count - 1].kind, RECORD_ACT);
    cr_assert_str_eq(records.items[records.count - 1].texts[1], "deny north");
    inside_records_free(&records);
}

static void open_a_child(struct job *job, void *ctx) {
    struct record_change change = {.action = ACTION_OPEN, .result = RESULT_OPENED, .row_count = 1};
    struct record record = {.kind = RECORD_CHANGES, .agency = "north", .count = 1, .changes = &change};
    const unsigned *child = ctx;
    change.rows[0] = (struct record_row){.kind = ROW_PUT, .child = *child, .state = ENTRY_CURRENT, .until = UNTIL_FAR};
    job_put(job, &record);
}

static void open_and_refuse(struct job *job, void *ctx) {
    open_a_child(job, ctx);
    store_fail(job->txn, err_set(ERR_DENIED, "not after all"));
}

static uint64_t key_count(void) {
    struct engine_stats stats;
    assert_ok(engine_stats(fixture->engine, &stats));
    return stats.keys;
}

Test(engine, carries_out_a_signed_act_once_with_all_that_it_does) {
    unsigned child = 99;
    struct act act = {.name = "note", .nonce = {1, 2, 3}, .signer_count = 1};
    act.signers[0].identity = (struct urn){.kind = URN_ADMINISTRATOR, .scheme = "demo", .id = "ann"};
    uint64_t before = key_count();
    assert_ok(engine_act(fixture->engine, &act, bytes_str("{}"), open_a_child, &child));
    cr_assert_eq(key_count(), before + 1);
    fixture_reopen(fixture);
    child = 100;
    assert_refused(engine_act(fixture->engine, &act, bytes_str("{}"), open_a_child, &child), ERR_EXISTS, "before");
    cr_assert_eq(key_count(), before + 1);
    fixture_close(fixture);
    struct records records = inside_records(fixture);
    cr_assert_eq(records.items[records.count - 2].kind, RECORD_SIGNED);
    cr_assert_str_eq(records.items[records.count - 2].texts[0], "note");
    cr_assert_str_eq(records.items[records.count - 2].texts[1], "urn:signpost:demo:administrator:ann");
    cr_assert_eq(records.items[records.count - 1].kind, RECORD_CHANGES);
    inside_records_free(&records);
}

Test(engine, leaves_nothing_of_an_act_that_fails_half_way_so_that_it_can_be_repeated) {
    unsigned child = 99;
    struct act act = {.name = "note", .nonce = {1, 2, 3}, .signer_count = 0};
    uint64_t before = key_count();
    assert_refused(engine_act(fixture->engine, &act, bytes_str("{}"), open_and_refuse, &child), ERR_DENIED,
                   "after all");
    cr_assert_eq(key_count(), before);
    assert_ok(engine_act(fixture->engine, &act, bytes_str("{}"), open_a_child, &child));
}

Test(engine, refuses_an_act_that_is_too_long_to_record) {
    char text[RECORD_TEXT_MAX + 2];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    cr_assert_eq(engine_note_act(fixture->engine, "root", text), ERR_TOO_LARGE);
    engine_note_refusal(fixture->engine, text, text, ERR_DENIED); // cut off rather than lost
    text[RECORD_TEXT_MAX] = '\0';
    assert_ok(engine_note_act(fixture->engine, "root", text));
    fixture_close(fixture);
    struct records records = inside_records(fixture);
    cr_assert_eq(strlen(records.items[records.count - 2].texts[0]), RECORD_TEXT_MAX);
    inside_records_free(&records);
}

// ---- figures

Test(engine, tells_figures_while_it_runs) {
    struct engine_stats stats;
    struct token_set children[3] = {child_of(1, 0, 0), child_of(2, 0, 0), child_of(3, 0, 0)};
    assert_ok(engine_stats(fixture->engine, &stats));
    cr_assert_eq(stats.journal_records, 2);
    cr_assert_eq(stats.keys, SLOTS);
    cr_assert_eq(stats.entries, SLOTS);
    open_one(fixture->engine, "south", 1, child_of(1, 2, 3));
    open_one(fixture->engine, "west", 1, child_of(1, 0, 0));
    assert_ok(ask(fixture->engine, "north", children, 3).err);
    assert_ok(engine_stats(fixture->engine, &stats));
    cr_assert_eq(stats.journal_records, 5);
    cr_assert_lt(stats.journal_bytes, file_size(fixture_path(fixture, "journal/2026-11.seg")), "room counts");
    cr_assert_eq(stats.keys, SLOTS + 3);
    cr_assert_eq(stats.entries, SLOTS + 4);
    cr_assert_eq(stats.questions, 1);
    cr_assert_eq(stats.children, 3);
    cr_assert_eq(stats.changes, 2);
    cr_assert_eq(stats.map_size, (uint64_t)fixture->settings.map_size);
    cr_assert_gt(stats.map_used, 0);
    fixture_reopen(fixture);
    assert_ok(engine_stats(fixture->engine, &stats));
    cr_assert_eq(stats.journal_records, 5);
    cr_assert_eq(stats.entries, SLOTS + 4);
    cr_assert_eq(stats.questions, 0);
}

static int64_t last_fed(const char *agency) {
    int64_t day = -1;
    uint32_t moved = 0;
    assert_ok(engine_last_fed(fixture->engine, agency, &day, &moved));
    return day;
}

Test(engine, knows_the_day_on_which_an_agency_last_sent_a_change) {
    int64_t today = atomic_load(&fixture->now_ms) / 86400000;
    cr_assert_eq(last_fed("south"), 0);
    open_one(fixture->engine, "south", 1, child_of(1, 2, 3));
    cr_assert_eq(last_fed("south"), today);
    fixture_days_pass(fixture, 3);
    cr_assert_eq(ask_one(fixture->engine, "south", child_of(1, 2, 3)), ANSWER_NO);
    cr_assert_eq(last_fed("south"), today);
    struct change same = change_of(ACTION_OPEN, 1, child_of(1, 2, 3));
    cr_assert_eq(change_one(fixture->engine, "south", same), RESULT_UNCHANGED);
    cr_assert_eq(last_fed("south"), today + 3);
    cr_assert_eq(last_fed("north"), 0);
}

Test(engine, counts_no_change_at_all_as_a_feed_but_none_by_hand) {
    int64_t today = atomic_load(&fixture->now_ms) / 86400000;
    struct change change = change_of(ACTION_OPEN, 1, child_of(1, 2, 3));
    struct engine_actor jo = {.agency = "south", .person = "jo"};
    cr_assert_eq(submit_as(fixture->engine, &jo, &change, 1, false).err, OK);
    cr_assert_eq(last_fed("south"), 0, "a person's certificate is no feed");
    jo.claimed = true;
    cr_assert_eq(submit_as(fixture->engine, &jo, &change, 1, false).err, OK);
    cr_assert_eq(last_fed("south"), today, "the system named her");
    fixture_days_pass(fixture, 5);
    struct asked none = submit_changes(fixture->engine, "south", NULL, 0, false);
    cr_assert_eq(none.err, OK, "%s", none.detail);
    cr_assert_eq(none.reply.count, 0);
    cr_assert_eq(last_fed("south"), today + 5);
    cr_assert_eq(submit_changes(fixture->engine, "south", NULL, 0, true).err, ERR_INPUT, "about whom?");
    fixture_reopen(fixture);
    assert_ok(engine_scrub(fixture->engine, NULL));
    cr_assert_eq(last_fed("south"), today + 5);
}

Test(engine, derives_from_the_journal_alone_who_fed_it) {
    int64_t today = atomic_load(&fixture->now_ms) / 86400000;
    struct change change = change_of(ACTION_OPEN, 1, child_of(1, 2, 3));
    const struct engine_actor jo = {.agency = "east", .person = "jo"};
    cr_assert_eq(submit_as(fixture->engine, &jo, &change, 1, false).err, OK);
    cr_assert_eq(submit_changes(fixture->engine, "south", NULL, 0, false).err, OK);
    fixture_close(fixture);
    assert_ok(engine_rebuild(&fixture->settings, &fixture->descriptor));
    fixture_open(fixture);
    cr_assert_eq(last_fed("south"), today);
    cr_assert_eq(last_fed("east"), 0);
}

// ---- many at once

#define THREADS 8
#define ROUNDS 60

struct racer {
    pthread_barrier_t *start;
    char agency[8];
    enum answer answers[ROUNDS];
};

static void *race(void *ctx) {
    struct racer *racer = ctx;
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct change change = change_of(ACTION_OPEN, round + 1, child_of(round + 1, 0, 0));
        (void)pthread_barrier_wait(racer->start);
        struct asked asked = submit_changes(fixture->engine, racer->agency, &change, 1, true);
        cr_assert_eq(asked.err, OK, "%s", asked.detail);
        racer->answers[round] = asked.reply.answers.answers[0];
    }
    return NULL;
}

// Of all that open for one child at the same moment, one alone may hear "no": the first.
Test(engine, never_tells_two_that_open_at_the_same_moment_no) {
    pthread_t threads[THREADS];
    static struct racer racers[THREADS];
    pthread_barrier_t barrier;
    cr_assert_eq(pthread_barrier_init(&barrier, NULL, THREADS), 0);
    for (size_t i = 0; i < THREADS; i++) {
        racers[i].start = &barrier;
        (void)snprintf(racers[i].agency, sizeof racers[i].agency, "a%zu", i);
        cr_assert_eq(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    for (size_t round = 0; round < ROUNDS; round++) {
        size_t heard_no = 0;
        for (size_t i = 0; i < THREADS; i++) {
            heard_no += racers[i].answers[round] == ANSWER_NO ? 1 : 0;
        }
        cr_assert_eq(heard_no, 1, "round %zu: %zu heard no", round, heard_no);
    }
    (void)pthread_barrier_destroy(&barrier);
}

static void *watch(void *ctx) {
    const atomic_bool *over = ctx;
    while (!atomic_load(over)) {
        struct engine_stats stats;
        assert_ok(engine_stats(fixture->engine, &stats));
        (void)last_fed("a1");
        (void)engine_health(fixture->engine);
        engine_note_refusal(fixture->engine, "x", "y", ERR_DENIED);
    }
    return NULL;
}

Test(engine, may_be_watched_from_other_threads) {
    pthread_t thread;
    atomic_bool over = false;
    cr_assert_eq(pthread_create(&thread, NULL, watch, &over), 0);
    for (unsigned i = 1; i <= 200; i++) {
        open_one(fixture->engine, "a1", i, child_of(i, i, i));
    }
    atomic_store(&over, true);
    (void)pthread_join(thread, NULL);
}

static void count_done(struct operation *operation) {
    size_t *done = operation->ctx;
    cr_assert_eq(operation->err, OK);
    engine_release(operation);
    (*done)++; // on the sequencer's thread alone
}

Test(engine, decides_what_was_submitted_before_it_closes) {
    enum { MANY = 500 };
    static struct operation operations[MANY];
    struct token_set child = child_of(1, 2, 3);
    size_t done = 0;
    for (size_t i = 0; i < MANY; i++) {
        operations[i] =
            (struct operation){.kind = OPERATION_QUESTION,
                               .actor = {.agency = "north"},
                               .question = {.slots = SLOTS, .epochs = token_epoch(1), .count = 1, .children = &child},
                               .done = count_done,
                               .ctx = &done};
        engine_submit(fixture->engine, &operations[i]);
    }
    fixture_close(fixture);
    cr_assert_eq(done, MANY);
}

Test(engine, counts_the_refusals_that_come_too_fast) {
    for (size_t i = 0; i < 4 * QUEUE_REFUSALS_MAX; i++) {
        engine_note_refusal(fixture->engine, "urn:x", "/v1/questions", ERR_DENIED);
    }
    fixture_close(fixture);
    struct records records = inside_records(fixture);
    unsigned long long total = 0;
    for (size_t i = 0; i < records.count; i++) {
        unsigned long long more = 0;
        if (records.items[i].kind == RECORD_REFUSAL) {
            total += sscanf(records.items[i].texts[2], "%llu more refusals", &more) == 1 ? more : 1;
        }
    }
    cr_assert_eq(total, 4 * QUEUE_REFUSALS_MAX);
    inside_records_free(&records);
}

struct shown { // questions
    size_t count;
    uint64_t last;
};

static void see_question(void *ctx, const struct record *record) {
    struct shown *shown = ctx;
    if (record->kind == RECORD_QUESTION) {
        shown->count++;
        shown->last = record->seq;
    }
}

static struct shown show_week(uint64_t *out_today) {
    struct shown shown = {0};
    struct review_place place;
    const struct review review = {.record = see_question, .ctx = &shown};
    assert_ok(engine_week(fixture->engine, out_today, &place));
    assert_ok(engine_review(fixture->engine, &review, &place));
    return shown;
}

Test(engine, shows_the_week_before_today_from_the_beginning_of_its_month) {
    uint64_t today = 0;
    (void)ask_one(fixture->engine, "north", child_of(1, 0, 0)); // on 22 November
    fixture_days_pass(fixture, 12);
    (void)ask_one(fixture->engine, "north", child_of(1, 0, 0)); // on 4 December
    fixture_reopen(fixture);
    struct shown shown = show_week(&today);
    cr_assert_eq(shown.count, 2);
    cr_assert_eq(today, shown.last, "of the second alone");
    fixture_days_pass(fixture, 10);
    (void)ask_one(fixture->engine, "north", child_of(1, 0, 0));
    fixture_reopen(fixture);
    shown = show_week(&today);
    cr_assert_eq(shown.count, 2, "nothing of November");
    cr_assert_eq(today, shown.last);
}

struct broken_off {
    uint64_t next; // the record that must come
    atomic_bool stop;
};

static void see_one_and_stop(void *ctx, const struct record *record) {
    struct broken_off *broken_off = ctx;
    cr_expect_eq(record->seq, broken_off->next, "%llu", (unsigned long long)record->seq);
    broken_off->next = record->seq + 1;
    atomic_store(&broken_off->stop, true);
}

// Jobs put a batch of several records; a review that broke off within it goes on behind what it has shown.
static void put_three_acts(struct job *job, void *ctx) {
    (void)ctx;
    for (int i = 0; i < 3; i++) {
        struct record record = {.kind = RECORD_ACT, .texts = {"root", "act"}};
        job_put(job, &record);
    }
}

Test(engine, shows_no_record_twice_where_a_review_broke_off_within_a_batch) {
    struct broken_off broken_off = {.next = 1};
    struct review_place place = {0};
    struct merkle tree;
    const struct review review = {.record = see_one_and_stop, .ctx = &broken_off, .stop = &broken_off.stop};
    assert_ok(engine_run_job(fixture->engine, put_three_acts, NULL));
    engine_head(fixture->engine, &tree);
    cr_assert_geq(tree.size, 3);
    while (broken_off.next <= tree.size) {
        const uint64_t before = broken_off.next;
        atomic_store(&broken_off.stop, false);
        (void)engine_review(fixture->engine, &review, &place);
        cr_assert_eq(broken_off.next, before + 1);
    }
}

Test(engine, counts_the_alerts_that_it_wrote) {
    struct engine_stats stats;
    assert_ok(engine_note_alert(fixture->engine, "volume", "north:jo", "21 children in an hour, more than 20", 1));
    assert_ok(engine_stats(fixture->engine, &stats));
    cr_assert_eq(stats.alerts, 1);
}
