// SPDX-License-Identifier: Apache-2.0
// LMDB below the store: what store.c and store_bulk.c share. Nobody else includes this, nor LMDB.
#ifndef INDEXD_STORE_ENV_H
#define INDEXD_STORE_ENV_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lmdb.h>

#include "indexd/store.h"

struct store {
    char *path;
    size_t map_size; // as it was set
    struct pepper *pepper;
    MDB_env *env;
    MDB_dbi databases[STORE_DATABASES];
    struct gather *gather; // borrowed
    // Where rows are appended: what the last page holds, in bytes, and the last key.
    size_t page_used;
    uint64_t last_key;
    pthread_rwlock_t lock;    // readers: transactions; writer: opening anew
    pthread_mutex_t promised; // held while a transaction is to be committed that others know of
};

err_t store_mdb_err(int code, const char *what);

// Without an environment; store_close it.
err_t store_new(const char *folder, int64_t map_size, struct pepper *pepper, struct store **out);
// ERR_EXISTS.
err_t store_make_folder(const struct store *store);
// LMDB would make a new database where the file is missing or empty: ERR_CORRUPT.
err_t store_require_database(const char *folder);
err_t store_env_new(const struct store *store, unsigned flags, MDB_env **out);
// With its databases; `create` is MDB_CREATE or 0.
err_t store_env_open(struct store *store, unsigned create);
// Without the state, which a new store does not have yet.
err_t store_begin_blank(struct store *store, bool write, struct store_txn **out);

void store_mdb_put(struct store_txn *txn, MDB_dbi dbi, MDB_val name, MDB_val data, unsigned flags);
// A row of "children", behind the last.
void store_mdb_append(struct store_txn *txn, MDB_val name, MDB_val data);

#endif
