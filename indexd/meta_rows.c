// SPDX-License-Identifier: Apache-2.0
// The rows of "meta": what the store is, how far it is, and what it remembers of each agency and act. Each is sealed.
#include "indexd/store.h"

#include <assert.h>
#include <string.h>

#include "indexd/store_txn.h"
#include "indexd/tags.h"

#define FORMAT_VERSION 3

static const char key_pepper[] = "pepper";
static const char key_identity[] = "identity";
static const char key_state[] = "state";

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
