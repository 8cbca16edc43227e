// SPDX-License-Identifier: Apache-2.0
#include "indexd/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "indexd/decide.h"
#include "indexd/job.h"
#include "indexd/tags.h"

#define KEYS_MAX 4096                 // looked at in one reading transaction
#define ROWS_MAX (STORE_ROWS_MAX / 4) // changed in one job, so that nobody waits for it long
#define SHORTEST_QUARTER_DAYS 90

uint16_t sweep_quarters(int64_t days) {
    return (uint16_t)((days + SHORTEST_QUARTER_DAYS - 1) / SHORTEST_QUARTER_DAYS);
}

struct sweeping {
    struct store *store;
    const struct sweep_plan *plan;
    uint64_t keys[KEYS_MAX]; // of the rows in hand
    size_t count;
    uint64_t victims[KEYS_MAX]; // rows with something to remove
    size_t victim_count;
    size_t next;    // the first victim that no job has taken yet
    size_t after;   // and after the job in hand
    size_t entries; // that the job in hand removes
    struct record_removal removals[RECORD_REMOVALS_MAX];
};

// ---- which

struct doomed { // the test, for the entries under one child tag
    const struct sweep_plan *plan;
    uint8_t agency[AGENCY_TAG_SIZE];
};

static void doomed_under(struct store_txn *txn, const struct sweep_plan *plan, uint64_t child, struct doomed *out) {
    *out = (struct doomed){.plan = plan};
    if (plan->reason == REMOVAL_PURGE) {
        tag_agency(store_pepper(txn), child, plan->agency, out->agency);
    }
}

static bool is_doomed(const struct doomed *doomed, const struct entry *entry) {
    if (doomed->plan->reason == REMOVAL_PURGE) {
        return memcmp(entry->agency, doomed->agency, sizeof entry->agency) == 0;
    }
    // UNTIL_FAR lies beyond every quarter there is.
    return (uint32_t)entry->until + doomed->plan->keep_quarters < doomed->plan->quarter;
}

// ---- reading

static bool has_doomed(struct store_txn *txn, const struct sweep_plan *plan, uint64_t child) {
    struct doomed doomed;
    doomed_under(txn, plan, child, &doomed);
    const struct entries entries = store_get(txn, child);
    for (size_t i = 0; i < entries.count; i++) {
        const struct entry entry = entries_at(entries, i);
        if (is_doomed(&doomed, &entry)) {
            return true;
        }
    }
    return false;
}

static err_t read_rows(struct sweeping *sweeping, uint64_t from) {
    struct store_txn *txn = NULL;
    err_t err = store_begin(sweeping->store, false, &txn);
    if (err != OK) {
        return err;
    }
    sweeping->victim_count = 0;
    sweeping->next = 0;
    sweeping->count = store_children_from(txn, from, sweeping->keys, KEYS_MAX);
    for (size_t i = 0; i < sweeping->count && store_error(txn) == OK; i++) {
        if (has_doomed(txn, sweeping->plan, sweeping->keys[i])) {
            sweeping->victims[sweeping->victim_count++] = sweeping->keys[i];
        }
    }
    return store_end(txn, false);
}

// ---- removing

static void add_removals(struct job *job, struct sweeping *sweeping, uint64_t child) {
    struct doomed doomed;
    doomed_under(job->txn, sweeping->plan, child, &doomed);
    const struct entries entries = store_get(job->txn, child); // as they are now
    for (size_t i = 0; i < entries.count; i++) {
        const struct entry entry = entries_at(entries, i);
        if (is_doomed(&doomed, &entry)) {
            struct record_removal *removal = &sweeping->removals[sweeping->entries++];
            removal->child = child;
            memcpy(removal->agency, entry.agency, sizeof removal->agency);
            memcpy(removal->record, entry.record, sizeof removal->record);
        }
    }
}

// As many victims as fit one transaction and one record. What an agency renewed meanwhile is no victim any more.
static void remove_some(struct job *job, void *ctx) {
    struct sweeping *sweeping = ctx;
    size_t at = sweeping->next;
    sweeping->entries = 0;
    for (size_t rows = 0; at < sweeping->victim_count && rows < ROWS_MAX &&
                          sweeping->entries + STORE_ENTRIES_MAX <= RECORD_REMOVALS_MAX && store_error(job->txn) == OK;
         rows++) {
        add_removals(job, sweeping, sweeping->victims[at++]);
    }
    struct record record = {.kind = RECORD_REMOVALS, .removal_reason = sweeping->plan->reason};
    memcpy(record.agency, sweeping->plan->agency, sizeof record.agency);
    record.count = sweeping->entries;
    record.removals = sweeping->removals;
    if (record.count > 0 && store_error(job->txn) == OK) {
        job_put(job, &record);
    }
    sweeping->after = at;
}

static bool stopped(const atomic_bool *stop) {
    return stop != NULL && atomic_load_explicit(stop, memory_order_relaxed);
}

static err_t remove_all(struct sweeping *sweeping, struct sequencer *sequencer, const atomic_bool *stop,
                        uint64_t *removed) {
    while (sweeping->next < sweeping->victim_count) {
        if (stopped(stop)) {
            return err_set(ERR_UNAVAILABLE, "stopped before the store was swept");
        }
        err_t err = sequencer_run_job(sequencer, remove_some, sweeping);
        if (err != OK) {
            return err;
        }
        sweeping->next = sweeping->after;
        *removed += sweeping->entries;
    }
    return OK;
}

err_t sweep(struct store *store, struct sequencer *sequencer, const struct sweep_plan *plan, const atomic_bool *stop,
            uint64_t *out_removed) {
    struct sweeping *sweeping = calloc(1, sizeof *sweeping);
    uint64_t from = 0;
    bool more = true;
    *out_removed = 0;
    if (sweeping == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    sweeping->store = store;
    sweeping->plan = plan;
    err_t err = OK;
    while (err == OK && more) {
        err =
            stopped(stop) ? err_set(ERR_UNAVAILABLE, "stopped before the store was swept") : read_rows(sweeping, from);
        if (err == OK) {
            err = remove_all(sweeping, sequencer, stop, out_removed);
        }
        more = err == OK && sweeping->count == KEYS_MAX && sweeping->keys[KEYS_MAX - 1] < UINT64_MAX;
        from = more ? sweeping->keys[KEYS_MAX - 1] + 1 : 0;
    }
    free(sweeping);
    return err;
}
