// SPDX-License-Identifier: Apache-2.0
// A first load: many involvements at once into a new store, through the journal like all others, but decided beside no
// other operation, with the journal synced once for many, and the database made from it in the end.
#include "indexd/engine.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "indexd/apply.h"
#include "indexd/belonging.h"
#include "indexd/database.h"
#include "indexd/decide.h"
#include "indexd/folder.h"
#include "indexd/journal.h"
#include "indexd/prepare.h"
#include "indexd/record.h"
#include "indexd/store.h"

#define CHANGES_MAX 64                // in one record, so that its rows fit one transaction
#define BATCH_BYTES (4 * 1024 * 1024) // about, of the journal at once

struct import {
    const struct descriptor *descriptor;
    const struct wall_clock *clock;
    int64_t lapse_days;
    struct pepper *pepper;
    struct store *store;
    struct journal *journal;
    struct store_txn *txn; // on the store as it was: nothing but its canaries
    size_t staged;         // bytes of the batch in hand
    struct record record;
    struct record_change changes[CHANGES_MAX];
    struct buf bytes;
    uint64_t involvements;
};

static err_t check_new(struct import *import) {
    struct store_state state = {0};
    if (descriptor_rotates(import->descriptor)) {
        return err_set(ERR_STALE, "a first load waits until one epoch alone is in use");
    }
    belonging_check_identity(import->txn, import->descriptor);
    belonging_check_canaries(import->txn, import->descriptor);
    store_get_state(import->txn, &state);
    err_t err = store_error(import->txn);
    if (err == OK && state.keys != import->descriptor->slot_count) {
        err = err_set(ERR_EXISTS, "the index holds involvements already: a first load needs a new store");
    }
    return err;
}

static err_t open_all(const struct engine_settings *settings, struct import *import) {
    struct store_state state;
    char *folder = file_join(settings->store, STORE_FOLDER);
    err_t err = folder == NULL ? err_set(ERR_MEMORY, "out of memory") : folder_pepper(settings->store, &import->pepper);
    if (err == OK) {
        err = store_open(folder, settings->map_size, import->pepper, &import->store);
    }
    if (err == OK) {
        err = apply_reached(import->store, &state);
    }
    if (err == OK) {
        err = journal_open(settings->store, &state.from, &state.applied, &import->journal);
    }
    if (err == OK) {
        err = apply_journal(import->store, import->journal);
    }
    if (err == OK) {
        err = store_begin(import->store, false, &import->txn);
    }
    free(folder);
    return err == OK ? check_new(import) : err;
}

static void close_all(struct import *import) {
    store_abort(import->txn);
    journal_close(import->journal);
    store_close(import->store);
    pepper_free(import->pepper);
    buf_free(&import->bytes);
}

static err_t flush(struct import *import) {
    import->staged = 0;
    err_t err = journal_flush(import->journal);
    return err == OK ? journal_begin(import->journal, clock_now_ms(import->clock)) : err;
}

static err_t stage(struct import *import) {
    buf_reset(&import->bytes);
    import->record.seq = journal_next(import->journal);
    err_t err = record_encode(&import->record, &import->bytes);
    if (err == OK) {
        err = journal_stage(import->journal, buf_bytes(&import->bytes));
    }
    import->staged += import->bytes.len;
    return err == OK && import->staged >= BATCH_BYTES ? flush(import) : err;
}

static err_t check_changes(const struct involvement_request *request) {
    if (request->ask) {
        return err_set(ERR_INPUT, "a first load asks nothing");
    }
    for (size_t i = 0; i < request->count; i++) {
        if (request->changes[i].action != ACTION_OPEN) {
            return err_set(ERR_INPUT, "changes[%zu]: a first load only opens", i);
        }
    }
    return OK;
}

// The rules are those of any other change; rows that were gathered so far are not looked at, since to open a record
// twice has the same end.
static err_t decide(struct import *import, const struct operation *operation, const struct prepared *prepared) {
    struct rules rules;
    struct record *record = &import->record;
    const int64_t now_ms = clock_now_ms(import->clock);
    err_t err = OK;
    rules_at(&rules, import->descriptor, import->lapse_days, now_ms);
    *record = (struct record){.kind = RECORD_CHANGES, .time_ms = now_ms, .changes = import->changes};
    memcpy(record->agency, operation->actor.agency, sizeof record->agency);
    for (size_t i = 0; err == OK && i < prepared->count; i++) {
        decide_change(import->txn, &rules, &operation->changes.changes[i], &prepared->items[i],
                      &import->changes[record->count++]);
        err = store_error(import->txn);
        if (err == OK && (record->count == CHANGES_MAX || i + 1 == prepared->count)) {
            err = stage(import);
            record->count = 0;
        }
    }
    return err;
}

static err_t import_one(struct import *import, const char *agency, const struct involvement_request *request) {
    struct operation operation = {.kind = OPERATION_CHANGES, .changes = *request};
    const struct token_epochs served = token_epoch(import->descriptor->epoch);
    struct prepared *prepared = NULL;
    if (strlen(agency) > MAX_ID) {
        return err_set(ERR_INPUT, "not the name of an agency");
    }
    memcpy(operation.actor.agency, agency, strlen(agency) + 1);
    err_t err = check_changes(request);
    if (err == OK) {
        err = prepare(import->pepper, &operation, import->descriptor->slot_count, &served, &prepared);
    }
    if (err == OK) {
        err = decide(import, &operation, prepared);
        import->involvements += prepared->count;
    }
    free(prepared);
    return err;
}

static err_t import_all(struct import *import, const struct engine_import *source) {
    err_t err = journal_begin(import->journal, clock_now_ms(import->clock));
    while (err == OK) {
        struct involvement_request request;
        char agency[MAX_ID + 1];
        bool more = false;
        err = source->next(source->ctx, agency, &request, &more);
        if (err != OK || !more) {
            break;
        }
        err = import_one(import, agency, &request);
        involvement_request_free(&request);
    }
    return err == OK ? journal_flush(import->journal) : err;
}

static err_t import_locked(const struct engine_settings *settings, const struct descriptor *descriptor,
                           const struct engine_import *source, uint64_t *out_involvements) {
    struct import *import = calloc(1, sizeof *import);
    if (import == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    import->descriptor = descriptor;
    import->clock = settings->clock;
    import->lapse_days = settings->lapse_days;
    err_t err = open_all(settings, import);
    if (err == OK) {
        err = import_all(import, source);
    }
    *out_involvements = import->involvements;
    close_all(import);
    free(import);
    return err == OK ? database_renew(settings, descriptor, false) : err;
}

err_t engine_import(const struct engine_settings *settings, const struct descriptor *descriptor,
                    const struct engine_import *source, uint64_t *out_involvements) {
    int lock = -1;
    err_t err = folder_lock(settings->store, &lock);
    if (err == OK) {
        err = import_locked(settings, descriptor, source, out_involvements);
        (void)close(lock);
    }
    return err;
}
