// SPDX-License-Identifier: Apache-2.0
#include "indexd/apply.h"

#include <string.h>

#include "base/log.h"
#include "indexd/blocks.h"
#include "indexd/budget.h"
#include "indexd/fill.h"

#define DAY_MS 86400000
#define STEP_RECORDS 1024 // read between two words of progress

static void apply_row(struct store_txn *txn, const struct record_row *row, const uint8_t record[RECORD_TAG_SIZE]) {
    struct entry entry = {.state = row->state, .until = row->until};
    switch (row->kind) {
    case ROW_CONCERNED:
        return;
    case ROW_PUT:
        memcpy(entry.agency, row->agency, sizeof entry.agency);
        memcpy(entry.record, record, sizeof entry.record);
        store_put(txn, row->child, &entry);
        return;
    case ROW_REMOVE:
        store_remove(txn, row->child, row->agency, record);
        return;
    }
}

uint64_t apply_record_tag(const uint8_t record[RECORD_TAG_SIZE]) {
    struct reader reader = reader_of(bytes_of(record, RECORD_TAG_SIZE));
    return reader_u64(&reader);
}

// A record that now stands under a shielded NHS number or UPN is hidden, whoever fed it and whatever else it says.
void apply_change(struct store_txn *txn, const struct record_change *change) {
    uint64_t children[RECORD_ROWS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < change->row_count; i++) {
        apply_row(txn, &change->rows[i], change->record);
        if (change->rows[i].kind == ROW_PUT) {
            children[count++] = change->rows[i].child;
        }
    }
    if (count > 0) {
        store_shield_inherit(txn, children, count, apply_record_tag(change->record));
    }
}

static void apply_shield(struct store_txn *txn, const struct record *record) {
    struct store_shield shield = {.number = record->number, .time_ms = record->time_ms};
    memcpy(shield.reference, record->texts[0], sizeof shield.reference);
    if (record->lifts) {
        store_delete_shield(txn, shield.number);
    } else {
        store_put_shield(txn, &shield);
    }
    for (size_t i = 0; i < record->count; i++) {
        const struct record_cover *cover = &record->covers[i];
        if (record->lifts) {
            store_shield_drop(txn, cover->kind, cover->tag, shield.number);
        } else {
            store_shield_add(txn, cover->kind, cover->tag, shield.number);
        }
    }
}

// A person's certificate is no feed; a person whom the agency's system names is.
void apply_fed(struct store_txn *txn, const struct record *record) {
    bool by_hand = record->person[0] != '\0' && !record->claimed;
    const struct store_fed fed = {.day = by_hand ? 0 : (uint32_t)(record->time_ms / DAY_MS)};
    if (strcmp(record->agency, AGENCY_CANARY) != 0) {
        store_put_fed(txn, record->agency, &fed);
    }
}

static void apply_epoch(struct store_txn *txn, const struct record *record) {
    struct store_identity identity = {0};
    store_get_identity(txn, &identity);
    identity.epoch = record->epoch;
    identity.previous = record->previous_epoch;
    identity.began = record->previous_epoch == 0 ? 0 : record->seq;
    store_put_identity(txn, &identity);
}

static void apply_moved(struct store_txn *txn, const struct record *record) {
    const struct store_fed fed = {.moved = record->epoch};
    store_put_fed(txn, record->agency, &fed);
}

static void apply_init(struct store_txn *txn, const struct record *record) {
    uint8_t check[PEPPER_CHECK_SIZE];
    struct store_identity identity = {.epoch = record->epoch};
    memcpy(identity.store_id, record->store_id, sizeof identity.store_id);
    memcpy(identity.scheme, record->scheme, sizeof identity.scheme);
    pepper_check(store_pepper(txn), check);
    if (memcmp(check, record->pepper_check, sizeof check) != 0) {
        store_fail(txn, err_set(ERR_CORRUPT, "this pepper is not the one that the journal was made with"));
    }
    store_put_identity(txn, &identity);
}

void apply_record(struct store_txn *txn, const struct record *record) {
    switch (record->kind) {
    case RECORD_INIT:
        apply_init(txn, record);
        return;
    case RECORD_CHANGES:
        for (size_t i = 0; i < record->count; i++) {
            apply_change(txn, &record->changes[i]);
        }
        apply_fed(txn, record);
        return;
    case RECORD_BLOCK:
        apply_block(txn, record);
        return;
    case RECORD_SHIELD:
        apply_shield(txn, record);
        return;
    case RECORD_REMOVALS:
        for (size_t i = 0; i < record->count; i++) {
            const struct record_removal *removal = &record->removals[i];
            store_remove(txn, removal->child, removal->agency, removal->record);
        }
        return;
    case RECORD_PURGE:
        store_put_purge(txn, record->agency, record->ended ? 0 : record->time_ms);
        return;
    case RECORD_SIGNED:
        store_put_nonce(txn, record->nonce, record->seq);
        return;
    case RECORD_EPOCH:
        apply_epoch(txn, record);
        return;
    case RECORD_MOVED:
        apply_moved(txn, record);
        return;
    case RECORD_QUESTION:
    case RECORD_REFUSAL:
    case RECORD_ACT:
    case RECORD_TOUCH:
    case RECORD_ALERT:
        return;
    }
}

// ---- replaying

struct replay {
    struct store *store;
    struct budget *budget;      // as of the last record
    struct gather *gather;      // NULL: rows are written as they come
    struct store_txn *txn;      // the slice in hand
    size_t rows;                // in it
    uint64_t records, total;    // read, and of the whole journal
    struct merkle tree;         // after the last record
    struct journal_place batch; // of the last record
    struct progress reading, writing;
};

static err_t replay_commit(struct replay *replay) {
    if (replay->txn == NULL) {
        return OK;
    }
    budget_save(replay->budget, replay->txn);
    store_put_applied(replay->txn, &replay->tree, &replay->batch);
    err_t err = store_end(replay->txn, true);
    budget_saved(replay->budget);
    replay->txn = NULL;
    replay->rows = 0;
    store_gather(replay->store, replay->gather); // also behind a record for which rows were written
    return err;
}

static size_t row_count(const struct record *record) {
    size_t rows = record->kind == RECORD_SHIELD || record->kind == RECORD_REMOVALS ? record->count + 1 : 1;
    for (size_t i = 0; record->kind == RECORD_CHANGES && i < record->count; i++) {
        rows += record->changes[i].row_count;
    }
    return rows;
}

// Whether applying it looks at rows of children: what was gathered must stand by then.
static bool reads_rows(enum record_kind kind) {
    switch (kind) {
    case RECORD_INIT:
    case RECORD_QUESTION:
    case RECORD_CHANGES:
    case RECORD_REFUSAL:
    case RECORD_ACT:
    case RECORD_ALERT:
    case RECORD_BLOCK:
    case RECORD_SIGNED:
    case RECORD_SHIELD:
    case RECORD_TOUCH:
    case RECORD_REMOVALS:
    case RECORD_PURGE:
    case RECORD_EPOCH:
    case RECORD_MOVED:
        return false;
    }
    return true;
}

static err_t replay_decoded(struct replay *replay, const struct record *record, const struct merkle *tree,
                            const struct journal_place *batch) {
    if (record->seq != tree->size) {
        return err_set(ERR_CORRUPT, "the journal's record %llu bears another number", (unsigned long long)tree->size);
    }
    size_t rows = row_count(record);
    bool settles = replay->gather != NULL && reads_rows(record->kind);
    err_t err = settles || replay->rows + rows > STORE_ROWS_MAX ? replay_commit(replay) : OK;
    if (err == OK && settles) {
        err = fill(replay->store, replay->gather, replay->writing);
    }
    if (err == OK && replay->txn == NULL) {
        err = store_begin(replay->store, true, &replay->txn);
    }
    if (err != OK) {
        return err;
    }
    apply_record(replay->txn, record);
    store_fail(replay->txn, budget_recall(replay->budget, record, batch));
    replay->tree = *tree;
    replay->batch = *batch;
    replay->rows += rows;
    if (++replay->records % STEP_RECORDS == 0) {
        progress_step(replay->reading, (size_t)tree->size, (size_t)replay->total);
    }
    return store_error(replay->txn);
}

static err_t replay_record(void *ctx, struct bytes bytes, const struct merkle *tree,
                           const struct journal_place *batch) {
    struct record record;
    err_t err = record_decode(bytes, &record);
    if (err == OK) {
        err = replay_decoded(ctx, &record, tree, batch);
        record_free(&record);
    }
    return err;
}

err_t apply_reached(struct store *store, struct store_state *out) {
    struct store_txn *txn = NULL;
    err_t err = store_begin(store, false, &txn);
    if (err != OK) {
        return err;
    }
    store_get_state(txn, out);
    return store_end(txn, false);
}

static err_t replay_all(struct replay *replay, struct journal *journal) {
    struct store_state state;
    err_t err = apply_reached(replay->store, &state);
    if (err != OK) {
        return err;
    }
    err = budget_load(replay->store, &replay->budget);
    if (err == OK) {
        err = journal_replay(journal, &state.from, state.applied.size, replay_record, replay);
    }
    if (err == OK) {
        err = replay_commit(replay);
    } else {
        store_abort(replay->txn);
    }
    budget_free(replay->budget);
    if (err == OK && replay->records > 0) {
        log_line(LOG_NOTICE, "applied %llu records of the journal to the store", (unsigned long long)replay->records);
    }
    return err;
}

err_t apply_journal(struct store *store, struct journal *journal) {
    struct replay replay = {.store = store};
    return replay_all(&replay, journal);
}

err_t apply_journal_gathering(struct store *store, struct journal *journal, const char *folder, struct progress reading,
                              struct progress writing) {
    struct replay replay = {.store = store, .total = journal_count(journal), .reading = reading, .writing = writing};
    err_t err = gather_new(folder, &replay.gather);
    if (err == OK) {
        store_gather(store, replay.gather);
        err = replay_all(&replay, journal);
    }
    if (err == OK) {
        err = fill(store, replay.gather, writing);
    }
    store_gather(store, NULL);
    gather_free(replay.gather);
    return err;
}
