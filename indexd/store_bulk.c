// SPDX-License-Identifier: Apache-2.0
// Many rows at once: appending them, and copies of whole stores.
#include "indexd/store.h"

#include <string.h>

#include "indexd/store_env.h"
#include "indexd/store_txn.h"

err_t store_sync_later(struct store *store) {
    return store_mdb_err(mdb_env_set_flags(store->env, MDB_NOSYNC, 1), "flags");
}

err_t store_sync_now(struct store *store) {
    err_t err = store_mdb_err(mdb_env_sync(store->env, 1), "sync");
    return err == OK ? store_mdb_err(mdb_env_set_flags(store->env, MDB_NOSYNC, 0), "flags") : err;
}

// ---- appending

// LMDB fills a page that rows are appended to until the next row does not fit. Then the first change that makes a row
// longer splits it, and soon every page is half empty. A little room on every page lets rows come and go: where the
// rest of a page is no more than that, a filler takes it up until the next row stands on another page.
#define PAGE_ROOM (4096 - 16)        // bytes of a page below its header
#define PAGE_SLACK 72                // bytes that are left free at least: four entries
#define NODE_OVERHEAD (8 + 2)        // of a row: its header, and its offset on the page
#define NODE_MAX (PAGE_ROOM / 2 - 2) // of a row that stands on the page itself

static size_t node_size(size_t key, size_t value) {
    const size_t size = (NODE_OVERHEAD + key + value + 1) & ~(size_t)1;
    return size <= NODE_MAX ? size : NODE_OVERHEAD + key + sizeof(size_t); // the number of a page of its own
}

void store_mdb_append(struct store_txn *txn, MDB_val name, MDB_val data) {
    struct store *store = txn->store;
    const MDB_dbi dbi = store->databases[STORE_CHILDREN];
    const size_t size = node_size(name.mv_size, data.mv_size);
    const size_t left = PAGE_ROOM - store->page_used;
    uint64_t filler = store->last_key + 1;
    uint64_t key = 0;
    memcpy(&key, name.mv_data, sizeof key);
    const bool fills = size <= left && size + PAGE_SLACK > left && store->page_used > 0 && filler < key;
    MDB_val filler_name = {.mv_size = sizeof filler, .mv_data = &filler};
    if (fills) {
        static uint8_t nothing[PAGE_ROOM];
        store_mdb_put(txn, dbi, filler_name,
                      (MDB_val){.mv_size = left - NODE_OVERHEAD - sizeof filler, .mv_data = nothing}, MDB_APPEND);
    }
    store_mdb_put(txn, dbi, name, data, MDB_APPEND);
    if (fills && txn->err == OK) {
        store_fail(txn, store_mdb_err(mdb_del(txn->txn, dbi, &filler_name, NULL), "delete"));
    }
    store->page_used = fills || size > left ? size : store->page_used + size;
    store->last_key = key;
}

// ---- copies

#define REPACK_ROWS 50000 // in one transaction

struct repacking {
    struct store *to;
    struct store_txn *txn;
    enum store_database database;
    size_t rows; // in the transaction
    size_t done, total;
    struct progress progress;
};

static err_t repack_commit(struct repacking *repacking) {
    err_t err = repacking->txn == NULL ? OK : store_end(repacking->txn, true);
    repacking->txn = NULL;
    repacking->done += repacking->rows;
    repacking->rows = 0;
    progress_step(repacking->progress, repacking->done, repacking->total);
    return err;
}

static err_t repack_row(void *ctx, struct bytes key, struct bytes value) {
    struct repacking *repacking = ctx;
    err_t err = repacking->rows == REPACK_ROWS ? repack_commit(repacking) : OK;
    if (err == OK && repacking->txn == NULL) {
        err = store_begin_blank(repacking->to, true, &repacking->txn);
    }
    if (err != OK) {
        return err;
    }
    repacking->txn->append = true;
    store_raw_put(repacking->txn, repacking->database, key, value);
    repacking->rows++;
    return store_error(repacking->txn);
}

static size_t count_rows(struct store_txn *txn) {
    size_t count = 0;
    for (int database = 0; database < STORE_DATABASES; database++) {
        MDB_stat stat = {0};
        store_fail(txn, store_mdb_err(mdb_stat(txn->txn, txn->store->databases[database], &stat), "stat"));
        count += stat.ms_entries;
    }
    return count;
}

static err_t repack_all(struct store *from, struct store *to, struct progress progress) {
    struct repacking repacking = {.to = to, .progress = progress};
    struct store_txn *txn = NULL;
    err_t err = store_sync_later(to);
    if (err == OK) {
        err = store_begin_blank(from, false, &txn);
    }
    if (err != OK) {
        return err;
    }
    repacking.total = count_rows(txn);
    for (int database = 0; database < STORE_DATABASES; database++) {
        repacking.database = (enum store_database)database;
        store_each(txn, repacking.database, repack_row, &repacking);
    }
    err = store_end(txn, false);
    if (err == OK) {
        err = repack_commit(&repacking);
    } else {
        store_abort(repacking.txn);
    }
    return err == OK ? store_sync_now(to) : err;
}

err_t store_repack(struct store *store, const char *folder, struct progress progress) {
    struct store *to = NULL;
    err_t err = store_new(folder, (int64_t)store->map_size, store->pepper, &to);
    if (err != OK) {
        return err;
    }
    err = store_make_folder(to);
    if (err == OK) {
        err = store_env_open(to, MDB_CREATE);
    }
    if (err == OK) {
        err = repack_all(store, to, progress);
    }
    store_close(to);
    return err;
}

err_t store_copy(const char *folder, int64_t map_size, int fd) {
    struct store *store = NULL;
    err_t err = store_require_database(folder);
    if (err == OK) {
        err = store_new(folder, map_size, NULL, &store);
    }
    if (err != OK) {
        return err;
    }
    MDB_env *env = NULL;
    err = store_env_new(store, MDB_RDONLY, &env);
    if (err == OK) {
        err = store_mdb_err(mdb_env_copyfd(env, fd), "copy");
        mdb_env_close(env);
    }
    store_close(store);
    return err;
}
