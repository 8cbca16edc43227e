// SPDX-License-Identifier: Apache-2.0
#include "indexd/store.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "indexd/faults.h"
#include "indexd/store_env.h"
#include "indexd/store_txn.h"

#define READERS_MAX 126
#define FREE_LIST 0 // LMDB's own database of free pages

// The journal is the truth, so that a commit which the power takes with it is replayed (NOMETASYNC). Transactions
// belong to their handle, not to a thread (NOTLS). Keys are random, so that reading ahead only fills memory
// (NORDAHEAD).
#define ENV_FLAGS (MDB_NOMETASYNC | MDB_NOTLS | MDB_NORDAHEAD)

// The map is larger than its owner said: changes are refused near the size that was set, so that a commit, which comes
// after the journal was written, never finds it full. A transaction of STORE_ROWS_MAX rows of the largest kind fits.
#define RESERVE ((size_t)128 * 1024 * 1024)
_Static_assert(RESERVE > (size_t)STORE_ROWS_MAX * (STORE_ENTRIES_MAX * ENTRY_SIZE + 4 * 4096), "largest transaction");

err_t store_mdb_err(int code, const char *what) {
    switch (code) {
    case MDB_SUCCESS:
        return OK;
    case MDB_MAP_FULL:
        return err_set(ERR_FULL, "the store's map is full: raise map_size_gib");
    case ENOSPC:
    case EDQUOT:
        return err_set(ERR_FULL, "the store's disk is full");
    case ENOMEM:
        return err_set(ERR_MEMORY, "out of memory");
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
    case MDB_NOTFOUND:
        return err_set(ERR_CORRUPT, "the store is damaged (%s: %s)", what, mdb_strerror(code));
    default:
        return err_set(ERR_IO, "the store failed (%s: %s)", what, mdb_strerror(code));
    }
}

err_t store_env_new(const struct store *store, unsigned flags, MDB_env **out) {
    MDB_env *env = NULL;
    err_t err = store_mdb_err(mdb_env_create(&env), "create");
    if (err == OK) {
        err = store_mdb_err(mdb_env_set_mapsize(env, store->map_size + RESERVE), "map size");
    }
    if (err == OK) {
        err = store_mdb_err(mdb_env_set_maxdbs(env, STORE_DATABASES), "databases");
    }
    if (err == OK) {
        err = store_mdb_err(mdb_env_set_maxreaders(env, READERS_MAX), "readers");
    }
    if (err == OK) {
        err = store_mdb_err(mdb_env_open(env, store->path, ENV_FLAGS | flags, 0600), "open");
    }
    if (err != OK) {
        mdb_env_close(env);
        return err;
    }
    *out = env;
    return OK;
}

static const struct {
    const char *name;
    unsigned flags;
} databases[STORE_DATABASES] = {
    [STORE_CHILDREN] = {"children", MDB_INTEGERKEY},
    [STORE_META] = {"meta", 0},
    [STORE_SHIELDS] = {"shields", 0},
    [STORE_COUNTS] = {"counts", 0},
};

static err_t open_databases(struct store *store, MDB_env *env, unsigned create) {
    MDB_txn *txn = NULL;
    err_t err = store_mdb_err(mdb_txn_begin(env, NULL, create != 0 ? 0 : MDB_RDONLY, &txn), "begin");
    for (size_t i = 0; err == OK && i < STORE_DATABASES; i++) {
        err = store_mdb_err(mdb_dbi_open(txn, databases[i].name, databases[i].flags | create, &store->databases[i]),
                            databases[i].name);
    }
    if (err != OK) {
        mdb_txn_abort(txn);
        return err;
    }
    return store_mdb_err(mdb_txn_commit(txn), "databases");
}

err_t store_env_open(struct store *store, unsigned create) {
    MDB_env *env = NULL;
    err_t err = store_env_new(store, 0, &env);
    if (err != OK) {
        return err;
    }
    err = open_databases(store, env, create);
    if (err != OK) {
        mdb_env_close(env);
        return err;
    }
    store->env = env;
    return OK;
}

static void store_free(struct store *store) {
    (void)pthread_mutex_destroy(&store->promised);
    (void)pthread_rwlock_destroy(&store->lock);
    free(store->path);
    free(store);
}

err_t store_new(const char *folder, int64_t map_size, struct pepper *pepper, struct store **out) {
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    (void)pthread_rwlock_init(&store->lock, NULL);
    (void)pthread_mutex_init(&store->promised, NULL);
    store->map_size = (size_t)map_size;
    store->pepper = pepper;
    store->path = strdup(folder);
    if (store->path == NULL) {
        store_free(store);
        return err_set(ERR_MEMORY, "out of memory");
    }
    *out = store;
    return OK;
}

void store_close(struct store *store) {
    if (store == NULL) {
        return;
    }
    if (store->env != NULL) {
        mdb_env_close(store->env);
    }
    store_free(store);
}

err_t store_reopen(struct store *store) {
    (void)pthread_rwlock_wrlock(&store->lock);
    if (store->env != NULL) {
        mdb_env_close(store->env);
        store->env = NULL;
    }
    err_t err = store_env_open(store, 0);
    (void)pthread_rwlock_unlock(&store->lock);
    return err;
}

static err_t txn_new(struct store *store, bool write, struct store_txn **out) {
    struct store_txn *txn = calloc(1, sizeof *txn);
    if (txn == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    txn->store = store;
    txn->write = write;
    txn->pepper = store->pepper;
    txn->gather = store->gather;
    err_t err = pepper_borrow(store->pepper, &txn->context);
    if (err == OK) {
        rows_make_decoy(txn);
    }
    if (err == OK && store->env == NULL) {
        err = err_set(ERR_UNAVAILABLE, "the store could not be opened again");
    }
    if (err == OK) {
        err = store_mdb_err(mdb_txn_begin(store->env, NULL, write ? 0 : MDB_RDONLY, &txn->txn), "begin");
    }
    if (err != OK) {
        pepper_return(store->pepper, txn->context);
        free(txn);
        return err;
    }
    *out = txn;
    return OK;
}

err_t store_begin_blank(struct store *store, bool write, struct store_txn **out) {
    *out = NULL;
    if (!write) {
        (void)pthread_mutex_lock(&store->promised);
        (void)pthread_mutex_unlock(&store->promised);
    }
    (void)pthread_rwlock_rdlock(&store->lock);
    err_t err = txn_new(store, write, out);
    if (err != OK) {
        (void)pthread_rwlock_unlock(&store->lock);
    }
    return err;
}

err_t store_begin(struct store *store, bool write, struct store_txn **out) {
    err_t err = store_begin_blank(store, write, out);
    if (err == OK && write) {
        rows_load_state(*out);
    }
    return err;
}

void store_fail(struct store_txn *txn, err_t err) {
    if (txn->err == OK) {
        txn->err = err;
    }
}

err_t store_error(const struct store_txn *txn) {
    return txn == NULL ? ERR_MEMORY : txn->err;
}

struct pepper_context *store_pepper(const struct store_txn *txn) {
    return txn->context;
}

void store_promise(struct store_txn *txn) {
    assert(txn->write && !txn->promised);
    (void)pthread_mutex_lock(&txn->store->promised);
    txn->promised = true;
}

static err_t commit(struct store_txn *txn) {
    int code = txn->write ? faults.commit() : 0;
    if (code != 0) {
        return store_mdb_err(code, "commit");
    }
    code = mdb_txn_commit(txn->txn);
    txn->txn = NULL; // freed either way
    return store_mdb_err(code, "commit");
}

void store_abort(struct store_txn *txn) {
    if (txn == NULL) {
        return;
    }
    mdb_txn_abort(txn->txn); // NULL after a commit
    if (txn->promised) {
        (void)pthread_mutex_unlock(&txn->store->promised);
    }
    pepper_return(txn->pepper, txn->context);
    (void)pthread_rwlock_unlock(&txn->store->lock);
    free(txn->packed);
    free(txn);
}

err_t store_end(struct store_txn *txn, bool commits) {
    err_t err = store_error(txn);
    if (err == OK && commits) {
        err = commit(txn);
    }
    store_abort(txn);
    return err;
}

void store_gather(struct store *store, struct gather *gather) {
    store->gather = gather;
}

err_t store_require_database(const char *folder) {
    char *path = file_join(folder, "data.mdb");
    if (path == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    struct stat about;
    err_t err = OK;
    if (stat(path, &about) != 0) {
        err = err_set(ERR_CORRUPT, "%s: %s", path, strerror(errno));
    } else if (about.st_size == 0) {
        err = err_set(ERR_CORRUPT, "%s: is empty", path);
    }
    free(path);
    return err;
}

static err_t fill_new(struct store *store) {
    struct store_txn *txn = NULL;
    err_t err = store_env_open(store, MDB_CREATE);
    if (err == OK) {
        err = store_begin_blank(store, true, &txn);
    }
    if (err == OK) {
        rows_create(txn);
        err = store_end(txn, true);
    }
    return err;
}

err_t store_make_folder(const struct store *store) {
    return access(store->path, F_OK) == 0 ? err_set(ERR_EXISTS, "%s: already there", store->path)
                                          : file_make_dir(store->path);
}

err_t store_create(const char *folder, int64_t map_size, struct pepper *pepper) {
    struct store *store = NULL;
    err_t err = store_new(folder, map_size, pepper, &store);
    if (err != OK) {
        return err;
    }
    err = store_make_folder(store);
    if (err == OK) {
        err = fill_new(store);
    }
    store_close(store);
    return err;
}

static err_t check_opened(struct store *store) {
    struct store_txn *txn = NULL;
    err_t err = store_begin(store, false, &txn);
    if (err == OK) {
        rows_check_pepper(txn);
        rows_load_state(txn);
        err = store_end(txn, false);
    }
    return err;
}

err_t store_open(const char *folder, int64_t map_size, struct pepper *pepper, struct store **out) {
    struct store *store = NULL;
    err_t err = store_new(folder, map_size, pepper, &store);
    if (err != OK) {
        return err;
    }
    err = store_require_database(store->path);
    if (err == OK) {
        err = store_env_open(store, 0);
    }
    if (err == OK) {
        err = check_opened(store);
    }
    if (err != OK) {
        store_close(store);
        return err;
    }
    store_check_readers(store);
    *out = store;
    return OK;
}

static MDB_dbi dbi_of(const struct store_txn *txn, enum store_database database) {
    return txn->store->databases[database];
}

// LMDB takes keys and values by pointers to what it does not change.
static MDB_val val_of(struct bytes bytes) {
    return (MDB_val){.mv_size = bytes.len, .mv_data = (void *)(uintptr_t)bytes.data};
}

static struct bytes bytes_of_val(MDB_val val) {
    return bytes_of(val.mv_data, val.mv_size);
}

bool store_raw_get(struct store_txn *txn, enum store_database database, struct bytes key, struct bytes *out) {
    if (store_error(txn) != OK) {
        return false;
    }
    MDB_val name = val_of(key);
    MDB_val value;
    int code = mdb_get(txn->txn, dbi_of(txn, database), &name, &value);
    if (code == MDB_NOTFOUND) {
        return false;
    }
    store_fail(txn, store_mdb_err(code, "get"));
    *out = bytes_of_val(value);
    return txn->err == OK;
}

void store_mdb_put(struct store_txn *txn, MDB_dbi dbi, MDB_val name, MDB_val data, unsigned flags) {
    if (txn->err == OK) {
        store_fail(txn, store_mdb_err(mdb_put(txn->txn, dbi, &name, &data, flags), "put"));
    }
}

void store_raw_put(struct store_txn *txn, enum store_database database, struct bytes key, struct bytes value) {
    if (store_error(txn) != OK) {
        return;
    }
    if (txn->append && database == STORE_CHILDREN) {
        store_mdb_append(txn, val_of(key), val_of(value));
    } else {
        store_mdb_put(txn, dbi_of(txn, database), val_of(key), val_of(value), 0);
    }
}

void store_raw_delete(struct store_txn *txn, enum store_database database, struct bytes key) {
    if (store_error(txn) == OK) {
        MDB_val name = val_of(key);
        store_fail(txn, store_mdb_err(mdb_del(txn->txn, dbi_of(txn, database), &name, NULL), "delete"));
    }
}

void store_raw_clear(struct store_txn *txn, enum store_database database) {
    if (store_error(txn) == OK) {
        store_fail(txn, store_mdb_err(mdb_drop(txn->txn, dbi_of(txn, database), 0), "clear"));
    }
}

static void each(struct store_txn *txn, MDB_dbi dbi, store_visit visit, void *ctx) {
    MDB_cursor *cursor = NULL;
    store_fail(txn, store_mdb_err(mdb_cursor_open(txn->txn, dbi, &cursor), "cursor"));
    MDB_cursor_op move = MDB_FIRST;
    while (txn->err == OK) {
        MDB_val key;
        MDB_val value;
        int code = mdb_cursor_get(cursor, &key, &value, move);
        if (code == MDB_NOTFOUND) {
            break;
        }
        store_fail(txn, store_mdb_err(code, "next"));
        if (txn->err == OK) {
            store_fail(txn, visit(ctx, bytes_of_val(key), bytes_of_val(value)));
        }
        move = MDB_NEXT;
    }
    mdb_cursor_close(cursor);
}

void store_each(struct store_txn *txn, enum store_database database, store_visit visit, void *ctx) {
    if (store_error(txn) == OK) {
        each(txn, dbi_of(txn, database), visit, ctx);
    }
}

size_t store_children_from(struct store_txn *txn, uint64_t from, uint64_t *out, size_t max) {
    MDB_cursor *cursor = NULL;
    size_t count = 0;
    if (store_error(txn) != OK) {
        return 0;
    }
    store_fail(txn, store_mdb_err(mdb_cursor_open(txn->txn, dbi_of(txn, STORE_CHILDREN), &cursor), "cursor"));
    MDB_val key = {.mv_size = sizeof from, .mv_data = &from};
    for (MDB_cursor_op move = MDB_SET_RANGE; txn->err == OK && count < max; move = MDB_NEXT) {
        MDB_val value;
        int code = mdb_cursor_get(cursor, &key, &value, move);
        if (code == MDB_NOTFOUND) {
            break;
        }
        store_fail(txn, store_mdb_err(code, "next"));
        if (txn->err == OK && key.mv_size != sizeof out[0]) {
            store_fail(txn, err_set(ERR_CORRUPT, "a row of the store has no length that it can have"));
        }
        if (txn->err == OK) {
            memcpy(&out[count++], key.mv_data, sizeof out[0]);
        }
    }
    mdb_cursor_close(cursor);
    return count;
}

// A row of the free list begins with the number of its pages.
static err_t count_free(void *ctx, struct bytes key, struct bytes value) {
    (void)key;
    uint64_t *pages = ctx;
    size_t count = 0;
    if (value.len < sizeof count) {
        return err_set(ERR_CORRUPT, "the store's list of free pages is damaged");
    }
    memcpy(&count, value.data, sizeof count);
    *pages += count;
    return OK;
}

err_t store_space(struct store *store, struct store_space *out) {
    struct store_txn *txn = NULL;
    err_t err = store_begin_blank(store, false, &txn);
    if (err != OK) {
        return err;
    }
    MDB_envinfo info;
    MDB_stat stat;
    uint64_t unused = 0;
    store_fail(txn, store_mdb_err(mdb_env_info(store->env, &info), "info"));
    store_fail(txn, store_mdb_err(mdb_env_stat(store->env, &stat), "stat"));
    each(txn, FREE_LIST, count_free, &unused);
    if (txn->err == OK) {
        *out = (struct store_space){.used = (info.me_last_pgno + 1 - unused) * stat.ms_psize, .size = store->map_size};
    }
    return store_end(txn, false);
}

void store_check_readers(struct store *store) {
    int dead = 0;
    (void)pthread_rwlock_rdlock(&store->lock);
    if (store->env != NULL && mdb_reader_check(store->env, &dead) == 0 && dead > 0) {
        log_line(LOG_NOTICE, "freed %d places of readers that are gone", dead);
    }
    (void)pthread_rwlock_unlock(&store->lock);
}
