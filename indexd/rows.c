// SPDX-License-Identifier: Apache-2.0
// The rows of the store: what they hold, and their seals.
#include "indexd/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "indexd/store_txn.h"
#include "indexd/tags.h"

#define FORMAT_VERSION 3

static const char key_pepper[] = "pepper";
static const char key_identity[] = "identity";
static const char key_state[] = "state";

// ---- "meta"

static struct bytes meta_ad(struct bytes key, uint8_t room[64]) {
    assert(key.len <= 32);
    memcpy(room, "meta:", 5);
    memcpy(room + 5, key.data, key.len);
    return bytes_of(room, 5 + key.len);
}

void meta_put(struct store_txn *txn, struct bytes key, const struct buf *plain) {
    uint8_t sealed[META_MAX + PEPPER_SEAL_SIZE];
    uint8_t ad[64];
    assert(plain->len <= META_MAX);
    if (txn->err == OK) {
        txn->err = buf_check(plain);
    }
    if (txn->err == OK) {
        pepper_seal(txn->context, meta_ad(key, ad), buf_bytes(plain), sealed);
    }
    store_raw_put(txn, STORE_META, key, bytes_of(sealed, plain->len + PEPPER_SEAL_SIZE));
}

bool meta_get(struct store_txn *txn, struct bytes key, uint8_t plain[META_MAX], struct reader *out) {
    struct bytes sealed;
    if (!store_raw_get(txn, STORE_META, key, &sealed)) {
        return false;
    }
    if (sealed.len > META_MAX + PEPPER_SEAL_SIZE) {
        store_fail(txn, err_set(ERR_CORRUPT, "a row of the store is too long"));
        return false;
    }
    uint8_t ad[64];
    store_fail(txn, pepper_unseal(txn->context, meta_ad(key, ad), sealed, plain));
    if (txn->err != OK) {
        return false;
    }
    *out = reader_of(bytes_of(plain, sealed.len - PEPPER_SEAL_SIZE));
    return true;
}

static void meta_missing(struct store_txn *txn, const char *key) {
    if (txn->err == OK) {
        store_fail(txn, err_set(ERR_CORRUPT, "the store has no row \"%s\": it was not completed, or is not ours", key));
    }
}

static void meta_end(struct store_txn *txn, const struct reader *reader, const char *key) {
    if (txn->err == OK && reader_end(reader) != OK) {
        store_fail(txn, err_set(ERR_CORRUPT, "the store's row \"%s\" is not in this format", key));
    }
}

static void put_place(const struct journal_place *place, struct buf *out) {
    buf_put(out, place->segment, sizeof place->segment);
    buf_put_u64(out, place->offset);
    merkle_put(&place->tree, out);
}

static void get_place(struct reader *reader, struct journal_place *out) {
    reader_copy(reader, (uint8_t *)out->segment, sizeof out->segment);
    out->offset = reader_u64(reader);
    merkle_get(reader, &out->tree);
    reader->failed = reader->failed || out->segment[sizeof out->segment - 1] != 0;
}

static void put_state(struct store_txn *txn) {
    struct buf plain = {0};
    buf_put_u64(&plain, txn->state.keys);
    buf_put_u64(&plain, txn->state.entries);
    buf_put(&plain, txn->state.sum, sizeof txn->state.sum);
    buf_put_u64(&plain, txn->state.shields);
    buf_put(&plain, txn->state.shield_sum, sizeof txn->state.shield_sum);
    merkle_put(&txn->state.applied, &plain);
    put_place(&txn->state.from, &plain);
    buf_put_u64(&plain, (uint64_t)txn->state.hour);
    put_place(&txn->state.day_from, &plain);
    meta_put(txn, bytes_str(key_state), &plain);
    buf_free(&plain);
}

void rows_load_state(struct store_txn *txn) {
    uint8_t plain[META_MAX];
    struct reader reader;
    if (!meta_get(txn, bytes_str(key_state), plain, &reader)) {
        meta_missing(txn, key_state);
        return;
    }
    txn->state.keys = reader_u64(&reader);
    txn->state.entries = reader_u64(&reader);
    reader_copy(&reader, txn->state.sum, sizeof txn->state.sum);
    txn->state.shields = reader_u64(&reader);
    reader_copy(&reader, txn->state.shield_sum, sizeof txn->state.shield_sum);
    merkle_get(&reader, &txn->state.applied);
    get_place(&reader, &txn->state.from);
    txn->state.hour = (int64_t)reader_u64(&reader);
    get_place(&reader, &txn->state.day_from);
    meta_end(txn, &reader, key_state);
}

void store_put_applied(struct store_txn *txn, const struct merkle *applied, const struct journal_place *from) {
    if (store_error(txn) != OK) {
        return;
    }
    txn->state.applied = *applied;
    txn->state.from = *from;
    put_state(txn);
}

void store_put_hour(struct store_txn *txn, int64_t hour, const struct journal_place *day_from) {
    if (store_error(txn) == OK) {
        txn->state.hour = hour;
        txn->state.day_from = *day_from;
    }
}

void store_get_state(struct store_txn *txn, struct store_state *out) {
    if (store_error(txn) != OK) {
        return;
    }
    if (!txn->write) {
        rows_load_state(txn);
    }
    if (txn->err == OK) {
        *out = txn->state;
    }
}

void rows_create(struct store_txn *txn) {
    uint8_t check[PEPPER_CHECK_SIZE];
    pepper_check(txn->context, check);
    store_raw_put(txn, STORE_META, bytes_str(key_pepper), bytes_of(check, sizeof check));
    put_state(txn);
}

void rows_check_pepper(struct store_txn *txn) {
    uint8_t check[PEPPER_CHECK_SIZE];
    struct bytes stands;
    pepper_check(txn->context, check);
    if (!store_raw_get(txn, STORE_META, bytes_str(key_pepper), &stands)) {
        meta_missing(txn, key_pepper);
    } else if (!bytes_equal(stands, bytes_of(check, sizeof check))) {
        store_fail(txn, err_set(ERR_CORRUPT, "this pepper is not the one that the store was made with"));
    }
}

void store_put_identity(struct store_txn *txn, const struct store_identity *identity) {
    if (store_error(txn) != OK) {
        return;
    }
    struct buf plain = {0};
    buf_put_u32(&plain, FORMAT_VERSION);
    buf_put_u32(&plain, identity->epoch);
    buf_put_u32(&plain, identity->previous);
    buf_put_u64(&plain, identity->began);
    buf_put(&plain, identity->store_id, sizeof identity->store_id);
    buf_put_str(&plain, identity->scheme);
    meta_put(txn, bytes_str(key_identity), &plain);
    buf_free(&plain);
}

void store_get_identity(struct store_txn *txn, struct store_identity *out) {
    uint8_t plain[META_MAX];
    struct reader reader;
    if (store_error(txn) != OK) {
        return;
    }
    if (!meta_get(txn, bytes_str(key_identity), plain, &reader)) {
        meta_missing(txn, key_identity);
        return;
    }
    struct store_identity identity = {0};
    uint32_t format = reader_u32(&reader);
    identity.epoch = reader_u32(&reader);
    identity.previous = reader_u32(&reader);
    identity.began = reader_u64(&reader);
    reader_copy(&reader, identity.store_id, sizeof identity.store_id);
    size_t len = reader.left <= MAX_ID ? reader.left : 0;
    reader_copy(&reader, identity.scheme, len);
    meta_end(txn, &reader, key_identity);
    if (txn->err == OK && format != FORMAT_VERSION) {
        store_fail(txn,
                   err_set(ERR_CORRUPT, "the store has format %u, and this program knows %d", format, FORMAT_VERSION));
    }
    if (txn->err == OK) {
        *out = identity;
    }
}

#define FED_KEY_SIZE (3 + FED_TAG_SIZE)
static struct bytes fed_key(struct store_txn *txn, const char *agency, uint8_t room[FED_KEY_SIZE]) {
    memcpy(room, "fed", 3);
    tag_fed(txn->context, agency, room + 3);
    return bytes_of(room, FED_KEY_SIZE);
}

struct store_fed store_get_fed(struct store_txn *txn, const char *agency) {
    uint8_t room[FED_KEY_SIZE];
    uint8_t plain[META_MAX];
    struct reader reader;
    struct store_fed fed = {0};
    if (store_error(txn) != OK || !meta_get(txn, fed_key(txn, agency, room), plain, &reader)) {
        return fed;
    }
    fed.day = reader_u32(&reader);
    fed.moved = reader_u32(&reader);
    meta_end(txn, &reader, "fed");
    return txn->err == OK ? fed : (struct store_fed){0};
}

void store_put_fed(struct store_txn *txn, const char *agency, const struct store_fed *fed) {
    uint8_t room[FED_KEY_SIZE];
    struct bytes stands;
    const struct store_fed before = store_get_fed(txn, agency);
    if (store_error(txn) != OK) {
        return;
    }
    const struct bytes key = fed_key(txn, agency, room);
    bool missing = txn->err == OK && !store_raw_get(txn, STORE_META, key, &stands);
    if (before.day >= fed->day && before.moved >= fed->moved && !missing) {
        return;
    }
    struct buf plain = {0};
    buf_put_u32(&plain, fed->day > before.day ? fed->day : before.day);
    buf_put_u32(&plain, fed->moved > before.moved ? fed->moved : before.moved);
    meta_put(txn, key, &plain);
    buf_free(&plain);
}

#define PURGE_PREFIX 5
#define PURGE_KEY_SIZE (PURGE_PREFIX + FED_TAG_SIZE)
static struct bytes purge_key(struct store_txn *txn, const char *agency, uint8_t room[PURGE_KEY_SIZE]) {
    memcpy(room, "purge", PURGE_PREFIX);
    tag_fed(txn->context, agency, room + PURGE_PREFIX);
    return bytes_of(room, PURGE_KEY_SIZE);
}

static void meta_delete(struct store_txn *txn, struct bytes key) {
    struct bytes there;
    if (store_raw_get(txn, STORE_META, key, &there)) {
        store_raw_delete(txn, STORE_META, key);
    }
}

void store_put_purge(struct store_txn *txn, const char *agency, int64_t since_ms) {
    uint8_t room[PURGE_KEY_SIZE];
    uint8_t fed[FED_KEY_SIZE];
    if (store_error(txn) != OK) {
        return;
    }
    struct bytes key = purge_key(txn, agency, room);
    if (since_ms == 0) {
        meta_delete(txn, key);
        meta_delete(txn, fed_key(txn, agency, fed));
        return;
    }
    struct buf plain = {0};
    buf_put_u64(&plain, (uint64_t)since_ms);
    buf_put_str(&plain, agency);
    meta_put(txn, key, &plain);
    buf_free(&plain);
}

struct purges {
    struct store_txn *txn;
    purge_visit visit;
    void *ctx;
};

static err_t visit_purge(void *ctx, struct bytes key, struct bytes value) {
    struct purges *purges = ctx;
    uint8_t plain[META_MAX];
    struct reader reader;
    (void)value;
    if (key.len != PURGE_KEY_SIZE || memcmp(key.data, "purge", PURGE_PREFIX) != 0) {
        return OK;
    }
    if (!meta_get(purges->txn, key, plain, &reader)) {
        return store_error(purges->txn);
    }
    char agency[MAX_ID + 1] = "";
    int64_t since_ms = (int64_t)reader_u64(&reader);
    reader_copy(&reader, agency, reader.left <= MAX_ID ? reader.left : 0);
    meta_end(purges->txn, &reader, "purge");
    if (store_error(purges->txn) == OK) {
        purges->visit(purges->ctx, agency, since_ms);
    }
    return store_error(purges->txn);
}

void store_each_purge(struct store_txn *txn, purge_visit visit, void *ctx) {
    struct purges purges = {txn, visit, ctx};
    store_each(txn, STORE_META, visit_purge, &purges);
}

struct unmoved {
    struct store_txn *txn;
    uint32_t epoch;
    size_t count;
};

static err_t count_unmoved(void *ctx, struct bytes key, struct bytes value) {
    struct unmoved *unmoved = ctx;
    uint8_t plain[META_MAX], ad[64];
    if (key.len != FED_KEY_SIZE || memcmp(key.data, "fed", 3) != 0) {
        return OK;
    }
    if (value.len != 8 + PEPPER_SEAL_SIZE) {
        return err_set(ERR_CORRUPT, "the store's row \"fed\" is not in this format");
    }
    err_t err = pepper_unseal(unmoved->txn->context, meta_ad(key, ad), value, plain);
    struct reader reader = reader_of(bytes_of(plain, 8));
    (void)reader_u32(&reader);
    unmoved->count += err == OK && reader_u32(&reader) < unmoved->epoch ? 1 : 0;
    return err;
}

size_t store_count_unmoved(struct store_txn *txn, uint32_t epoch) {
    struct unmoved unmoved = {.txn = txn, .epoch = epoch};
    store_each(txn, STORE_META, count_unmoved, &unmoved);
    return unmoved.count;
}

#define ACT_KEY_SIZE (3 + ACT_NONCE_SIZE)
static struct bytes act_key(const uint8_t nonce[ACT_NONCE_SIZE], uint8_t room[ACT_KEY_SIZE]) {
    memcpy(room, "act", 3);
    memcpy(room + 3, nonce, ACT_NONCE_SIZE);
    return bytes_of(room, ACT_KEY_SIZE);
}

uint64_t store_get_nonce(struct store_txn *txn, const uint8_t nonce[ACT_NONCE_SIZE]) {
    uint8_t room[ACT_KEY_SIZE];
    uint8_t plain[META_MAX];
    struct reader reader;
    if (store_error(txn) != OK || !meta_get(txn, act_key(nonce, room), plain, &reader)) {
        return 0;
    }
    uint64_t record = reader_u64(&reader);
    meta_end(txn, &reader, "act");
    return txn->err == OK ? record : 0;
}

void store_put_nonce(struct store_txn *txn, const uint8_t nonce[ACT_NONCE_SIZE], uint64_t record) {
    uint8_t room[ACT_KEY_SIZE];
    struct buf plain = {0};
    if (store_error(txn) != OK) {
        return;
    }
    buf_put_u64(&plain, record);
    meta_put(txn, act_key(nonce, room), &plain);
    buf_free(&plain);
}

// ---- "children"

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
