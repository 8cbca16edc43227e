// SPDX-License-Identifier: Apache-2.0
#include "indexd/blocks.h"

#include <string.h>

#include "indexd/store_txn.h"

bool block_is_set(const struct record *record) {
    return strcmp(record->texts[1], BLOCK_SET) == 0;
}

bool block_is_valid(const struct record *record) {
    const size_t len = strlen(record->texts[0]);
    return len > 0 && len < ACCOUNT_NAME_SIZE && (block_is_set(record) || strcmp(record->texts[1], BLOCK_LIFTED) == 0);
}

#define BLOCK_KEY_SIZE (3 + FED_TAG_SIZE)
static struct bytes block_key(struct store_txn *txn, const char *name, uint8_t room[BLOCK_KEY_SIZE]) {
    memcpy(room, "blk", 3);
    tag_blocked(store_pepper(txn), name, room + 3);
    return bytes_of(room, BLOCK_KEY_SIZE);
}

// since u64, length of the name u8, name, why.
static void put_block(struct store_txn *txn, const struct record *record) {
    uint8_t room[BLOCK_KEY_SIZE];
    struct buf plain = {0};
    buf_put_u64(&plain, (uint64_t)(record->time_ms / 1000));
    buf_put_u8(&plain, (uint8_t)strlen(record->texts[0]));
    buf_put_str(&plain, record->texts[0]);
    buf_put_str(&plain, record->texts[2]);
    const struct bytes key = block_key(txn, record->texts[0], room);
    if (store_error(txn) == OK) {
        meta_put(txn, key, &plain);
    }
    buf_free(&plain);
}

void apply_block(struct store_txn *txn, const struct record *record) {
    uint8_t room[BLOCK_KEY_SIZE];
    if (store_error(txn) != OK) {
        return;
    }
    if (block_is_set(record)) {
        put_block(txn, record);
        return;
    }
    const struct bytes key = block_key(txn, record->texts[0], room);
    struct bytes stands;
    if (store_error(txn) == OK && store_raw_get(txn, STORE_META, key, &stands)) {
        store_raw_delete(txn, STORE_META, key);
    }
}

static bool get_block(struct store_txn *txn, struct bytes key, char name[ACCOUNT_NAME_SIZE], struct block_facts *out) {
    uint8_t plain[META_MAX];
    struct reader reader;
    struct block_facts facts = {0};
    if (!meta_get(txn, key, plain, &reader)) {
        return false;
    }
    facts.since_s = (int64_t)reader_u64(&reader);
    const size_t len = reader_u8(&reader);
    if (reader.failed || len >= ACCOUNT_NAME_SIZE || len > reader.left || reader.left - len > RECORD_TEXT_MAX) {
        store_fail(txn, err_set(ERR_CORRUPT, "the store's row \"blk\" is not in this format"));
        return false;
    }
    memset(name, 0, ACCOUNT_NAME_SIZE);
    reader_copy(&reader, (uint8_t *)name, len);
    reader_copy(&reader, (uint8_t *)facts.why, reader.left);
    *out = facts;
    return true;
}

bool store_get_block(struct store_txn *txn, const char *name, struct block_facts *out) {
    uint8_t room[BLOCK_KEY_SIZE];
    char found[ACCOUNT_NAME_SIZE];
    if (store_error(txn) != OK) {
        return false;
    }
    const struct bytes key = block_key(txn, name, room);
    return store_error(txn) == OK && get_block(txn, key, found, out);
}

struct walk {
    struct store_txn *txn;
    void (*each)(const char *name, const struct block_facts *facts, void *ctx);
    void *ctx;
};

static err_t visit(void *ctx, struct bytes key, struct bytes value) {
    struct walk *walk = ctx;
    char name[ACCOUNT_NAME_SIZE];
    struct block_facts facts;
    (void)value;
    if (key.len == BLOCK_KEY_SIZE && memcmp(key.data, "blk", 3) == 0 && get_block(walk->txn, key, name, &facts)) {
        walk->each(name, &facts, walk->ctx);
    }
    return store_error(walk->txn);
}

void store_each_block(struct store_txn *txn, void (*each)(const char *name, const struct block_facts *facts, void *ctx),
                      void *ctx) {
    struct walk walk = {txn, each, ctx};
    store_each(txn, STORE_META, visit, &walk);
}
