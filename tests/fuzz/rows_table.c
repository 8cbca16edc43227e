// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/rows_table.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MAX 32
#define VALUE_MAX 9000

static struct {
    struct table_row rows[ROWS_MAX];
    size_t count;
} table;

struct table_row *table_find(enum store_database database, struct bytes key) {
    for (size_t i = 0; i < table.count; i++) {
        if (table.rows[i].database == database && bytes_equal(buf_bytes(&table.rows[i].key), key)) {
            return &table.rows[i];
        }
    }
    return NULL;
}

void store_fail(struct store_txn *txn, err_t err) {
    txn->err = txn->err == OK ? err : txn->err;
}

err_t store_error(const struct store_txn *txn) {
    return txn->err;
}

struct pepper_context *store_pepper(const struct store_txn *txn) {
    return txn->context;
}

bool store_raw_get(struct store_txn *txn, enum store_database database, struct bytes key, struct bytes *out) {
    struct table_row *row = txn->err == OK ? table_find(database, key) : NULL;
    if (row != NULL) {
        *out = buf_bytes(&row->value);
    }
    return row != NULL;
}

void store_raw_put(struct store_txn *txn, enum store_database database, struct bytes key, struct bytes value) {
    struct table_row *row = table_find(database, key);
    if (txn->err != OK || (row == NULL && table.count == ROWS_MAX)) {
        store_fail(txn, ERR_FULL);
        return;
    }
    if (row == NULL) {
        row = &table.rows[table.count++];
        row->database = database;
        buf_put(&row->key, key.data, key.len);
    }
    buf_reset(&row->value);
    buf_put(&row->value, value.data, value.len);
}

void store_raw_delete(struct store_txn *txn, enum store_database database, struct bytes key) {
    struct table_row *row = txn->err == OK ? table_find(database, key) : NULL;
    if (row != NULL) {
        buf_free(&row->key);
        buf_free(&row->value);
        *row = table.rows[--table.count];
        table.rows[table.count] = (struct table_row){0};
    }
}

void store_raw_clear(struct store_txn *txn, enum store_database database) {
    for (size_t i = table.count; i > 0; i--) {
        if (table.rows[i - 1].database == database) {
            store_raw_delete(txn, database, buf_bytes(&table.rows[i - 1].key));
        }
    }
}

void store_each(struct store_txn *txn, enum store_database database, store_visit visit, void *ctx) {
    for (size_t i = 0; i < table.count && txn->err == OK; i++) {
        if (table.rows[i].database == database) {
            store_fail(txn, visit(ctx, buf_bytes(&table.rows[i].key), buf_bytes(&table.rows[i].value)));
        }
    }
}

static struct pepper *pepper;

void table_begin(struct store_txn *txn) {
    if (pepper == NULL) {
        static const uint8_t key[32] = {5};
        MUST(pepper_load(fuzz_file(bytes_of(key, sizeof key)), &pepper) == OK);
    }
    *txn = (struct store_txn){.write = true, .pepper = pepper};
    MUST(pepper_borrow(txn->pepper, &txn->context) == OK);
    rows_make_decoy(txn);
}

void table_end(struct store_txn *txn) {
    pepper_return(txn->pepper, txn->context);
    free(txn->packed);
}

size_t table_count(void) {
    return table.count;
}

void table_clear(void) {
    for (size_t i = 0; i < table.count; i++) {
        buf_free(&table.rows[i].key);
        buf_free(&table.rows[i].value);
    }
    memset(&table, 0, sizeof table);
    pepper_free(pepper); // what it holds stands in locked memory, where no leak detector looks for pointers
    pepper = NULL;
}

void table_put(struct store_txn *txn, enum store_database database, struct bytes key, struct bytes ad, bool seal,
               struct bytes plain) {
    uint8_t value[VALUE_MAX + PEPPER_SEAL_SIZE];
    plain.len = plain.len > VALUE_MAX ? VALUE_MAX : plain.len;
    seal = seal && plain.len > 0;
    if (seal) {
        pepper_seal(txn->context, ad, plain, value);
        plain = bytes_of(value, plain.len + PEPPER_SEAL_SIZE);
    }
    store_raw_put(txn, database, key, plain);
    struct table_row *row = table_find(database, key);
    if (row != NULL) {
        row->sealed_here = seal;
    }
}
