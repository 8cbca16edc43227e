// SPDX-License-Identifier: Apache-2.0
// The rows of "children": the entries under each child tag, sealed, and the sum that tells that none is missing.
#include "indexd/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "indexd/store_txn.h"

static struct bytes child_key(const uint64_t *child) {
    return bytes_of(child, sizeof *child);
}

static struct bytes child_ad(uint64_t child, uint8_t room[CHILD_TAG_SIZE]) {
    for (size_t i = 0; i < CHILD_TAG_SIZE; i++) {
        room[i] = (uint8_t)(child >> (56 - 8 * i));
    }
    return bytes_of(room, CHILD_TAG_SIZE);
}

// Room for `count` entries in txn->packed.
static bool reserve(struct store_txn *txn, size_t count) {
    if (count <= txn->cap) {
        return true;
    }
    size_t cap = count < 16 ? 16 : count * 2;
    uint8_t *packed = realloc(txn->packed, cap * ENTRY_SIZE);
    if (packed == NULL) {
        store_fail(txn, err_set(ERR_MEMORY, "out of memory"));
        return false;
    }
    txn->packed = packed;
    txn->cap = cap;
    return true;
}

static bool value_fits(struct bytes value) {
    size_t plain = value.len - PEPPER_SEAL_SIZE;
    return value.len > PEPPER_SEAL_SIZE && plain % ENTRY_SIZE == 0;
}

static const char decoy_ad[] = "decoy";

void rows_make_decoy(struct store_txn *txn) {
    static const uint8_t nothing[ENTRY_SIZE];
    pepper_seal(txn->context, bytes_str(decoy_ad), bytes_of(nothing, sizeof nothing), txn->decoy);
}

// Takes as long as a row of one entry would: by the time alone nobody is to learn that a child has a row, which may be
// quiet or shielded.
static void unseal_decoy(struct store_txn *txn) {
    uint8_t nothing[ENTRY_SIZE];
    store_fail(txn, pepper_unseal(txn->context, bytes_str(decoy_ad), bytes_of(txn->decoy, sizeof txn->decoy), nothing));
}

struct entries store_get(struct store_txn *txn, uint64_t child) {
    struct bytes value;
    if (store_error(txn) != OK) {
        return (struct entries){0};
    }
    assert(txn->gather == NULL);
    txn->child = child;
    txn->count = 0;
    if (txn->append) {
        return (struct entries){0};
    }
    if (!store_raw_get(txn, STORE_CHILDREN, child_key(&child), &value)) {
        unseal_decoy(txn);
        return (struct entries){0};
    }
    if (!value_fits(value)) {
        store_fail(txn, err_set(ERR_CORRUPT, "a row of the store has no length that it can have"));
        return (struct entries){0};
    }
    size_t count = (value.len - PEPPER_SEAL_SIZE) / ENTRY_SIZE;
    if (reserve(txn, count + 1)) {
        uint8_t ad[CHILD_TAG_SIZE];
        store_fail(txn, pepper_unseal(txn->context, child_ad(child, ad), value, txn->packed));
    }
    if (txn->err != OK) {
        return (struct entries){0};
    }
    memcpy(txn->seal, value.data, sizeof txn->seal);
    txn->count = count;
    return (struct entries){txn->packed, count};
}

void rows_toggle(uint8_t sum[STORE_SUM_SIZE], uint64_t tag, const uint8_t seal[PEPPER_SEAL_SIZE]) {
    uint8_t ad[CHILD_TAG_SIZE];
    (void)child_ad(tag, ad);
    for (size_t i = 0; i < CHILD_TAG_SIZE; i++) {
        sum[i] ^= ad[i];
    }
    for (size_t i = 0; i < PEPPER_SEAL_SIZE; i++) {
        sum[CHILD_TAG_SIZE + i] ^= seal[i];
    }
}

static void sum_toggle(struct store_state *state, uint64_t child, const uint8_t seal[PEPPER_SEAL_SIZE]) {
    rows_toggle(state->sum, child, seal);
}

static void put_sealed(struct store_txn *txn) {
    uint8_t ad[CHILD_TAG_SIZE];
    size_t len = txn->count * ENTRY_SIZE;
    uint8_t *sealed = malloc(len + PEPPER_SEAL_SIZE);
    if (sealed == NULL) {
        store_fail(txn, err_set(ERR_MEMORY, "out of memory"));
        return;
    }
    pepper_seal(txn->context, child_ad(txn->child, ad), bytes_of(txn->packed, len), sealed);
    store_raw_put(txn, STORE_CHILDREN, child_key(&txn->child), bytes_of(sealed, len + PEPPER_SEAL_SIZE));
    if (txn->err == OK) {
        memcpy(txn->seal, sealed, sizeof txn->seal);
    }
    free(sealed);
}

// Writes the row that store_get read, now with txn->count entries where there were `before`.
static void put_row(struct store_txn *txn, size_t before) {
    struct store_state *state = &txn->state;
    if (before > 0) {
        sum_toggle(state, txn->child, txn->seal);
    }
    if (txn->count > 0) {
        put_sealed(txn);
        sum_toggle(state, txn->child, txn->seal);
    } else {
        store_raw_delete(txn, STORE_CHILDREN, child_key(&txn->child));
    }
    state->keys += (uint64_t)(txn->count > 0) - (uint64_t)(before > 0);
    state->entries += txn->count - before;
}

static bool gathers(struct store_txn *txn, uint64_t child, const struct entry *entry, bool removes) {
    if (store_error(txn) != OK || txn->gather == NULL) {
        return false;
    }
    const struct gathered row = {.child = child, .entry = *entry, .removes = removes};
    store_fail(txn, gather_add(txn->gather, &row));
    return true;
}

void store_put_gathered(struct store_txn *txn, const struct gathered *rows, size_t count) {
    size_t before = store_get(txn, rows[0].child).count;
    if (store_error(txn) != OK || !reserve(txn, before + count)) {
        return;
    }
    txn->count = before;
    for (size_t i = 0; i < count; i++) {
        const struct entry *entry = &rows[i].entry;
        txn->count = rows[i].removes ? entries_remove(txn->packed, txn->count, entry->agency, entry->record)
                                     : entries_put(txn->packed, txn->count, entry);
    }
    if (txn->count > STORE_ENTRIES_MAX) {
        store_fail(txn, err_set(ERR_FULL, "more than %d records stand under one token", STORE_ENTRIES_MAX));
    } else if (before > 0 || txn->count > 0) {
        put_row(txn, before);
    }
}

void store_append(struct store_txn *txn) {
    if (store_error(txn) == OK) {
        assert(txn->write && txn->gather == NULL);
        txn->append = true;
    }
}

void store_put(struct store_txn *txn, uint64_t child, const struct entry *entry) {
    if (gathers(txn, child, entry, false)) {
        return;
    }
    size_t before = store_get(txn, child).count;
    if (store_error(txn) != OK || !reserve(txn, before + 1)) {
        return;
    }
    txn->count = entries_put(txn->packed, before, entry);
    put_row(txn, before);
}

void store_remove(struct store_txn *txn, uint64_t child, const uint8_t agency[AGENCY_TAG_SIZE],
                  const uint8_t record[RECORD_TAG_SIZE]) {
    struct entry gone = {0};
    memcpy(gone.agency, agency, sizeof gone.agency);
    memcpy(gone.record, record, sizeof gone.record);
    if (gathers(txn, child, &gone, true)) {
        return;
    }
    size_t before = store_get(txn, child).count;
    if (store_error(txn) != OK || before == 0) {
        return;
    }
    txn->count = entries_remove(txn->packed, before, agency, record);
    if (txn->count != before) {
        put_row(txn, before);
    }
}

struct scrub {
    struct store_txn *txn;
    const atomic_bool *stop;
    struct store_state found;
};

static err_t scrub_row(void *ctx, struct bytes key, struct bytes value) {
    struct scrub *scrub = ctx;
    uint64_t child = 0;
    struct bytes again;
    if (scrub->stop != NULL && atomic_load_explicit(scrub->stop, memory_order_relaxed)) {
        return err_set(ERR_UNAVAILABLE, "stopped before the store was read through");
    }
    if (key.len != sizeof child || !value_fits(value)) {
        return err_set(ERR_CORRUPT, "a row of the store has no length that it can have");
    }
    memcpy(&child, key.data, sizeof child);
    if (!store_raw_get(scrub->txn, STORE_CHILDREN, child_key(&child), &again) || again.data != value.data) {
        return err_set(ERR_CORRUPT, "a row of the store is not found by its key");
    }
    sum_toggle(&scrub->found, child, value.data);
    scrub->found.keys++;
    scrub->found.entries += (value.len - PEPPER_SEAL_SIZE) / ENTRY_SIZE;
    return OK;
}

void store_scrub(struct store_txn *txn, const atomic_bool *stop) {
    struct store_state stated = {0};
    struct scrub scrub = {.txn = txn, .stop = stop};
    const struct store_state *found = &scrub.found;
    store_get_state(txn, &stated);
    store_each(txn, STORE_CHILDREN, scrub_row, &scrub);
    shields_scrub(txn, &stated);
    if (store_error(txn) == OK && (found->keys != stated.keys || found->entries != stated.entries ||
                                   memcmp(found->sum, stated.sum, sizeof stated.sum) != 0)) {
        store_fail(txn, err_set(ERR_CORRUPT, "the store does not hold the rows that it should: %llu keys of %llu",
                                (unsigned long long)found->keys, (unsigned long long)stated.keys));
    }
}
