// SPDX-License-Identifier: Apache-2.0
#include "tests/indexd/inside.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "indexd/journal.h"
#include "indexd/pepper.h"
#include "indexd/store.h"
#include "indexd/tags.h"
#include "tests/base/refusal.h"

static struct pepper *pepper_of(const struct fixture *fixture) {
    struct pepper *pepper = NULL;
    assert_ok(pepper_load(fixture_path(fixture, "pepper"), &pepper));
    return pepper;
}

static err_t put_row(void *ctx, struct bytes key, struct bytes value) {
    struct buf *out = ctx;
    buf_put_u32(out, (uint32_t)key.len);
    buf_put(out, key.data, key.len);
    buf_put_u32(out, (uint32_t)value.len);
    buf_put(out, value.data, value.len);
    return OK;
}

struct buf inside_rows(const struct fixture *fixture) {
    struct buf rows = {0};
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    struct pepper *pepper = pepper_of(fixture);
    assert_ok(store_open(fixture_path(fixture, STORE_FOLDER), fixture->settings.map_size, pepper, &store));
    assert_ok(store_begin(store, false, &txn));
    store_each(txn, STORE_CHILDREN, put_row, &rows);
    store_each(txn, STORE_META, put_row, &rows);
    store_each(txn, STORE_SHIELDS, put_row, &rows);
    store_each(txn, STORE_COUNTS, put_row, &rows);
    assert_ok(store_end(txn, false));
    store_close(store);
    pepper_free(pepper);
    assert_ok(buf_check(&rows));
    return rows;
}

void inside_empty_database(const struct fixture *fixture) {
    struct pepper *pepper = pepper_of(fixture);
    folder_remove(fixture_path(fixture, STORE_FOLDER));
    assert_ok(store_create(fixture_path(fixture, STORE_FOLDER), fixture->settings.map_size, pepper));
    pepper_free(pepper);
}

static err_t put_bytes(void *ctx, struct bytes record, const struct merkle *tree, const struct journal_place *batch) {
    (void)tree;
    (void)batch;
    buf_put(ctx, record.data, record.len);
    return OK;
}

static err_t put_record(void *ctx, struct bytes bytes, const struct merkle *tree, const struct journal_place *batch) {
    (void)tree;
    (void)batch;
    struct records *records = ctx;
    records->items = realloc(records->items, (records->count + 1) * sizeof records->items[0]);
    return record_decode(bytes, &records->items[records->count++]);
}

static void replay(const struct fixture *fixture, journal_visit visit, void *ctx) {
    static const struct journal_place beginning;
    struct journal *journal = NULL;
    assert_ok(journal_open(fixture->store, &beginning, &beginning.tree, &journal));
    assert_ok(journal_replay(journal, &beginning, 0, visit, ctx));
    journal_close(journal);
}

struct records inside_records(const struct fixture *fixture) {
    struct records records = {0};
    replay(fixture, put_record, &records);
    return records;
}

void inside_records_free(struct records *records) {
    for (size_t i = 0; i < records->count; i++) {
        record_free(&records->items[i]);
    }
    free(records->items);
    *records = (struct records){0};
}

struct buf inside_journal(const struct fixture *fixture) {
    struct buf bytes = {0};
    replay(fixture, put_bytes, &bytes);
    return bytes;
}

uint64_t inside_tag(const struct fixture *fixture, size_t slot, const uint8_t token[TOKEN_SIZE]) {
    uint64_t tag = 0;
    struct pepper *pepper = pepper_of(fixture);
    struct pepper_context *context = NULL;
    assert_ok(pepper_borrow(pepper, &context));
    tag_child(context, slot, token, &tag);
    pepper_return(pepper, context);
    pepper_free(pepper);
    return tag;
}
