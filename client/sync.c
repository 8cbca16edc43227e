// SPDX-License-Identifier: Apache-2.0
#include "client/sync.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "client/questions.h"
#include "client/record_tokens.h"
#include "client/sync_send.h"
#include "client/sync_work.h"

#define CHUNK 2048 // orders that are derived and written together: enough to keep all threads and holders at work

struct run {
    struct session *session;
    const struct sync_terms *terms;
    struct sync_state *state;
    struct sync_sender sender;
    struct sync_report *report;
};

struct chunk {
    struct sync_work *works;
    size_t count;
};

static err_t no_memory(size_t count) {
    return err_set(ERR_MEMORY, "no memory for %zu children", count);
}

// ---- tokens

// The children of a chunk whose tokens must be derived, side by side.
struct wanted {
    struct caseload_child *children; // borrowed copies
    size_t count, records;
    struct token_set *tokens;
};

static void wanted_free(struct wanted *wanted) {
    if (wanted->tokens != NULL) {
        secret_wipe(wanted->tokens, wanted->records * sizeof *wanted->tokens);
    }
    free(wanted->tokens);
    free(wanted->children);
}

static err_t wanted_find(const struct run *run, struct chunk *chunk, struct wanted *out) {
    out->children = calloc(chunk->count + 1, sizeof *out->children);
    if (out->children == NULL) {
        return no_memory(chunk->count);
    }
    for (size_t i = 0; i < chunk->count; i++) {
        err_t err = sync_work_look(run->terms, &chunk->works[i]);
        if (err != OK) {
            return err;
        }
        if (chunk->works[i].waits) {
            out->children[out->count++] = *chunk->works[i].order->child;
        }
    }
    out->records = record_count(out->children, out->count);
    out->tokens = calloc(out->records + 1, sizeof *out->tokens);
    return out->tokens == NULL ? no_memory(chunk->count) : OK;
}

// Without tokens those that wait for them are left waiting.
static err_t aim_all(const struct run *run, struct chunk *chunk, const struct token_set *tokens) {
    err_t err = OK;
    for (size_t i = 0; err == OK && i < chunk->count; i++) {
        struct sync_work *work = &chunk->works[i];
        if (!work->waits) {
            err = sync_work_aim(run->terms, work, NULL);
        } else if (tokens != NULL) {
            err = sync_work_aim(run->terms, work, tokens);
            tokens += work->order->child->record_count;
        }
    }
    return err;
}

// Too few key holders hold up what is new or changed, and nothing else: after the first failure none is asked again.
static err_t derive_all(struct run *run, struct chunk *chunk, struct progress progress) {
    struct wanted wanted = {0};
    err_t err = wanted_find(run, chunk, &wanted);
    if (err == OK && wanted.count > 0 && run->report->failure.cause == CAUSE_NONE) {
        err_t asked = record_tokens(run->session, wanted.children, wanted.count, progress, wanted.tokens);
        if (asked != OK) {
            outcome_of_holders(asked, run->session->derive, &run->report->failure);
        }
        session_lay_out(run->session, wanted.tokens, wanted.records);
    }
    if (err == OK) {
        err = aim_all(run, chunk, run->report->failure.cause == CAUSE_NONE ? wanted.tokens : NULL);
    }
    wanted_free(&wanted);
    return err;
}

// ---- the state

static err_t put_records(struct run *run, const struct sync_record *records, size_t count) {
    const struct sync_record **list = calloc(count + 1, sizeof(struct sync_record *));
    if (list == NULL) {
        return no_memory(count);
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = &records[i];
    }
    err_t err = count > 0 ? sync_state_put(run->state, list, count) : OK;
    free((void *)list);
    return err;
}

static err_t write_intents(struct run *run, const struct chunk *chunk) {
    struct sync_record *intents = calloc(chunk->count + 1, sizeof *intents);
    if (intents == NULL) {
        return no_memory(chunk->count);
    }
    size_t count = 0;
    err_t err = OK;
    for (size_t i = 0; err == OK && i < chunk->count; i++) {
        if (!chunk->works[i].waits && sync_work_needs_intent(&chunk->works[i])) {
            err = sync_work_intent(&chunk->works[i], &intents[count]);
            count += err == OK ? 1 : 0;
        }
    }
    if (err == OK) {
        err = put_records(run, intents, count);
    }
    for (size_t i = 0; i < count; i++) {
        sync_record_free(&intents[i]);
    }
    free(intents);
    return err;
}

static err_t write_done(struct run *run, const struct chunk *chunk) {
    struct sync_record *records = calloc(chunk->count + 1, sizeof *records);
    if (records == NULL) {
        return no_memory(chunk->count);
    }
    size_t count = 0;
    for (size_t i = 0; i < chunk->count; i++) {
        if (chunk->works[i].done) {
            records[count++] = chunk->works[i].after; // borrowed
        }
    }
    err_t err = put_records(run, records, count);
    free(records);
    return err;
}

// ---- a chunk

// Those that the index turned out to have lost go once more, as new.
static bool send_round(struct run *run, struct chunk *chunk, bool again, struct sync_work **works) {
    size_t count = 0;
    for (size_t i = 0; i < chunk->count; i++) {
        struct sync_work *work = &chunk->works[i];
        if (work->verdict == SYNC_FORGET) {
            work->done = true;
        } else if (!work->waits && work->again == again) {
            works[count++] = work;
        }
    }
    return sync_send(&run->sender, works, count);
}

static bool send_all(struct run *run, struct chunk *chunk, err_t *out_err) {
    struct sync_work **works = calloc(chunk->count + 1, sizeof(struct sync_work *));
    if (works == NULL) {
        *out_err = no_memory(chunk->count);
        return false;
    }
    bool sent = send_round(run, chunk, false, works) && send_round(run, chunk, true, works);
    free((void *)works);
    return sent;
}

static err_t add_refusal(struct sync_report *report, const struct sync_work *work) {
    const struct caseload_child *child = work->order->child;
    if (work->refusal == NULL) {
        return OK;
    }
    struct sync_refusal *refusals = reallocarray(report->refusals, report->refusal_count + 1, sizeof *refusals);
    if (refusals == NULL) {
        return no_memory(1);
    }
    report->refusals = refusals;
    struct sync_refusal *refusal = &refusals[report->refusal_count++];
    *refusal = (struct sync_refusal){.line = child == NULL ? 0 : child->records[0].line,
                                     .ref = strdup(child == NULL ? "" : child->ref),
                                     .reason = strdup(work->refusal)};
    return refusal->ref == NULL || refusal->reason == NULL ? no_memory(1) : OK;
}

static err_t count_up(struct run *run, const struct chunk *chunk) {
    err_t err = OK;
    for (size_t i = 0; err == OK && i < chunk->count; i++) {
        const struct sync_work *work = &chunk->works[i];
        if (work->done) {
            run->report->verdicts[work->verdict]++;
            run->report->not_done--;
        }
        err = add_refusal(run->report, work);
    }
    return err;
}

static err_t begin_all(struct run *run, const struct sync_order *orders, struct chunk *chunk) {
    err_t err = OK;
    for (size_t i = 0; err == OK && i < chunk->count; i++) {
        err = sync_work_begin(run->terms, &orders[i], run->state, &chunk->works[i]);
    }
    return err;
}

// Sets *out_on to whether the index takes more. What was done is on the disk in any case.
static err_t run_chunk(struct run *run, const struct sync_order *orders, struct chunk *chunk, struct progress progress,
                       bool *out_on) {
    err_t err = begin_all(run, orders, chunk);
    if (err == OK) {
        err = derive_all(run, chunk, progress);
    }
    if (err == OK) {
        err = write_intents(run, chunk);
    }
    if (err != OK) {
        return err;
    }
    err_t sending = OK;
    *out_on = send_all(run, chunk, &sending);
    err = write_done(run, chunk);
    if (err == OK) {
        err = count_up(run, chunk);
    }
    return err == OK ? sending : err;
}

struct moving {
    const struct sync_terms *terms;
    size_t left; // records without the tokens of an epoch
};

static err_t look_for_left(void *ctx, const struct sync_record *record) {
    struct moving *moving = ctx;
    bool moved = sync_record_has_all(record, &moving->terms->epochs, moving->terms->descriptor->slot_count);
    moving->left += record->count > 0 && !moved ? 1 : 0;
    return OK;
}

// While the scheme's key is being exchanged: whether all that the state has is registered under both.
static err_t has_moved(struct run *run, bool *out) {
    struct moving moving = {.terms = run->terms};
    if (run->terms->epochs.count < 2) {
        return OK;
    }
    err_t err = sync_state_walk(run->state, look_for_left, &moving);
    run->report->unmoved = moving.left;
    *out = err == OK && moving.left == 0 && run->report->not_done == 0;
    return err;
}

static err_t run_orders(struct run *run, const struct sync_plan *plan, struct progress progress) {
    struct chunk chunk = {.works = calloc(CHUNK, sizeof *chunk.works)};
    err_t err = chunk.works == NULL ? no_memory(CHUNK) : OK;
    bool on = true;
    for (size_t first = 0; err == OK && on && first < plan->count; first += chunk.count) {
        size_t left = plan->count - first;
        chunk.count = left < CHUNK ? left : CHUNK;
        struct child_progress inner = {progress, first, chunk.count, plan->count};
        err = run_chunk(run, plan->orders + first, &chunk, child_progress(&inner), &on);
        for (size_t i = 0; i < chunk.count; i++) {
            sync_work_free(&chunk.works[i]);
        }
        progress_step(progress, first + chunk.count, plan->count);
    }
    free(chunk.works);
    bool moved = false;
    if (err == OK && on) {
        err = has_moved(run, &moved);
    }
    if (err == OK && on && (moved || run->sender.taken == 0)) {
        on = sync_send_none(&run->sender, moved);
    }
    if (err == OK && !on) {
        run->report->failure = run->sender.failure;
    }
    return err;
}

// ---- the run

static err_t check_shrink(const struct sync_settings *settings, const struct sync_plan *plan) {
    if (settings->allow_shrink || !sync_plan_shrinks(plan)) {
        return OK;
    }
    return err_set(ERR_DENIED,
                   "the caseload has %zu children where the last one had %zu: more than a fifth would be closed; "
                   "nothing was changed. If that is right, give --allow-shrink",
                   plan->present, plan->registered);
}

static err_t run_plan(struct session *session, const struct sync_settings *settings, const struct sync_terms *terms,
                      const struct sync_plan *plan, struct sync_state *state, struct progress progress,
                      struct sync_report *report) {
    err_t err = check_shrink(settings, plan);
    report->missing = plan->missing;
    report->elsewhere = plan->elsewhere;
    if (err != OK || settings->dry_run) {
        memcpy(report->verdicts, plan->verdicts, sizeof report->verdicts);
        return err;
    }
    struct run run = {session, terms, state, {.session = session}, report};
    report->verdicts[SYNC_UNCHANGED] = plan->verdicts[SYNC_UNCHANGED];
    report->not_done = plan->count;
    return run_orders(&run, plan, progress);
}

err_t sync_run(struct session *session, const struct sync_settings *settings, const struct caseload *caseload,
               struct sync_state *state, struct progress progress, struct sync_report *out) {
    err_t err = session_need_index(session);
    if (err != OK) {
        return err;
    }
    struct sync_terms terms = {.handle_key = settings->handle_key,
                               .descriptor = &session->descriptor,
                               .day = settings->day,
                               .term_days = settings->term_days,
                               .full = settings->full};
    terms.epochs = session_epochs(session);
    memcpy(terms.store_id, session->scheme.store_id, STORE_ID_SIZE);
    struct sync_plan plan;
    struct sync_report report = {0};
    err = sync_plan_make(&terms, caseload, state, &plan);
    if (err != OK) {
        return err;
    }
    err = run_plan(session, settings, &terms, &plan, state, progress, &report);
    sync_plan_free(&plan);
    if (err != OK) {
        sync_report_free(&report);
        return err;
    }
    *out = report;
    return OK;
}

void sync_report_free(struct sync_report *report) {
    for (size_t i = 0; i < report->refusal_count; i++) {
        free(report->refusals[i].ref);
        free(report->refusals[i].reason);
    }
    free(report->refusals);
    *report = (struct sync_report){0};
}
