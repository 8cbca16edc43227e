// SPDX-License-Identifier: Apache-2.0
#include "indexd/engine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <sodium.h>

#include "base/file.h"
#include "base/log.h"
#include "indexd/apply.h"
#include "indexd/decide.h"
#include "indexd/journal.h"
#include "indexd/pepper.h"
#include "indexd/prepare.h"
#include "indexd/record.h"
#include "indexd/sequencer.h"
#include "indexd/store.h"

struct engine {
    struct descriptor descriptor;
    int lock; // on the store's folder, while the engine is open
    struct pepper *pepper;
    struct store *store;
    struct journal *journal;
    struct sequencer *sequencer;
    uint8_t store_id[STORE_ID_SIZE];
};

static err_t pepper_of(const char *store, struct pepper **out) {
    char *path = file_join(store, "pepper");
    if (path == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    err_t err = pepper_load(path, out);
    free(path);
    return err;
}

// One process at a time: the lock goes with it.
static err_t lock_store(const char *store, int *out) {
    int fd = open(store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        err_t err = errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
        return err_set(err, "%s: no store here (indexctl init makes one): %s", store, strerror(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(fd);
        return err_set(ERR_UNAVAILABLE, "%s: another process has this store open", store);
    }
    *out = fd;
    return OK;
}

// ---- a new store

static err_t require_empty(const char *folder) {
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return err_set(ERR_IO, "%s: %s", folder, strerror(errno));
    }
    err_t err = OK;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            err = err_set(ERR_EXISTS, "%s: this folder is not empty; a store is never made over another", folder);
        }
    }
    (void)closedir(dir);
    return err;
}

static err_t create_pepper(const char *store) {
    char *path = file_join(store, "pepper");
    if (path == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    err_t err = pepper_create(path);
    free(path);
    return err;
}

static err_t stage(struct journal *journal, struct record *record, int64_t now_ms) {
    struct buf bytes = {0};
    record->seq = journal_next(journal);
    record->time_ms = now_ms;
    err_t err = record_encode(record, &bytes);
    if (err == OK) {
        err = journal_stage(journal, buf_bytes(&bytes));
    }
    buf_free(&bytes);
    return err;
}

static err_t stage_init(struct journal *journal, struct pepper_context *context, const struct descriptor *descriptor,
                        int64_t now_ms) {
    struct record record = {.kind = RECORD_INIT, .epoch = descriptor->epoch};
    memcpy(record.scheme, descriptor->scheme, sizeof record.scheme);
    randombytes_buf(record.store_id, sizeof record.store_id);
    err_t err = pepper_check(context, record.pepper_check);
    return err == OK ? stage(journal, &record, now_ms) : err;
}

// The slot's canary: a child that has this slot alone.
static void canary_tokens(const struct descriptor *descriptor, size_t slot, struct token_set *out) {
    *out = (struct token_set){0};
    memcpy(out->tokens[slot], descriptor->slots[slot].canary_token, TOKEN_SIZE);
}

static err_t canary_change(struct pepper_context *context, const struct descriptor *descriptor, size_t slot,
                           struct record_change *out) {
    const uint8_t handle[HANDLE_SIZE] = {(uint8_t)slot};
    struct token_set tokens;
    struct prepared_tokens tags;
    canary_tokens(descriptor, slot, &tokens);
    err_t err = prepare_tokens(context, AGENCY_CANARY, &tokens, descriptor->slot_count, &tags);
    if (err != OK) {
        return err;
    }
    *out = (struct record_change){.action = ACTION_OPEN, .result = RESULT_OPENED, .row_count = 1};
    struct record_row *row = &out->rows[0];
    *row = (struct record_row){
        .kind = ROW_PUT, .slot = (uint8_t)slot, .child = tags.child[slot], .state = ENTRY_CURRENT, .until = UNTIL_FAR};
    memcpy(row->agency, tags.agency[slot], sizeof row->agency);
    return tag_record(context, AGENCY_CANARY, handle, out->record);
}

static err_t stage_canaries(struct journal *journal, struct pepper_context *context,
                            const struct descriptor *descriptor, int64_t now_ms) {
    struct record_change changes[MAX_SLOTS];
    struct record record = {.kind = RECORD_CHANGES, .agency = AGENCY_CANARY, .has_purpose = true};
    record.purpose = PURPOSE_CANARY;
    record.changes = changes;
    record.count = descriptor->slot_count;
    err_t err = OK;
    for (size_t slot = 0; err == OK && slot < descriptor->slot_count; slot++) {
        err = canary_change(context, descriptor, slot, &changes[slot]);
    }
    return err == OK ? stage(journal, &record, now_ms) : err;
}

static err_t write_beginning(struct journal *journal, struct pepper *pepper, const struct descriptor *descriptor,
                             int64_t now_ms) {
    struct pepper_context *context = NULL;
    err_t err = pepper_borrow(pepper, &context);
    if (err == OK) {
        err = journal_begin(journal, now_ms);
    }
    if (err == OK) {
        err = stage_init(journal, context, descriptor, now_ms);
    }
    if (err == OK) {
        err = stage_canaries(journal, context, descriptor, now_ms);
    }
    pepper_return(pepper, context);
    return err == OK ? journal_flush(journal) : err;
}

static err_t fill_new(const struct engine_settings *settings, const struct descriptor *descriptor,
                      struct pepper *pepper) {
    struct store *store = NULL;
    struct journal *journal = NULL;
    const struct merkle nothing = {0};
    err_t err = store_create(settings->store, settings->map_size, pepper);
    if (err == OK) {
        err = journal_create(settings->store);
    }
    if (err == OK) {
        err = journal_open(settings->store, &nothing, &journal);
    }
    if (err == OK) {
        err = write_beginning(journal, pepper, descriptor, clock_now_ms(settings->clock));
    }
    if (err == OK) {
        err = store_open(settings->store, settings->map_size, pepper, &store);
    }
    if (err == OK) {
        err = apply_journal(store, journal);
    }
    store_close(store);
    journal_close(journal);
    return err;
}

err_t engine_init(const struct engine_settings *settings, const struct descriptor *descriptor) {
    struct pepper *pepper = NULL;
    int lock = -1;
    err_t err = file_make_dir(settings->store);
    if (err == OK) {
        err = lock_store(settings->store, &lock);
    }
    if (err != OK) {
        return err;
    }
    err = require_empty(settings->store);
    if (err == OK) {
        err = create_pepper(settings->store);
    }
    if (err == OK) {
        err = pepper_of(settings->store, &pepper);
    }
    if (err == OK) {
        err = fill_new(settings, descriptor, pepper);
    }
    pepper_free(pepper);
    (void)close(lock);
    return err;
}

// ---- opening

static err_t check_identity(const struct descriptor *descriptor, const struct store_identity *identity) {
    if (strcmp(identity->scheme, descriptor->scheme) != 0) {
        return err_set(ERR_STALE, "this store is of the scheme \"%s\", and the descriptor of \"%s\"", identity->scheme,
                       descriptor->scheme);
    }
    if (identity->epoch != descriptor->epoch) {
        return err_set(ERR_STALE, "this store is of epoch %u, and the descriptor of %u", identity->epoch,
                       descriptor->epoch);
    }
    return OK;
}

static void check_canary(struct store_txn *txn, const struct descriptor *descriptor, size_t slot) {
    struct record_change canary;
    store_fail(txn, canary_change(store_pepper(txn), descriptor, slot, &canary));
    bool found = false;
    const struct entries entries = store_get(txn, canary.rows[0].child);
    (void)entries_find(entries, canary.rows[0].agency, canary.record, &found);
    if (store_error(txn) == OK && !found) {
        store_fail(txn, err_set(ERR_CORRUPT,
                                "the canary of slot \"%s\" is not in this store: empty, foreign, or of "
                                "another key",
                                descriptor->slots[slot].name));
    }
}

static err_t check_store(struct engine *engine) {
    struct store_txn *txn = NULL;
    struct store_identity identity = {0};
    err_t err = store_begin(engine->store, false, &txn);
    if (err != OK) {
        return err;
    }
    store_get_identity(txn, &identity);
    if (store_error(txn) == OK) {
        store_fail(txn, check_identity(&engine->descriptor, &identity));
    }
    if (store_error(txn) == OK) {
        store_scrub(txn);
    }
    for (size_t slot = 0; slot < engine->descriptor.slot_count && store_error(txn) == OK; slot++) {
        check_canary(txn, &engine->descriptor, slot);
    }
    err = store_end(txn, false);
    if (err == OK) {
        memcpy(engine->store_id, identity.store_id, sizeof engine->store_id);
    }
    return err;
}

static err_t applied_of(struct store *store, struct merkle *out) {
    struct store_txn *txn = NULL;
    struct store_state state;
    err_t err = store_begin(store, false, &txn);
    if (err != OK) {
        return err;
    }
    store_get_state(txn, &state);
    err = store_end(txn, false);
    if (err == OK) {
        *out = state.applied;
    }
    return err;
}

// The rows are checked as they are after the replay: what is missing before it is missing after it.
static err_t open_parts(struct engine *engine, const struct engine_settings *settings) {
    struct merkle applied;
    err_t err = lock_store(settings->store, &engine->lock);
    if (err == OK) {
        err = pepper_of(settings->store, &engine->pepper);
    }
    if (err == OK) {
        err = store_open(settings->store, settings->map_size, engine->pepper, &engine->store);
    }
    if (err == OK) {
        err = applied_of(engine->store, &applied);
    }
    if (err == OK) {
        err = journal_open(settings->store, &applied, &engine->journal);
    }
    if (err == OK) {
        err = apply_journal(engine->store, engine->journal);
    }
    return err == OK ? check_store(engine) : err;
}

err_t engine_open(const struct engine_settings *settings, const struct descriptor *descriptor, struct engine **out) {
    struct engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    engine->lock = -1;
    engine->descriptor = *descriptor;
    err_t err = open_parts(engine, settings);
    if (err == OK) {
        const struct sequencer_setup setup = {.store = engine->store,
                                              .journal = engine->journal,
                                              .clock = settings->clock,
                                              .descriptor = &engine->descriptor,
                                              .store_id = engine->store_id,
                                              .batch_max = settings->batch_max};
        err = sequencer_start(&setup, &engine->sequencer);
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
    operation->err = prepare(engine->pepper, operation, engine->descriptor.slot_count, &prepared);
    operation->prepared = operation->err == OK ? (void *)prepared : (void *)strdup(err_detail());
    sequencer_submit(engine->sequencer, operation);
}

void engine_note_refusal(struct engine *engine, const char *identity, const char *route, err_t reason) {
    sequencer_note_refusal(engine->sequencer, identity, route, reason);
}

err_t engine_note_act(struct engine *engine, const char *who, const char *act) {
    return sequencer_note_act(engine->sequencer, who, act);
}

void engine_store_id(const struct engine *engine, uint8_t out[STORE_ID_SIZE]) {
    memcpy(out, engine->store_id, STORE_ID_SIZE);
}

err_t engine_stats(struct engine *engine, struct engine_stats *out) {
    struct store_txn *txn = NULL;
    struct store_state state;
    struct store_space space;
    err_t err = store_begin(engine->store, false, &txn);
    if (err != OK) {
        return err;
    }
    store_get_state(txn, &state);
    err = store_end(txn, false);
    if (err == OK) {
        err = store_space(engine->store, &space);
    }
    if (err != OK) {
        return err;
    }
    *out = (struct engine_stats){.journal_records = journal_count(engine->journal),
                                 .journal_bytes = journal_bytes(engine->journal),
                                 .keys = state.keys,
                                 .entries = state.entries,
                                 .map_used = space.used,
                                 .map_size = space.size};
    engine_store_id(engine, out->store_id);
    sequencer_count(engine->sequencer, out);
    return OK;
}

int64_t engine_last_fed(struct engine *engine, const char *agency) {
    struct store_txn *txn = NULL;
    if (store_begin(engine->store, false, &txn) != OK) {
        return 0;
    }
    uint32_t day = store_get_fed(txn, agency);
    err_t err = store_end(txn, false);
    if (err != OK) {
        log_err(err, "the day of an agency's last change could not be read");
    }
    return err == OK ? day : 0;
}
