// SPDX-License-Identifier: Apache-2.0
// The journal: numbered records without a gap, sealed, in one segment a month (docs/journal.md gives the bytes). It is
// the truth; what the store holds is derived from it.
//
// Records are staged, then written and synced together: a batch. One thread at a time; journal_count and journal_bytes
// may be called from any.
#ifndef INDEXD_JOURNAL_H
#define INDEXD_JOURNAL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/merkle.h"

#define SEGMENT_NAME_SIZE 8 // "2026-11" and a zero

struct journal;

// Where a batch begins: a place from which the journal can be read without what stands before it. All zero: its
// beginning.
struct journal_place {
    char segment[SEGMENT_NAME_SIZE];
    uint64_t offset;    // in the segment's file
    struct merkle tree; // of the records before it
};

// Makes the folders of a journal without records, journal/ and segment-keys/, in the folder `store`. ERR_EXISTS.
err_t journal_create(const char *store);

// Reads what stands behind `from`, and the headers of earlier segments. `applied` is the tree of the records that the
// store has applied: the journal must begin with it, and `from` must not lie behind it. A last batch whose write never
// completed is dropped, with a notice. ERR_CORRUPT for any other damage, a gap or a missing segment, and for a journal
// that ends before a head of it that was signed (indexd/log/head.h).
err_t journal_open(const char *store, const struct journal_place *from, const struct merkle *applied,
                   struct journal **out);
// Reads what stands before the place that the journal was opened from, beside the thread that writes. ERR_CORRUPT:
// damage, or not the records that the store was made from. ERR_UNAVAILABLE when `stop` turns true; NULL: it does not.
err_t journal_check(const struct journal *journal, const atomic_bool *stop);
// Cuts room off.
void journal_close(struct journal *journal);

// Begins a batch: drops what was staged, and turns to the segment of the month of `now_ms` when that is a later one
// than the last. ERR_FULL, ERR_IO.
err_t journal_begin(struct journal *journal, int64_t now_ms);
// The number of the next record to be staged.
uint64_t journal_next(const struct journal *journal);
err_t journal_stage(struct journal *journal, struct bytes record);
// The tree including what is staged.
const struct merkle *journal_tree(const struct journal *journal);
// Where the batch in hand begins; where nothing is staged, the last one that was written.
const struct journal_place *journal_batch(const struct journal *journal);
// Writes and syncs the batch. On failure nothing of it stands and nothing is staged: ERR_FULL, ERR_IO. When the sync
// itself fails nobody can tell what is on disk: that is logged and the process ends.
err_t journal_flush(struct journal *journal);
// Where little room is left behind the last batch, and that one was small: writes and syncs zeros for the next ones to
// be written over, which a sync takes less time for than for a file that grows. Where that fails, they make it grow.
void journal_make_room(struct journal *journal);
void journal_discard(struct journal *journal);

// Calls `visit` with every record behind the first `seen`, in order, the tree that it completes, and the place where
// its batch begins. Reading begins at `from`, which must not lie behind them. Ends at the first error.
typedef err_t (*journal_visit)(void *ctx, struct bytes record, const struct merkle *tree,
                               const struct journal_place *batch);
err_t journal_replay(struct journal *journal, const struct journal_place *from, uint64_t seen, journal_visit visit,
                     void *ctx);

// The tree of the records on disk. Any thread.
void journal_head(struct journal *journal, struct merkle *out);
uint64_t journal_count(const struct journal *journal); // records on disk
uint64_t journal_bytes(const struct journal *journal); // without room
// Free space of the journal's file system. ERR_IO.
err_t journal_free_space(const struct journal *journal, uint64_t *out);

#endif
