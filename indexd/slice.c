// SPDX-License-Identifier: Apache-2.0
#include "indexd/slice.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "indexd/apply.h"
#include "indexd/job.h"
#include "indexd/prepare.h"

struct run {
    const struct slice_context *context;
    struct slice_room *room;
    struct rules rules;
    struct store_txn *txn;
};

static size_t given(const struct prepared_tokens *tokens) {
    size_t count = 0;
    for (size_t slot = 0; slot < MAX_TOKENS; slot++) {
        count += tokens->given[slot] ? 1 : 0;
    }
    return count;
}

size_t slice_rows(const struct operation *operation, size_t i) {
    const struct prepared *prepared = operation->prepared;
    return given(&prepared->items[i].tokens) + given(&prepared->items[i].old_tokens);
}

static void stage(struct run *run, const struct record *record) {
    if (store_error(run->txn) != OK) {
        return;
    }
    buf_reset(&run->room->bytes);
    err_t err = record_encode(record, &run->room->bytes);
    if (err == OK) {
        err = journal_stage(run->context->journal, buf_bytes(&run->room->bytes));
    }
    store_fail(run->txn, err);
}

static void note_touch(struct run *run, const struct record *record, size_t item, const struct record_touch *touch) {
    struct slice_room *room = run->room;
    if (touch->touched && room->touched_count == SLICE_TOUCHES_MAX) {
        log_line(LOG_ERROR, "alert lost among too many: record %llu touched a shield", (unsigned long long)record->seq);
    } else if (touch->touched) {
        room->touched[room->touched_count++] = (struct touched){*touch, record->seq, (uint16_t)item};
    }
}

static struct record *new_record(struct run *run, enum record_kind kind) {
    struct record *record = &run->room->record;
    *record =
        (struct record){.kind = kind, .seq = journal_next(run->context->journal), .time_ms = run->context->now_ms};
    return record;
}

static struct record *new_decision(struct run *run, enum record_kind kind, const struct operation *operation) {
    struct record *record = new_record(run, kind);
    memcpy(record->agency, operation->actor.agency, sizeof record->agency);
    memcpy(record->person, operation->actor.person, sizeof record->person);
    record->claimed = operation->actor.claimed;
    return record;
}

// Whether the question may be asked. Who may not gets no answer, and none of the changes that it came with.
static bool may_ask(struct run *run, struct operation *operation, enum purpose purpose) {
    struct prepared *prepared = operation->prepared;
    prepared->refused = budget_ask(run->context->budget, &operation->actor, purpose, prepared->charged,
                                   &prepared->reserve, &prepared->refusal);
    if (prepared->refused != OK && prepared->refused != ERR_BUDGET) {
        store_fail(run->txn, prepared->refused);
        prepared->refused = OK;
        return false;
    }
    return prepared->refused == OK;
}

static void charge(struct run *run, const struct operation *operation, struct record *record) {
    const struct prepared *prepared = operation->prepared;
    struct question_cost cost = {.children = (uint32_t)prepared->charged, .reserve = prepared->reserve};
    for (size_t i = 0; i < prepared->count; i++) {
        if (!prepared->items[i].canary) {
            cost.no += record->children[i].answer == ANSWER_NO ? 1 : 0;
            cost.unregistered += record->children[i].own ? 0 : 1;
        }
    }
    record->units = cost.children;
    record->unregistered = (uint16_t)cost.unregistered;
    record->reserve = cost.reserve;
    store_fail(run->txn, budget_charge(run->context->budget, operation->actor.agency, operation->actor.person, &cost));
}

// In the batch of the question itself: the use of the reserve is never without its alert.
static void alert_reserve(struct run *run, const struct operation *operation, const struct answers *answers,
                          uint64_t question) {
    const struct prepared *prepared = operation->prepared;
    if (!prepared->reserve || prepared->charged == 0) {
        return;
    }
    struct record *record = new_record(run, RECORD_ALERT);
    record->cause = question;
    (void)snprintf(record->texts[0], sizeof record->texts[0], "section-47-reserve");
    account_name(operation->actor.agency, operation->actor.person, record->texts[1]);
    (void)snprintf(record->texts[2], sizeof record->texts[2],
                   "asked about %zu children beyond the limits, reference %s", prepared->charged, answers->reference);
    stage(run, record);
}

// The question of a question, and the one that comes with changes.
static void answer(struct run *run, const struct operation *operation, enum purpose purpose, struct answers *out) {
    const struct prepared *prepared = operation->prepared;
    struct record *record = new_decision(run, RECORD_QUESTION, operation);
    record->has_purpose = true;
    record->purpose = purpose;
    memcpy(record->reference, out->reference, sizeof record->reference);
    record->count = prepared->count;
    record->children = run->room->children;
    decide_question(run->txn, &run->rules, prepared, run->room->children);
    charge(run, operation, record);
    stage(run, record);
    out->answered_at = run->context->now_ms / 1000;
    out->count = prepared->count;
    for (size_t i = 0; i < prepared->count; i++) {
        out->answers[i] = run->room->children[i].answer;
        note_touch(run, record, i, &run->room->children[i].touch);
    }
    alert_reserve(run, operation, out, record->seq);
}

static void run_question(struct run *run, const struct work *work) {
    struct answers *answers = &work->operation->answers;
    if (!may_ask(run, work->operation, work->operation->question.purpose)) {
        return;
    }
    reference_new(answers->reference);
    memcpy(answers->store_id, run->context->store_id, sizeof answers->store_id);
    answer(run, work->operation, work->operation->question.purpose, answers);
}

// All that went before is registered by now: the agency says so with its last changes, or with none.
static void note_moved(struct run *run, const struct operation *operation) {
    struct record *record = new_record(run, RECORD_MOVED);
    memcpy(record->agency, operation->actor.agency, sizeof record->agency);
    record->epoch = operation->changes.epochs.numbers[0];
    if (store_error(run->txn) == OK) {
        apply_record(run->txn, record);
    }
    stage(run, record);
}

static void run_changes(struct run *run, const struct work *work) {
    struct operation *operation = work->operation;
    const struct prepared *prepared = operation->prepared;
    const struct involvement_request *request = &operation->changes;
    struct involvement_reply *reply = &operation->reply;
    struct record_change *changes = run->room->changes;
    if (work->first == 0 && request->ask && !may_ask(run, operation, request->purpose)) {
        return;
    }
    for (size_t i = 0; i < work->count; i++) {
        size_t at = work->first + i;
        decide_change(run->txn, &run->rules, &request->changes[at], &prepared->items[at], &changes[i]);
        apply_change(run->txn, &changes[i]);
        reply->results[at] = changes[i].result;
    }
    if (work->first == 0) {
        reply->count = request->count;
        memcpy(reply->answers.store_id, run->context->store_id, sizeof reply->answers.store_id);
        reply->answers.count = 0;
        if (request->ask) {
            reference_new(reply->answers.reference);
        }
    }
    struct record *record = new_decision(run, RECORD_CHANGES, operation);
    if (request->ask) {
        record->has_purpose = true;
        record->purpose = request->purpose;
        memcpy(record->reference, reply->answers.reference, sizeof record->reference);
    }
    record->count = work->count;
    record->changes = changes;
    apply_fed(run->txn, record);
    stage(run, record);
    for (size_t i = 0; i < work->count; i++) {
        note_touch(run, record, i, &changes[i].touch);
    }
    if (work->last && request->moved) {
        note_moved(run, operation);
    }
    if (work->last && request->ask) {
        answer(run, operation, request->purpose, &reply->answers);
    }
}

static const char *const touch_words[] = {
    [TOUCH_QUESTION] = "a question about a shielded child",
    [TOUCH_RECORD] = "a record with a shielded number was fed, and is hidden",
    [TOUCH_NAMES] = "a record that shares names alone with a shielded child was fed",
};

// Which shields they were is looked up now, where nobody waits. A shield that was lifted since is not named any more.
static void run_touch(struct run *run, const struct touched *touched) {
    uint64_t numbers[4];
    const struct record_touch *touch = &touched->touch;
    size_t count = store_shields_of(run->txn, touch->kind, touch->tag, numbers, sizeof numbers / sizeof numbers[0]);
    for (size_t i = 0; i < count; i++) {
        struct record *record = new_record(run, RECORD_TOUCH);
        record->number = numbers[i];
        record->touch = touch->what;
        record->touching = touched->record;
        record->item = touched->item;
        stage(run, record);
        log_line(LOG_NOTICE, "alert: shield %llu: %s: record %llu", (unsigned long long)numbers[i],
                 touch_words[touch->what], (unsigned long long)touched->record);
    }
}

// What is no decision of an operation: staged and applied.
static void put(struct run *run, struct record *record) {
    stage(run, record);
    if (store_error(run->txn) == OK) {
        apply_record(run->txn, record);
    }
    if (store_error(run->txn) == OK && record->kind == RECORD_BLOCK) {
        store_fail(run->txn, budget_put_block(run->context->budget, record));
    }
}

static void run_memo(struct run *run, const struct memo *memo) {
    if (memo->kind == RECORD_TOUCH) {
        run_touch(run, &memo->touched);
        return;
    }
    struct record *record = new_record(run, memo->kind);
    memcpy(record->texts, memo->texts, sizeof record->texts);
    record->cause = memo->cause;
    put(run, record);
}

uint64_t job_next(const struct job *job) {
    const struct run *run = job->slice;
    return journal_next(run->context->journal);
}

void job_put(struct job *job, struct record *record) {
    struct run *run = job->slice;
    record->seq = journal_next(run->context->journal);
    record->time_ms = run->context->now_ms;
    put(run, record);
}

static void run_job(struct run *run, const struct memo *memo) {
    struct job job = {.txn = run->txn,
                      .rules = &run->rules,
                      .descriptor = run->context->descriptor,
                      .now_ms = run->context->now_ms,
                      .slice = run};
    memo->job(&job, memo->job_ctx);
}

static bool is_change(const struct work *work) {
    return work->memo == NULL ? work->operation->kind == OPERATION_CHANGES
                              : work->memo->job != NULL || work->memo->kind == RECORD_BLOCK;
}

static void run_work(struct run *run, const struct work *work) {
    if (work->memo != NULL && work->memo->job != NULL) {
        run_job(run, work->memo);
    } else if (work->memo != NULL) {
        run_memo(run, work->memo);
    } else if (is_change(work)) {
        run_changes(run, work);
    } else {
        run_question(run, work);
    }
}

// Decides everything into the transaction and the journal's batch.
static err_t decide_all(struct run *run, const struct work *works, size_t count, bool write) {
    for (size_t i = 0; i < count && store_error(run->txn) == OK; i++) {
        run_work(run, &works[i]);
    }
    if (journal_next(run->context->journal) > journal_count(run->context->journal) + 1) {
        budget_note_batch(run->context->budget, journal_batch(run->context->journal));
    }
    if (write) {
        // Before the journal is written: after it, a full map would leave the store behind.
        budget_save(run->context->budget, run->txn);
        store_put_applied(run->txn, journal_tree(run->context->journal), journal_batch(run->context->journal));
    }
    return store_error(run->txn);
}

static enum slice_end finish(struct run *run, bool write, err_t *out_err) {
    run->room->flushed_us = clock_monotonic_us();
    *out_err = journal_flush(run->context->journal);
    if (*out_err != OK) {
        budget_rollback(run->context->budget);
        store_abort(run->txn);
        return SLICE_REFUSED;
    }
    budget_commit(run->context->budget); // it is on disk, whatever becomes of the store
    if (write) {
        store_promise(run->txn);
        run->room->txn = run->txn;
    } else {
        store_abort(run->txn);
    }
    return SLICE_DONE;
}

err_t slice_commit(const struct slice_context *context, struct slice_room *room) {
    err_t err = OK;
    if (room->txn != NULL) {
        err = store_end(room->txn, true);
        room->txn = NULL;
        if (err == OK) {
            budget_saved(context->budget);
        }
    }
    histogram_add(context->commit_us, &histogram_latency, (uint64_t)(clock_monotonic_us() - room->flushed_us));
    return err;
}

enum slice_end slice_run(const struct slice_context *context, struct slice_room *room, const struct work *works,
                         size_t count, err_t *out_err) {
    struct run run = {.context = context, .room = room};
    room->touched_count = 0;
    bool write = context->commit;
    for (size_t i = 0; i < count; i++) {
        write = write || is_change(&works[i]);
    }
    rules_at(&run.rules, context->descriptor, context->lapse_days, context->now_ms);
    *out_err = journal_begin(context->journal, context->now_ms);
    if (*out_err != OK) {
        return SLICE_REFUSED;
    }
    budget_begin(context->budget, context->now_ms);
    *out_err = store_begin(context->store, write, &run.txn);
    if (*out_err != OK) {
        return SLICE_UNDONE;
    }
    *out_err = decide_all(&run, works, count, write);
    if (*out_err != OK) {
        *out_err = store_end(run.txn, false);
        journal_discard(context->journal);
        budget_rollback(context->budget);
        return SLICE_UNDONE;
    }
    return finish(&run, write, out_err);
}
