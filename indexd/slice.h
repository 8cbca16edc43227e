// SPDX-License-Identifier: Apache-2.0
// A slice: what is decided in one transaction and written in one batch of the journal. The sequencer's thread only.
#ifndef INDEXD_SLICE_H
#define INDEXD_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "indexd/budget.h"
#include "indexd/decide.h"
#include "indexd/engine.h"
#include "indexd/journal.h"
#include "indexd/queue.h"
#include "indexd/record.h"
#include "indexd/store.h"
#include "proto/histogram.h"

// One thing of a slice: a question, a run of an operation's changes, or a memo.
struct work {
    struct operation *operation;
    size_t first, count; // of its changes; the children of a question
    bool last;           // the operation ends with it, and what it asks is answered
    struct memo *memo;
};

#define SLICE_TOUCHES_MAX 1024

// Room for deciding: records of the largest operation. One for each sequencer.
struct slice_room {
    struct record record;
    struct record_child children[MAX_CHILDREN];
    struct record_change changes[MAX_CHILDREN];
    struct buf bytes;
    struct touched touched[SLICE_TOUCHES_MAX];
    // Of the slice that was run last:
    size_t touched_count;  // of shields
    struct store_txn *txn; // still to be committed, or NULL
    int64_t flushed_us;    // when its batch was begun to be written
};

struct slice_context {
    struct store *store;
    struct journal *journal;
    const struct descriptor *descriptor;
    const uint8_t *store_id;
    struct budget *budget;
    int64_t lapse_days, now_ms;
    struct histogram *commit_us; // how long journal and store took to take a slice
    bool commit;                 // states in the store how far it is, even where nothing changes
};

enum slice_end {
    SLICE_DONE,    // in the journal on disk: it stands, and its operations' owners may be told
    SLICE_UNDONE,  // something could not be decided: nothing of it stands, and others of the slice may do better alone
    SLICE_REFUSED, // the journal could not be written: nothing of it stands
};

// How many rows of the store the change may touch.
size_t slice_rows(const struct operation *operation, size_t i);

// Runs the works and fills their operations' results, which count only after SLICE_DONE. Otherwise *out_err is why.
enum slice_end slice_run(const struct slice_context *context, struct slice_room *room, const struct work *works,
                         size_t count, err_t *out_err);
// After SLICE_DONE, before anything else: commits what it changed, if anything. Until then nobody begins to read the
// store. When it fails the store is behind its journal.
err_t slice_commit(const struct slice_context *context, struct slice_room *room);

#endif
