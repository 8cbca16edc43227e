// SPDX-License-Identifier: Apache-2.0
#include "indexd/fill.h"

#define ROWS_AT_ONCE 20000 // in one transaction

struct filling {
    struct store *store;
    struct store_txn *txn;
    size_t rows; // in it
    bool append;
    size_t done, total;
    struct progress progress;
};

static err_t commit(struct filling *filling) {
    if (filling->txn == NULL) {
        return OK;
    }
    struct store_state state;
    store_get_state(filling->txn, &state);
    store_put_applied(filling->txn, &state.applied, &state.from); // with the new counts and sum
    err_t err = store_end(filling->txn, true);
    filling->txn = NULL;
    filling->done += filling->rows;
    filling->rows = 0;
    progress_step(filling->progress, filling->done, filling->total);
    return err;
}

static err_t put_rows(void *ctx, const struct gathered *rows, size_t count) {
    struct filling *filling = ctx;
    err_t err = filling->rows >= ROWS_AT_ONCE ? commit(filling) : OK;
    if (err == OK && filling->txn == NULL) {
        err = store_begin(filling->store, true, &filling->txn);
        if (filling->append) {
            store_append(filling->txn);
        }
    }
    if (err != OK) {
        return err;
    }
    store_put_gathered(filling->txn, rows, count);
    filling->rows += count;
    return store_error(filling->txn);
}

static err_t is_empty(struct store *store, bool *out) {
    struct store_txn *txn = NULL;
    struct store_state state = {0};
    err_t err = store_begin(store, false, &txn);
    if (err != OK) {
        return err;
    }
    store_get_state(txn, &state);
    *out = state.keys == 0;
    return store_end(txn, false);
}

err_t fill(struct store *store, struct gather *gather, struct progress progress) {
    struct filling filling = {.store = store, .total = gather_count(gather), .progress = progress};
    store_gather(store, NULL);
    err_t err = is_empty(store, &filling.append);
    if (err == OK) {
        err = gather_hand_over(gather, put_rows, &filling);
    }
    if (err == OK) {
        return commit(&filling);
    }
    store_abort(filling.txn);
    return err;
}
