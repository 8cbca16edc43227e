// SPDX-License-Identifier: Apache-2.0
#include "client/sync_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lmdb.h>

#define FORMAT "signpost sync 1"
#define CHECK_LABEL "signpost sync check 1"
#define MAP_SIZE ((size_t)4 << 30) // address space alone; the file grows with what is in it

struct sync_state {
    char *path;
    uint8_t check[SYNC_MAC_SIZE];
    const uint8_t *key;
    int lock;
    MDB_env *env;
    MDB_dbi records, about;
};

static err_t state_err(const struct sync_state *state, int code) {
    switch (code) {
    case MDB_SUCCESS:
        return OK;
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
        return err_set(ERR_FULL, "%s: the disk is full", state->path);
    case ENOMEM:
        return err_set(ERR_MEMORY, "no memory for %s", state->path);
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
    case MDB_NOTFOUND:
        return err_set(ERR_CORRUPT, "%s: not a sync state, or damaged (%s)", state->path, mdb_strerror(code));
    default:
        return err_set(ERR_IO, "%s: %s", state->path, mdb_strerror(code));
    }
}

// The lock is the file's own: LMDB's would need a second file and lets two writers take turns.
static err_t take_lock(struct sync_state *state, bool create) {
    state->lock = open(state->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0), 0600);
    if (state->lock < 0) {
        return err_set(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", state->path, strerror(errno));
    }
    if (flock(state->lock, LOCK_EX | LOCK_NB) != 0) {
        return err_set(ERR_UNAVAILABLE, "%s: another sync is running", state->path);
    }
    return fchmod(state->lock, 0600) == 0 ? OK : err_set(ERR_IO, "%s: %s", state->path, strerror(errno));
}

// Reading a page beyond the end of a file that was cut off would end the process.
static err_t check_length(const struct sync_state *state) {
    struct stat file;
    MDB_envinfo info;
    MDB_stat stat;
    if (fstat(state->lock, &file) != 0) {
        return err_set(ERR_IO, "%s: %s", state->path, strerror(errno));
    }
    err_t err = state_err(state, mdb_env_info(state->env, &info));
    if (err == OK) {
        err = state_err(state, mdb_env_stat(state->env, &stat));
    }
    // A file without records has its first two pages alone, and is no longer than them.
    if (err == OK && (uint64_t)file.st_size < (uint64_t)(info.me_last_pgno + 1) * stat.ms_psize) {
        err = err_set(ERR_CORRUPT, "%s: damaged (it was cut off)", state->path);
    }
    return err;
}

static err_t open_env(struct sync_state *state) {
    err_t err = state_err(state, mdb_env_create(&state->env));
    if (err == OK) {
        err = state_err(state, mdb_env_set_mapsize(state->env, MAP_SIZE));
    }
    if (err == OK) {
        err = state_err(state, mdb_env_set_maxdbs(state->env, 2));
    }
    if (err == OK) {
        err = state_err(state, mdb_env_open(state->env, state->path, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOTLS, 0600));
    }
    return err == OK ? check_length(state) : err;
}

static MDB_val val_of(const void *data, size_t len) {
    return (MDB_val){.mv_size = len, .mv_data = (void *)(uintptr_t)data}; // LMDB does not write through it
}

// A new file learns what it is about; an older one must agree.
static err_t settle_entry(struct sync_state *state, MDB_txn *txn, const char *name, struct bytes value,
                          const char *disagreement) {
    MDB_val key = val_of(name, strlen(name)), stored;
    int code = mdb_get(txn, state->about, &key, &stored);
    if (code == MDB_NOTFOUND) {
        stored = val_of(value.data, value.len);
        return state_err(state, mdb_put(txn, state->about, &key, &stored, 0));
    }
    if (code == MDB_SUCCESS && !bytes_equal(bytes_of(stored.mv_data, stored.mv_size), value)) {
        return err_set(ERR_INPUT, "%s: %s", state->path, disagreement);
    }
    return state_err(state, code);
}

static err_t settle(struct sync_state *state, MDB_txn *txn, const char *scheme) {
    err_t err = state_err(state, mdb_dbi_open(txn, "about", MDB_CREATE, &state->about));
    if (err == OK) {
        err = state_err(state, mdb_dbi_open(txn, "records", MDB_CREATE, &state->records));
    }
    if (err == OK) {
        err = settle_entry(state, txn, "format", bytes_str(FORMAT), "of another version of this program");
    }
    if (err == OK) {
        err = settle_entry(state, txn, "scheme", bytes_str(scheme), "belongs to another scheme");
    }
    return err == OK ? settle_entry(state, txn, "key check", bytes_of(state->check, sizeof state->check),
                                    "was made with another handle key: its records could not be told from new ones")
                     : err;
}

static err_t open_databases(struct sync_state *state, const char *scheme) {
    MDB_txn *txn = NULL;
    err_t err = state_err(state, mdb_txn_begin(state->env, NULL, 0, &txn));
    if (err != OK) {
        return err;
    }
    err = settle(state, txn, scheme);
    if (err != OK) {
        mdb_txn_abort(txn);
        return err;
    }
    return state_err(state, mdb_txn_commit(txn));
}

static err_t open_all(struct sync_state *state, const char *scheme, bool create) {
    err_t err = sync_mac(state->key, CHECK_LABEL, bytes_str(""), state->check);
    if (err == OK) {
        err = take_lock(state, create);
    }
    if (err == OK) {
        err = open_env(state);
    }
    return err == OK ? open_databases(state, scheme) : err;
}

err_t sync_state_open(const char *path, const char *scheme, const uint8_t key[HANDLE_KEY_SIZE], bool create,
                      struct sync_state **out) {
    struct sync_state *state = calloc(1, sizeof *state);
    char *copy = strdup(path);
    if (state == NULL || copy == NULL) {
        free(state);
        free(copy);
        return err_set(ERR_MEMORY, "no memory");
    }
    *state = (struct sync_state){.path = copy, .key = key, .lock = -1};
    err_t err = open_all(state, scheme, create);
    if (err != OK) {
        sync_state_close(state);
        return err;
    }
    *out = state;
    return OK;
}

void sync_state_close(struct sync_state *state) {
    if (state == NULL) {
        return;
    }
    if (state->env != NULL) {
        mdb_env_close(state->env);
    }
    if (state->lock >= 0) {
        close(state->lock);
    }
    free(state->path);
    free(state);
}

static err_t read_record(const struct sync_state *state, const MDB_val *key, const MDB_val *value,
                         struct sync_record *out) {
    err_t err = sync_record_read(bytes_of(key->mv_data, key->mv_size), bytes_of(value->mv_data, value->mv_size),
                                 state->key, out);
    return err == OK ? OK : err_prefix(err, "%s", state->path);
}

static err_t walk(struct sync_state *state, MDB_cursor *cursor, err_t (*each)(void *, const struct sync_record *),
                  void *ctx) {
    MDB_val key, value;
    err_t err = OK;
    int code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
    for (; err == OK && code == MDB_SUCCESS; code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        struct sync_record record;
        err = read_record(state, &key, &value, &record);
        if (err == OK) {
            err = each(ctx, &record);
            sync_record_free(&record);
        }
    }
    return err == OK && code != MDB_NOTFOUND ? state_err(state, code) : err;
}

err_t sync_state_walk(struct sync_state *state, err_t (*each)(void *ctx, const struct sync_record *record), void *ctx) {
    MDB_txn *txn = NULL;
    MDB_cursor *cursor = NULL;
    err_t err = state_err(state, mdb_txn_begin(state->env, NULL, MDB_RDONLY, &txn));
    if (err != OK) {
        return err;
    }
    err = state_err(state, mdb_cursor_open(txn, state->records, &cursor));
    if (err == OK) {
        err = walk(state, cursor, each, ctx);
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(txn);
    return err;
}

err_t sync_state_get(struct sync_state *state, const uint8_t handle[HANDLE_SIZE], struct sync_record *out) {
    MDB_txn *txn = NULL;
    err_t err = state_err(state, mdb_txn_begin(state->env, NULL, MDB_RDONLY, &txn));
    if (err != OK) {
        return err;
    }
    MDB_val key = val_of(handle, HANDLE_SIZE), value;
    int code = mdb_get(txn, state->records, &key, &value);
    if (code == MDB_SUCCESS) {
        err = read_record(state, &key, &value, out);
    } else {
        err = code == MDB_NOTFOUND ? err_set(ERR_NOT_FOUND, "no such record") : state_err(state, code);
    }
    mdb_txn_abort(txn);
    return err;
}

static err_t put_one(struct sync_state *state, MDB_txn *txn, const struct sync_record *record) {
    MDB_val key = val_of(record->handle, HANDLE_SIZE);
    if (record->count == 0) {
        int code = mdb_del(txn, state->records, &key, NULL);
        return code == MDB_NOTFOUND ? OK : state_err(state, code);
    }
    struct buf text = {0};
    err_t err = sync_record_write(record, state->key, &text);
    if (err == OK) {
        MDB_val value = val_of(text.data, text.len);
        err = state_err(state, mdb_put(txn, state->records, &key, &value, 0));
    }
    buf_free(&text);
    return err;
}

err_t sync_state_put(struct sync_state *state, const struct sync_record *const *records, size_t count) {
    MDB_txn *txn = NULL;
    err_t err = state_err(state, mdb_txn_begin(state->env, NULL, 0, &txn));
    if (err != OK) {
        return err;
    }
    for (size_t i = 0; err == OK && i < count; i++) {
        err = put_one(state, txn, records[i]);
    }
    if (err != OK) {
        mdb_txn_abort(txn);
        return err;
    }
    return state_err(state, mdb_txn_commit(txn));
}
