// SPDX-License-Identifier: Apache-2.0
// The store's rows in memory: the functions of indexd/store.c over a few of them, for fuzzers of what stands in rows.
#ifndef TESTS_FUZZ_ROWS_TABLE_H
#define TESTS_FUZZ_ROWS_TABLE_H

#include "indexd/store_txn.h"
#include "tests/fuzz/fuzz.h"

struct table_row {
    enum store_database database;
    struct buf key, value;
    bool sealed_here;
};

struct table_row *table_find(enum store_database database, struct bytes key); // NULL: none
size_t table_count(void);
void table_clear(void);
// Puts a row as it stands, or sealed here under this associated data.
void table_put(struct store_txn *txn, enum store_database database, struct bytes key, struct bytes ad, bool seal,
               struct bytes plain);

// A writing transaction over the table, and its end.
void table_begin(struct store_txn *txn);
void table_end(struct store_txn *txn);

#endif
