// SPDX-License-Identifier: Apache-2.0
#include "indexd/sequencer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/thread.h"
#include "indexd/apply.h"
#include "indexd/health.h"
#include "indexd/prepare.h"
#include "indexd/queue.h"
#include "indexd/slice.h"
#include "indexd/space.h"

#define BATCH_MAX_CHILDREN 16384
#define MEMOS_MAX 256                   // in one slice
#define ROWS_BESIDES 3                  // of a slice: the state, and what is remembered of an operation's agency
#define COMMIT_RECORDS 65536            // the most, in effect, that a start reads of the journal ...
#define COMMIT_BYTES (32 * 1024 * 1024) // ... likewise
#define COMMIT_ACCOUNTS 1000            // of which the counts are not in the store yet

// A reader whose process was killed - a backup's - keeps every page that changes set free until its place is freed.
#define READERS_EVERY_US 100000

struct sequencer {
    struct sequencer_setup setup;
    struct queue queue;
    pthread_t thread;
    struct health health;
    _Atomic uint64_t questions, children, changes, alerts;
    _Atomic bool damaged; // nothing is decided any more
    _Atomic uint64_t waiting;
    struct histogram commit_us, commit_children;
    // The thread's own.
    size_t batch_max;
    struct taken taken;
    bool behind;  // the store lacks records of the journal
    bool checked; // since the slice was begun: space
    err_t space;  // why changes are not taken, or OK, when it was last checked
    char space_detail[256];
    int64_t readers_checked_us;
    uint64_t committed_records, committed_bytes; // when the store last stated how far it is for the next start's sake
    struct work *works;                          // the slice in hand
    size_t work_count, work_children, work_rows;
    struct slice_room *room;
    char detail[512]; // of the operation that is handed back
};

err_t sequencer_health(struct sequencer *sequencer) {
    return health_get(&sequencer->health);
}

void sequencer_refuse(struct sequencer *sequencer, err_t err) {
    health_set(&sequencer->health, err);
    atomic_store(&sequencer->damaged, true);
}

// ---- handing back

// `err` with this thread's detail, or OK. The operation is its owner's again.
static void hand_back(struct sequencer *sequencer, struct operation *operation, err_t err) {
    atomic_fetch_sub_explicit(&sequencer->waiting, 1, memory_order_relaxed);
    sequencer->detail[0] = '\0';
    if (err != OK) {
        (void)snprintf(sequencer->detail, sizeof sequencer->detail, "%s", err_detail());
    }
    operation->err = err;
    operation->detail = sequencer->detail;
    operation->done(operation);
}

static void drop_first(struct sequencer *sequencer) {
    sequencer->taken.operations = sequencer->taken.operations->next;
}

static void count_done(struct sequencer *sequencer, const struct operation *operation) {
    bool question = operation->kind == OPERATION_QUESTION;
    size_t asked = question ? operation->answers.count : operation->reply.answers.count;
    if (asked > 0) {
        atomic_fetch_add(&sequencer->questions, 1);
        atomic_fetch_add(&sequencer->children, asked);
    }
    if (!question) {
        atomic_fetch_add(&sequencer->changes, operation->changes.count);
    }
}

// What the budgets refused was not decided, though its slice ended well. Whoever came to a cap is blocked by the next.
static err_t refused_by_budget(struct sequencer *sequencer, struct operation *operation) {
    const struct prepared *prepared = operation->prepared;
    const struct refusal *refusal = &prepared->refusal;
    if (prepared->refused == OK) {
        return OK;
    }
    if (refusal->block[0] != '\0') {
        queue_put_block(&sequencer->queue, refusal->block, refusal->why);
    }
    operation->retry_at_s = refusal->retry_at_s;
    return err_set(prepared->refused, "%s", refusal->detail);
}

static void end_work(struct sequencer *sequencer, const struct work *work, err_t err) {
    struct operation *operation = work->operation;
    if (work->memo != NULL) {
        queue_end_memo(&sequencer->queue, work->memo, err);
        return;
    }
    if (err == OK) {
        err = refused_by_budget(sequencer, operation);
    }
    if (err == OK && !work->last) {
        return; // the rest follows in another slice
    }
    if (operation == sequencer->taken.operations) {
        drop_first(sequencer); // failed before all of it was taken
    }
    if (err == OK) {
        count_done(sequencer, operation);
    }
    hand_back(sequencer, operation, err);
}

// ---- gathering

static struct work *add_work(struct sequencer *sequencer) {
    struct work *work = &sequencer->works[sequencer->work_count++];
    *work = (struct work){0};
    return work;
}

// False when the slice is full: a job has one to itself.
static bool gather_memos(struct sequencer *sequencer) {
    for (size_t i = 0; i < MEMOS_MAX && sequencer->taken.memos != NULL; i++) {
        struct memo *memo = sequencer->taken.memos;
        if (memo->job != NULL && i > 0) {
            return false;
        }
        sequencer->taken.memos = memo->next;
        add_work(sequencer)->memo = memo;
        if (memo->job != NULL) {
            return false;
        }
    }
    return true;
}

static bool gather_question(struct sequencer *sequencer, struct operation *operation) {
    size_t count = operation->question.count;
    if (sequencer->work_children > 0 && sequencer->work_children + count > sequencer->batch_max) {
        return false;
    }
    struct work *work = add_work(sequencer);
    *work = (struct work){.operation = operation, .count = count, .last = true};
    sequencer->work_children += count;
    drop_first(sequencer);
    return true;
}

// As many of the operation's changes as fit. An operation without any is whole at once.
static bool gather_changes(struct sequencer *sequencer, struct operation *operation) {
    struct prepared *prepared = operation->prepared;
    size_t first = prepared->next;
    size_t rows = sequencer->work_rows + ROWS_BESIDES;
    while (prepared->next < prepared->count && rows + slice_rows(operation, prepared->next) <= STORE_ROWS_MAX) {
        rows += slice_rows(operation, prepared->next++);
    }
    size_t count = prepared->next - first;
    if (count == 0 && prepared->count > 0) {
        return false;
    }
    bool last = prepared->next == prepared->count;
    struct work *work = add_work(sequencer);
    *work = (struct work){.operation = operation, .first = first, .count = count, .last = last};
    sequencer->work_rows = rows;
    sequencer->work_children += count;
    if (last) {
        drop_first(sequencer);
    }
    return last;
}

// Once for each slice that has changes.
static err_t check_space(struct sequencer *sequencer) {
    if (!sequencer->checked) {
        sequencer->checked = true;
        sequencer->space = space_check(sequencer->setup.store, sequencer->setup.journal);
        (void)snprintf(sequencer->space_detail, sizeof sequencer->space_detail, "%s", err_detail());
        if (sequencer->space != OK) {
            health_set(&sequencer->health, sequencer->space);
        }
    }
    return sequencer->space == OK ? OK : err_set(sequencer->space, "%s", sequencer->space_detail);
}

// The next operation cannot be taken into any slice.
static void refuse_first(struct sequencer *sequencer, err_t err) {
    struct operation *operation = sequencer->taken.operations;
    drop_first(sequencer);
    hand_back(sequencer, operation, err);
}

// False when the slice is full.
static bool gather_first(struct sequencer *sequencer) {
    struct operation *operation = sequencer->taken.operations;
    if (sequencer->work_children >= sequencer->batch_max) {
        return false;
    }
    if (operation->err != OK) { // could not be prepared, and says why
        const char *why = operation->prepared;
        refuse_first(sequencer, err_set(operation->err, "%s", why == NULL ? "out of memory" : why));
        return true;
    }
    if (operation->kind == OPERATION_QUESTION) {
        return gather_question(sequencer, operation);
    }
    err_t err = check_space(sequencer);
    if (err != OK) {
        refuse_first(sequencer, err);
        return true;
    }
    return gather_changes(sequencer, operation);
}

static void gather(struct sequencer *sequencer) {
    sequencer->work_count = 0;
    sequencer->work_children = 0;
    sequencer->work_rows = 0;
    sequencer->checked = false;
    bool room = gather_memos(sequencer);
    if (sequencer->space != OK) { // health is to turn again, even if nobody asks for a change
        err_t ignored = check_space(sequencer);
        (void)ignored;
    }
    while (room && sequencer->taken.operations != NULL && gather_first(sequencer)) {
    }
}

// ---- running

static err_t catch_up(struct sequencer *sequencer) {
    if (atomic_load(&sequencer->damaged)) {
        err_t err = err_set(ERR_CORRUPT, "rows of the store are lost or cannot be reached");
        health_set(&sequencer->health, err); // a slice that was in hand may have set it to OK
        return err;
    }
    if (!sequencer->behind) {
        return OK;
    }
    err_t err = store_reopen(sequencer->setup.store);
    if (err == OK) {
        err = apply_journal(sequencer->setup.store, sequencer->setup.journal);
    }
    if (err != OK) {
        err = err_prefix(ERR_UNAVAILABLE, "the store is behind its journal");
        health_set(&sequencer->health, err);
        return err;
    }
    sequencer->behind = false;
    return OK;
}

enum ends { ENDS_OPERATIONS = 1, ENDS_MEMOS = 2, ENDS_ALL = 3 };

static void end_works(struct sequencer *sequencer, const struct work *works, size_t count, enum ends ends, err_t err) {
    char detail[512];
    (void)snprintf(detail, sizeof detail, "%s", err == OK ? "" : err_detail());
    for (size_t i = 0; i < count; i++) {
        if ((ends & (works[i].memo == NULL ? ENDS_OPERATIONS : ENDS_MEMOS)) != 0) {
            // Handing one back may leave another detail behind.
            end_work(sequencer, &works[i], err == OK ? OK : err_set(err, "%s", detail));
        }
    }
}

static uint64_t children_of(const struct work *works, size_t count) {
    uint64_t children = 0;
    for (size_t i = 0; i < count; i++) {
        children += works[i].count;
    }
    return children;
}

static bool commit_is_due(const struct sequencer *sequencer) {
    const struct sequencer_setup *setup = &sequencer->setup;
    return journal_count(setup->journal) >= sequencer->committed_records + COMMIT_RECORDS ||
           journal_bytes(setup->journal) >= sequencer->committed_bytes + COMMIT_BYTES ||
           budget_unsaved(setup->budget) >= COMMIT_ACCOUNTS;
}

static struct slice_context context_now(struct sequencer *sequencer) {
    const struct sequencer_setup *setup = &sequencer->setup;
    return (struct slice_context){.store = setup->store,
                                  .journal = setup->journal,
                                  .descriptor = setup->descriptor,
                                  .store_id = setup->store_id,
                                  .lapse_days = setup->lapse_days,
                                  .budget = setup->budget,
                                  .now_ms = clock_now_ms(setup->clock),
                                  .commit_us = &sequencer->commit_us,
                                  .commit = commit_is_due(sequencer)};
}

// What the journal holds now stands: where the store did not take it, it catches up at once, or before anything else is
// decided.
static err_t commit(struct sequencer *sequencer, const struct slice_context *context) {
    err_t err = slice_commit(context, sequencer->room);
    if (err == OK && context->commit) {
        sequencer->committed_records = journal_count(context->journal);
        sequencer->committed_bytes = journal_bytes(context->journal);
    }
    if (err != OK) {
        log_err(err, "the store did not commit what the journal holds");
        sequencer->behind = true;
        err = catch_up(sequencer);
    }
    return err;
}

// Whoever waits for an operation is told as soon as it is on disk; whoever did administrative work, when it is
// committed.
static void end_done(struct sequencer *sequencer, const struct slice_context *context, const struct work *works,
                     size_t count) {
    histogram_add(&sequencer->commit_children, &histogram_size, children_of(works, count));
    if (sequencer->space == OK) {
        health_set(&sequencer->health, OK);
    }
    end_works(sequencer, works, count, ENDS_OPERATIONS, OK);
    err_t err = commit(sequencer, context);
    end_works(sequencer, works, count, ENDS_MEMOS, err);
    journal_make_room(sequencer->setup.journal);
    for (size_t i = 0; i < sequencer->room->touched_count; i++) {
        queue_put_touch(&sequencer->queue, &sequencer->room->touched[i]);
    }
}

static void end_failed(struct sequencer *sequencer, const struct work *works, size_t count, enum slice_end end,
                       err_t err) {
    if (end == SLICE_UNDONE) {
        log_err(err, "an operation could not be decided");
    } else {
        health_set(&sequencer->health, err);
    }
    end_works(sequencer, works, count, ENDS_ALL, err);
}

// False when it could not be decided as a whole: nothing has ended then.
static bool run_slice(struct sequencer *sequencer, const struct work *works, size_t count) {
    const struct slice_context context = context_now(sequencer);
    err_t err = catch_up(sequencer);
    enum slice_end end = err == OK ? slice_run(&context, sequencer->room, works, count, &err) : SLICE_REFUSED;
    if (end == SLICE_UNDONE && count > 1) {
        return false;
    }
    if (end == SLICE_DONE) {
        end_done(sequencer, &context, works, count);
    } else {
        end_failed(sequencer, works, count, end, err);
    }
    return true;
}

static void run(struct sequencer *sequencer) {
    if (run_slice(sequencer, sequencer->works, sequencer->work_count)) {
        return;
    }
    for (size_t i = 0; i < sequencer->work_count; i++) { // one that cannot be decided must not fail its neighbours
        (void)run_slice(sequencer, &sequencer->works[i], 1);
    }
}

// States how far the store is, so that the next start need not doubt the journal's last records.
static void mark_end(struct sequencer *sequencer) {
    struct store_txn *txn = NULL;
    if (catch_up(sequencer) != OK) {
        return;
    }
    err_t err = store_begin(sequencer->setup.store, true, &txn);
    if (err == OK) {
        journal_discard(sequencer->setup.journal);
        budget_save(sequencer->setup.budget, txn);
        store_put_applied(txn, journal_tree(sequencer->setup.journal), journal_batch(sequencer->setup.journal));
        err = store_end(txn, true);
    }
    if (err != OK) {
        log_err(err, "the store was not marked as complete; the next start replays the journal");
    }
}

static void check_readers(struct sequencer *sequencer) {
    const int64_t now_us = clock_monotonic_us();
    if (now_us - sequencer->readers_checked_us >= READERS_EVERY_US) {
        sequencer->readers_checked_us = now_us;
        store_check_readers(sequencer->setup.store);
    }
}

static void *sequencer_main(void *ctx) {
    struct sequencer *sequencer = ctx;
    while (queue_take(&sequencer->queue, &sequencer->taken)) {
        while (sequencer->taken.operations != NULL || sequencer->taken.memos != NULL) {
            gather(sequencer);
            if (sequencer->work_count > 0) {
                run(sequencer);
            }
            check_readers(sequencer);
        }
    }
    mark_end(sequencer);
    return NULL;
}

// ---- the outside

static void sequencer_free(struct sequencer *sequencer) {
    health_destroy(&sequencer->health);
    queue_destroy(&sequencer->queue);
    if (sequencer->room != NULL) {
        buf_free(&sequencer->room->bytes);
    }
    free(sequencer->room);
    free(sequencer->works);
    free(sequencer);
}

err_t sequencer_start(const struct sequencer_setup *setup, struct sequencer **out) {
    struct sequencer *sequencer = calloc(1, sizeof *sequencer);
    if (sequencer == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    sequencer->setup = *setup;
    sequencer->batch_max = (size_t)(setup->batch_max < 1                    ? 1
                                    : setup->batch_max > BATCH_MAX_CHILDREN ? BATCH_MAX_CHILDREN
                                                                            : setup->batch_max);
    queue_init(&sequencer->queue);
    health_init(&sequencer->health);
    sequencer->works = calloc(sequencer->batch_max + MEMOS_MAX, sizeof sequencer->works[0]);
    sequencer->room = calloc(1, sizeof *sequencer->room);
    err_t err = sequencer->works == NULL || sequencer->room == NULL
                    ? err_set(ERR_MEMORY, "out of memory")
                    : thread_start("sequencer", sequencer_main, sequencer, &sequencer->thread);
    if (err != OK) {
        sequencer_free(sequencer);
        return err;
    }
    *out = sequencer;
    return OK;
}

void sequencer_stop(struct sequencer *sequencer) {
    if (sequencer == NULL) {
        return;
    }
    queue_stop(&sequencer->queue);
    (void)pthread_join(sequencer->thread, NULL);
    sequencer_free(sequencer);
}

void sequencer_submit(struct sequencer *sequencer, struct operation *operation) {
    atomic_fetch_add_explicit(&sequencer->waiting, 1, memory_order_relaxed);
    queue_put(&sequencer->queue, operation);
}

void sequencer_note_refusal(struct sequencer *sequencer, const char *identity, const char *route, err_t reason) {
    queue_put_refusal(&sequencer->queue, identity, route, reason);
}

err_t sequencer_note_act(struct sequencer *sequencer, const char *who, const char *act) {
    return queue_put_act(&sequencer->queue, who, act);
}

err_t sequencer_note_alert(struct sequencer *sequencer, const char *rule, const char *account, const char *found,
                           uint64_t cause) {
    err_t err = queue_put_alert(&sequencer->queue, rule, account, found, cause);
    atomic_fetch_add(&sequencer->alerts, err == OK ? 1 : 0);
    return err;
}

err_t sequencer_run_job(struct sequencer *sequencer, job_run job, void *ctx) {
    return queue_put_job(&sequencer->queue, job, ctx);
}

void sequencer_count(struct sequencer *sequencer, struct engine_stats *out) {
    out->questions = atomic_load(&sequencer->questions);
    out->alerts = atomic_load(&sequencer->alerts);
    out->children = atomic_load(&sequencer->children);
    out->changes = atomic_load(&sequencer->changes);
}

void sequencer_load(struct sequencer *sequencer, struct engine_load *out) {
    out->waiting = atomic_load(&sequencer->waiting);
    out->commit_us = (struct histogram_figures){.scale = &histogram_latency};
    out->commit_children = (struct histogram_figures){.scale = &histogram_size};
    histogram_read(&sequencer->commit_us, &out->commit_us);
    histogram_read(&sequencer->commit_children, &out->commit_children);
}
