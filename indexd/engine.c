// SPDX-License-Identifier: Apache-2.0
#include "indexd/engine.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "indexd/apply.h"
#include "indexd/belonging.h"
#include "indexd/blocks.h"
#include "indexd/budget.h"
#include "indexd/epochs.h"
#include "indexd/folder.h"
#include "indexd/job.h"
#include "indexd/journal.h"
#include "indexd/pepper.h"
#include "indexd/prepare.h"
#include "indexd/review.h"
#include "indexd/segment.h"
#include "indexd/sequencer.h"
#include "indexd/shield.h"
#include "indexd/store.h"
#include "indexd/subject.h"
#include "indexd/sweep.h"

#define HOUR_MS 3600000
#define DAYS_BEFORE 7 // that the alert rules compare with

struct engine {
    struct descriptor descriptor;
    int lock; // on the store's folder, while the engine is open
    struct pepper *pepper;
    struct store *store;
    struct journal *journal;
    struct budget *budget;
    struct sequencer *sequencer;
    uint8_t store_id[STORE_ID_SIZE];
    const struct wall_clock *clock;
    _Atomic int64_t scrubbed_s, swept_s;
    _Atomic uint64_t served; // epochs: the present one, and in the upper half the one before
};

static err_t check_store(struct engine *engine, bool whole) {
    struct store_txn *txn = NULL;
    struct store_identity identity = {0};
    err_t err = store_begin(engine->store, false, &txn);
    if (err != OK) {
        return err;
    }
    belonging_check_identity(txn, &engine->descriptor);
    if (whole) {
        store_scrub(txn, NULL);
    }
    belonging_check_canaries(txn, &engine->descriptor);
    store_get_identity(txn, &identity);
    err = store_end(txn, false);
    if (err == OK) {
        memcpy(engine->store_id, identity.store_id, sizeof engine->store_id);
    }
    return err;
}

static err_t open_store(const struct engine_settings *settings, struct engine *engine) {
    char *folder = file_join(settings->store, STORE_FOLDER);
    if (folder == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    err_t err = store_open(folder, settings->map_size, engine->pepper, &engine->store);
    free(folder);
    return err;
}

// The rows are checked as they are after the replay: what was missing before it is missing still.
static err_t open_parts(struct engine *engine, const struct engine_settings *settings) {
    static const struct journal_place beginning;
    struct store_state state;
    err_t err = folder_lock(settings->store, &engine->lock);
    if (err == OK) {
        err = folder_pepper(settings->store, &engine->pepper);
    }
    if (err == OK) {
        err = open_store(settings, engine);
    }
    if (err == OK) {
        err = apply_reached(engine->store, &state);
    }
    if (err == OK) {
        const struct journal_place *from = settings->check_first ? &beginning : &state.from;
        err = journal_open(settings->store, from, &state.applied, &engine->journal);
    }
    if (err == OK) {
        err = apply_journal(engine->store, engine->journal);
    }
    if (err == OK) {
        err = check_store(engine, settings->check_first);
    }
    return err == OK ? budget_load(engine->store, &engine->budget) : err;
}

err_t engine_open(const struct engine_settings *settings, const struct descriptor *descriptor, struct engine **out) {
    struct engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    engine->lock = -1;
    engine->descriptor = *descriptor;
    engine->clock = settings->clock;
    engine->scrubbed_s = settings->check_first ? clock_now_s(settings->clock) : 0;
    err_t err = open_parts(engine, settings);
    if (err == OK) {
        const struct sequencer_setup setup = {.store = engine->store,
                                              .journal = engine->journal,
                                              .clock = settings->clock,
                                              .descriptor = &engine->descriptor,
                                              .store_id = engine->store_id,
                                              .budget = engine->budget,
                                              .batch_max = settings->batch_max,
                                              .lapse_days = settings->lapse_days};
        err = sequencer_start(&setup, &engine->sequencer);
    }
    if (err == OK) {
        err = engine_follow(engine, descriptor);
    }
    if (err != OK) {
        engine_close(engine);
        return err;
    }
    *out = engine;
    return OK;
}

void engine_close(struct engine *engine) {
    if (engine == NULL) {
        return;
    }
    sequencer_stop(engine->sequencer);
    budget_free(engine->budget);
    journal_close(engine->journal);
    store_close(engine->store);
    pepper_free(engine->pepper);
    if (engine->lock >= 0) {
        (void)close(engine->lock);
    }
    free(engine);
}

// ---- running

err_t engine_health(const struct engine *engine) {
    return sequencer_health(engine->sequencer);
}

void engine_submit(struct engine *engine, struct operation *operation) {
    struct prepared *prepared = NULL;
    const struct token_epochs served = engine_epochs(engine);
    operation->err = prepare(engine->pepper, operation, engine->descriptor.slot_count, &served, &prepared);
    if (operation->err == OK) {
        prepare_canaries(prepared, operation, &engine->descriptor);
    }
    operation->retry_at_s = 0;
    operation->prepared = operation->err == OK ? (void *)prepared : (void *)strdup(err_detail());
    sequencer_submit(engine->sequencer, operation);
}

void engine_release(struct operation *operation) {
    free(operation->prepared);
    operation->prepared = NULL;
}

void engine_note_refusal(struct engine *engine, const char *identity, const char *route, err_t reason) {
    sequencer_note_refusal(engine->sequencer, identity, route, reason);
}

err_t engine_note_alert(struct engine *engine, const char *rule, const char *account, const char *found,
                        uint64_t cause) {
    return sequencer_note_alert(engine->sequencer, rule, account, found, cause);
}

err_t engine_note_act(struct engine *engine, const char *who, const char *act) {
    return sequencer_note_act(engine->sequencer, who, act);
}

int64_t engine_counts_at(const struct engine *engine) {
    return budget_counts_at(engine->budget);
}

err_t engine_week(struct engine *engine, uint64_t *out_today, struct review_place *out) {
    struct store_state state;
    err_t err = apply_reached(engine->store, &state);
    if (err == OK) {
        const int64_t week_ago_ms = (state.hour - DAYS_BEFORE * 24) * HOUR_MS;
        *out_today = state.day_from.tree.size + 1;
        *out = (struct review_place){0};
        segment_name(week_ago_ms > 0 ? week_ago_ms : 0, out->segment);
    }
    return err;
}

err_t engine_review(struct engine *engine, const struct review *review, struct review_place *place) {
    return review_since(engine->journal, review, place);
}

err_t engine_run_job(struct engine *engine, job_run run, void *ctx) {
    return sequencer_run_job(engine->sequencer, run, ctx);
}

static err_t scrub_store(struct engine *engine, const atomic_bool *stop) {
    struct store_txn *txn = NULL;
    err_t err = store_begin(engine->store, false, &txn);
    if (err != OK) {
        return err;
    }
    store_scrub(txn, stop);
    belonging_check_canaries(txn, &engine->descriptor);
    return store_end(txn, false);
}

err_t engine_scrub(struct engine *engine, const atomic_bool *stop) {
    err_t err = scrub_store(engine, stop);
    if (err == OK) {
        err = journal_check(engine->journal, stop);
    }
    if (err == ERR_CORRUPT) {
        sequencer_refuse(engine->sequencer, err);
    }
    if (err == OK) {
        atomic_store(&engine->scrubbed_s, clock_now_s(engine->clock));
    }
    return err;
}

void engine_load(struct engine *engine, struct engine_load *out) {
    sequencer_load(engine->sequencer, out);
    out->scrubbed_s = atomic_load(&engine->scrubbed_s);
    out->swept_s = atomic_load(&engine->swept_s);
}

void engine_head(struct engine *engine, struct merkle *out) {
    journal_head(engine->journal, out);
}

void engine_refuse(struct engine *engine, err_t err) {
    sequencer_refuse(engine->sequencer, err);
}

static err_t read_identity(struct engine *engine, struct store_identity *out) {
    struct store_txn *txn = NULL;
    err_t err = store_begin(engine->store, false, &txn);
    if (err == OK) {
        store_get_identity(txn, out);
        err = store_end(txn, false);
    }
    return err;
}

err_t engine_follow(struct engine *engine, const struct descriptor *descriptor) {
    struct store_identity identity = {0};
    struct descriptor next = *descriptor;
    err_t err = read_identity(engine, &identity);
    if (err == OK && epochs_differ(&identity, &next)) {
        err = engine_run_job(engine, epochs_follow, &next);
        err = err == OK ? read_identity(engine, &identity) : err;
    }
    if (err == OK) {
        atomic_store(&engine->served, (uint64_t)identity.previous << 32 | identity.epoch);
    }
    return err;
}

struct token_epochs engine_epochs(const struct engine *engine) {
    uint64_t served = atomic_load(&engine->served);
    const struct store_identity identity = {.epoch = (uint32_t)served, .previous = (uint32_t)(served >> 32)};
    return epochs_of_store(&identity);
}

void engine_store_id(const struct engine *engine, uint8_t out[STORE_ID_SIZE]) {
    memcpy(out, engine->store_id, STORE_ID_SIZE);
}

bool engine_is_agency(struct engine *engine, uint64_t child, const uint8_t tag[6], const char *agency) {
    struct pepper_context *context = NULL;
    uint8_t made[AGENCY_TAG_SIZE] = {0};
    if (pepper_borrow(engine->pepper, &context) != OK) {
        return false;
    }
    tag_agency(context, child, agency, made);
    pepper_return(engine->pepper, context);
    return memcmp(made, tag, sizeof made) == 0;
}

err_t engine_each_shield(struct engine *engine, void (*each)(void *ctx, const struct shield_count *shield), void *ctx) {
    struct store_txn *txn = NULL;
    err_t err = store_begin(engine->store, false, &txn);
    if (err != OK) {
        return err;
    }
    shield_each(txn, each, ctx);
    return store_end(txn, false);
}

err_t engine_subject(struct engine *engine, const struct subject *subject, const struct subject_visitor *visitor,
                     bool *out_shielded) {
    struct rules now;
    rules_at(&now, &engine->descriptor, 0, clock_now_ms(engine->clock));
    return subject_search(engine->store, engine->journal, &now, subject, visitor, out_shielded);
}

// ---- what goes for good

err_t engine_sweep(struct engine *engine, int64_t keep_days, const atomic_bool *stop, uint64_t *out_removed) {
    struct rules now;
    rules_at(&now, &engine->descriptor, 0, clock_now_ms(engine->clock));
    const struct sweep_plan plan = {
        .reason = REMOVAL_LAPSED, .quarter = now.quarter, .keep_quarters = sweep_quarters(keep_days)};
    err_t err = sweep(engine->store, engine->sequencer, &plan, stop, out_removed);
    if (err == OK) {
        atomic_store(&engine->swept_s, clock_now_s(engine->clock));
    }
    return err;
}

err_t engine_each_purge(struct engine *engine, purge_visit each, void *ctx) {
    struct store_txn *txn = NULL;
    err_t err = store_begin(engine->store, false, &txn);
    if (err != OK) {
        return err;
    }
    store_each_purge(txn, each, ctx);
    return store_end(txn, false);
}

void engine_begin_purge(struct job *job, void *agency) {
    struct record record = {.kind = RECORD_PURGE};
    (void)snprintf(record.agency, sizeof record.agency, "%s", (const char *)agency);
    job_put(job, &record);
}

static void end_purge(struct job *job, void *agency) {
    struct record record = {.kind = RECORD_PURGE, .ended = true};
    (void)snprintf(record.agency, sizeof record.agency, "%s", (const char *)agency);
    job_put(job, &record);
}

static void keep_first(void *ctx, const char *agency, int64_t since_ms) {
    char *first = ctx;
    (void)since_ms;
    if (first[0] == '\0') {
        (void)snprintf(first, MAX_ID + 1, "%s", agency);
    }
}

// Until a whole pass finds nothing: what was in hand when it was begun may have been written behind it.
static err_t purge_one(struct engine *engine, char *agency, const atomic_bool *stop, uint64_t *removed) {
    struct sweep_plan plan = {.reason = REMOVAL_PURGE};
    uint64_t found = 1;
    err_t err = OK;
    (void)snprintf(plan.agency, sizeof plan.agency, "%s", agency);
    while (err == OK && found > 0) {
        err = sweep(engine->store, engine->sequencer, &plan, stop, &found);
        *removed += found;
    }
    return err == OK ? engine_run_job(engine, end_purge, agency) : err;
}

err_t engine_purge(struct engine *engine, const atomic_bool *stop, uint64_t *out_removed) {
    char agency[MAX_ID + 1] = "";
    *out_removed = 0;
    err_t err = engine_each_purge(engine, keep_first, agency);
    while (err == OK && agency[0] != '\0') {
        err = purge_one(engine, agency, stop, out_removed);
        agency[0] = '\0';
        if (err == OK) {
            err = engine_each_purge(engine, keep_first, agency);
        }
    }
    return err;
}

err_t engine_stats(struct engine *engine, struct engine_stats *out) {
    struct store_state state;
    struct store_space space;
    uint64_t disk_free = 0;
    err_t err = apply_reached(engine->store, &state);
    if (err == OK) {
        err = store_space(engine->store, &space);
    }
    if (err == OK) {
        err = journal_free_space(engine->journal, &disk_free);
    }
    if (err != OK) {
        return err;
    }
    *out = (struct engine_stats){.journal_records = journal_count(engine->journal),
                                 .journal_bytes = journal_bytes(engine->journal),
                                 .keys = state.keys,
                                 .entries = state.entries,
                                 .map_used = space.used,
                                 .map_size = space.size,
                                 .canaries = engine->descriptor.slot_count,
                                 .disk_free = disk_free};
    engine_store_id(engine, out->store_id);
    sequencer_count(engine->sequencer, out);
    return OK;
}

err_t engine_last_fed(struct engine *engine, const char *agency, int64_t *out_day, uint32_t *out_moved) {
    struct store_txn *txn = NULL;
    err_t err = store_begin(engine->store, false, &txn);
    if (err != OK) {
        return err;
    }
    const struct store_fed fed = store_get_fed(txn, agency);
    err = store_end(txn, false);
    if (err == OK) {
        *out_day = fed.day;
        *out_moved = fed.moved;
    }
    return err;
}

err_t engine_each_block(struct engine *engine,
                        void (*each)(const char *account, const struct block_facts *facts, void *ctx), void *ctx) {
    struct store_txn *txn = NULL;
    err_t err = store_begin(engine->store, false, &txn);
    if (err == OK) {
        store_each_block(txn, each, ctx);
        err = store_end(txn, false);
    }
    return err;
}
