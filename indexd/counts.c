// SPDX-License-Identifier: Apache-2.0
#include "indexd/counts.h"

#include <string.h>

#include "indexd/store_txn.h"
#include "indexd/tags.h"

#define HOURS_A_DAY 24
#define PLAIN_MAX (4 + 4 * LIMIT_COUNT + ACCOUNT_NAME_SIZE)

#define AD_SIZE (7 + FED_TAG_SIZE)
static struct bytes make_ad(struct bytes key, uint8_t room[AD_SIZE]) {
    memcpy(room, "counts:", 7);
    memcpy(room + 7, key.data, FED_TAG_SIZE);
    return bytes_of(room, AD_SIZE);
}

static void put_sealed(struct store_txn *txn, struct bytes key, const struct buf *plain) {
    uint8_t sealed[PLAIN_MAX + PEPPER_SEAL_SIZE];
    uint8_t ad[AD_SIZE];
    store_fail(txn, buf_check(plain));
    if (store_error(txn) == OK) {
        pepper_seal(txn->context, make_ad(key, ad), buf_bytes(plain), sealed);
    }
    store_raw_put(txn, STORE_COUNTS, key, bytes_of(sealed, plain->len + PEPPER_SEAL_SIZE));
}

void store_put_counts(struct store_txn *txn, const struct account *account) {
    uint8_t tag[FED_TAG_SIZE];
    struct buf plain = {0};
    if (store_error(txn) != OK) {
        return;
    }
    tag_counted(txn->context, account->name, tag);
    buf_put_u32(&plain, (uint32_t)account->hour);
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        buf_put_u32(&plain, account->used.of[i]);
    }
    buf_put_str(&plain, account->name);
    put_sealed(txn, bytes_of(tag, sizeof tag), &plain);
    buf_free(&plain);
}

void store_clear_counts(struct store_txn *txn) {
    store_raw_clear(txn, STORE_COUNTS);
}

struct walk {
    struct store_txn *txn;
    counts_visit visit;
    void *ctx;
};

static err_t visit_row(void *ctx, struct bytes key, struct bytes value) {
    const struct walk *walk = ctx;
    struct account account = {0};
    uint8_t plain[PLAIN_MAX], ad[AD_SIZE];
    if (key.len != FED_TAG_SIZE || value.len <= PEPPER_SEAL_SIZE || value.len > PLAIN_MAX + PEPPER_SEAL_SIZE) {
        return err_set(ERR_CORRUPT, "a row of counts has no length that it can have");
    }
    err_t err = pepper_unseal(walk->txn->context, make_ad(key, ad), value, plain);
    if (err != OK) {
        return err;
    }
    struct reader reader = reader_of(bytes_of(plain, value.len - PEPPER_SEAL_SIZE));
    account.hour = reader_u32(&reader);
    account.day = account.hour / HOURS_A_DAY;
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        account.used.of[i] = reader_u32(&reader);
    }
    if (reader.failed || reader.left == 0 || reader.left >= ACCOUNT_NAME_SIZE) {
        return err_set(ERR_CORRUPT, "a row of counts is not in this format");
    }
    reader_copy(&reader, (uint8_t *)account.name, reader.left);
    walk->visit(walk->ctx, &account);
    return OK;
}

void store_each_counts(struct store_txn *txn, counts_visit visit, void *ctx) {
    struct walk walk = {txn, visit, ctx};
    store_each(txn, STORE_COUNTS, visit_row, &walk);
}
