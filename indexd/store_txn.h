// SPDX-License-Identifier: Apache-2.0
// What the two halves of the store share: store.c and store_bulk.c know LMDB, the files *_rows.c know what stands in a
// row. Nobody else includes this.
#ifndef INDEXD_STORE_TXN_H
#define INDEXD_STORE_TXN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "indexd/store.h"

struct MDB_txn;
struct gather;

struct store_txn {
    struct store *store;
    struct MDB_txn *txn;
    bool write;
    bool promised; // holds the store's `promised`
    err_t err;
    struct pepper *pepper;
    struct pepper_context *context;
    uint8_t decoy[PEPPER_SEAL_SIZE + ENTRY_SIZE]; // a row that nobody has, unsealed where there is none
    struct store_state state;                     // writing transactions: as it will be committed
    struct gather *gather;                        // where changes of rows go instead, or NULL
    bool append; // rows are put in the order of their keys, into a database that had none
    // The row that store_get read last: its entries, with room for one more, and the seal that stands in front of them.
    uint64_t child;
    uint8_t *packed;
    size_t count, cap;
    uint8_t seal[PEPPER_SEAL_SIZE];
};

// A row's value, borrowed until the transaction ends or writes. False when there is none, and after an error.
bool store_raw_get(struct store_txn *txn, enum store_database database, struct bytes key, struct bytes *out);
void store_raw_put(struct store_txn *txn, enum store_database database, struct bytes key, struct bytes value);
void store_raw_delete(struct store_txn *txn, enum store_database database, struct bytes key);
void store_raw_clear(struct store_txn *txn, enum store_database database);

// Adds a row with this seal to a sum, or takes it out.
void rows_toggle(uint8_t sum[STORE_SUM_SIZE], uint64_t tag, const uint8_t seal[PEPPER_SEAL_SIZE]);
// Compares the rows of "shields" with the state.
void shields_scrub(struct store_txn *txn, const struct store_state *stated);

// Rows of "meta", sealed.
#define META_MAX 8192 // bytes
void meta_put(struct store_txn *txn, struct bytes key, const struct buf *plain);
// False when there is no such row, and after an error.
bool meta_get(struct store_txn *txn, struct bytes key, uint8_t plain[META_MAX], struct reader *out);

// The rows of a new store.
void rows_create(struct store_txn *txn);
// Makes the row that is unsealed in place of one that is not there.
void rows_make_decoy(struct store_txn *txn);
// Checks that the store belongs to the pepper.
void rows_check_pepper(struct store_txn *txn);
// Reads the state. ERR_CORRUPT in the transaction where there is none.
void rows_load_state(struct store_txn *txn);

#endif
