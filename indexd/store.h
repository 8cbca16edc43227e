// SPDX-License-Identifier: Apache-2.0
// What the index knows now: an LMDB environment in the folder lmdb/, derived from the journal by indexd/apply.h.
// store.c and store_bulk.c alone call LMDB; the files *_rows.c seal what stands in it.
//
// Four databases. "children": the key is a child tag (u64 in the machine's byte order, MDB_INTEGERKEY), the value its
// packed entries (indexd/entries.h), sealed as a whole with the child tag (8 bytes, big-endian) as associated data.
// "meta", sealed likewise with "meta:" and the key as associated data, but for the first row:
//   pepper      16 bytes in clear that tell this store's pepper from another
//   identity    format u32, epoch u32, previous epoch u32 (0: none), began u64, store_id 16,
//               scheme
//   state       keys u64, entries u64, sum of all rows 24, shields u64, sum of all shields 24, the applied records'
//   tree (merkle_put of base/merkle.h), and
//               where the last of their batches begins: segment 8, offset u64, the tree of the records before it
//               then the latest hour u64, and where the records of its day begin, likewise
//   blk + tag   who is blocked: since u64, length of the account's name u8, name, why
//   act + nonce u64: the number of the signed act's record
//   purge + fed tag  time u64 (ms), agency id: what the agency fed is being removed
//   fed + tag   day u32 (since 1970) on which an agency's system last fed the index, 0: never; epoch u32 to which all
//               that the agency holds has moved
// "shields": the key is a kind u8 (enum shield_row) and a tag u64, the value sealed with "shield:" and the key as
// associated data: the numbers, u64 each and ascending, of the shields that cover the tag; of a shield's own row
// (SHIELD_OWN, its number) the time u64 (ms) and its reference, which may be empty.
// "counts": what the accounts used on the latest day (indexd/counts.h).
//
// A transaction remembers its first error: callers write a straight line and ask once, at the end. A transaction serves
// one thread; there is one writing transaction at a time, and only one thread may write. While one thread opens the
// environment anew the others wait.
#ifndef INDEXD_STORE_H
#define INDEXD_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/merkle.h"
#include "base/progress.h"
#include "indexd/entries.h"
#include "indexd/gather.h"
#include "indexd/journal.h"
#include "indexd/pepper.h"
#include "proto/act.h"
#include "proto/limits.h"

#define STORE_ROWS_MAX 1000          // that one transaction should change
#define STORE_ENTRIES_MAX 4096       // under one child tag
#define STORE_AGENCY_ENTRIES_MAX 256 // of one agency under one child tag, so that none can fill it for the others

struct store;

struct store_identity {
    uint32_t epoch;
    uint32_t previous; // in use as well, while the scheme's key is being exchanged; 0: none
    uint64_t began;    // the record since which both are in use; 0: they are not
    uint8_t store_id[STORE_ID_SIZE];
    char scheme[MAX_ID + 1];
};

#define STORE_SUM_SIZE (CHILD_TAG_SIZE + PEPPER_SEAL_SIZE)
struct store_state {
    uint64_t keys, entries;
    uint8_t sum[STORE_SUM_SIZE];        // exclusive or of (child tag, SIV) over the rows of "children"
    uint64_t shields;                   // rows
    uint8_t shield_sum[STORE_SUM_SIZE]; // the same over the rows of "shields", of (tag, SIV), the kind added to its
                                        // first byte
    struct merkle applied;              // the records that made this state
    struct journal_place from; // a batch at or before the last of them: what stands before it need not be read again
    int64_t hour;              // since 1970: the latest of which a record is known ...
    struct journal_place day_from; // ... and a place before all records of its day: the alert rules find from there on
};

#define STORE_FOLDER "lmdb" // in the folder that the engine is given
// `map_size` is the size up to which the caller means to let the store grow (store_space tells); the map itself is
// somewhat larger, for what is in hand. Makes the folder with a store to which no record was applied. ERR_EXISTS.
err_t store_create(const char *folder, int64_t map_size, struct pepper *pepper);
// ERR_CORRUPT: missing, damaged, or of another pepper. `pepper` must outlive the store.
err_t store_open(const char *folder, int64_t map_size, struct pepper *pepper, struct store **out);
void store_close(struct store *store);
// Closes and opens the environment, which a failed commit may leave unusable.
err_t store_reopen(struct store *store);

// Copies every row as it is sealed, in the order of its key, to a new store in `folder`: on full pages, and synced.
// `progress` counts rows. ERR_EXISTS, ERR_FULL, ERR_IO.
err_t store_repack(struct store *store, const char *folder, struct progress progress);
// Writes the database file as it stands at one moment to `fd`, beside a process that has the store open. ERR_CORRUPT,
// ERR_FULL, ERR_IO.
err_t store_copy(const char *folder, int64_t map_size, int fd);

// While a new store is filled, which nobody relies on yet: commits wait for nothing, and all is synced in the end.
err_t store_sync_later(struct store *store);
err_t store_sync_now(struct store *store);

// From the next transaction on, changes of rows are gathered instead of made, and rows cannot be read (indexd/fill.h);
// NULL: as usual again.
void store_gather(struct store *store, struct gather *gather);

struct store_txn;
// On failure *out is NULL, which every function below takes for a failed transaction.
err_t store_begin(struct store *store, bool write, struct store_txn **out);
// Remembers an error of the caller, unless there is one already; its detail is this thread's.
void store_fail(struct store_txn *txn, err_t err);
err_t store_error(const struct store_txn *txn);
struct pepper_context *store_pepper(const struct store_txn *txn);
// Who begins to read from now on waits for the end of this writing transaction: others may be told what it holds before
// it is committed.
void store_promise(struct store_txn *txn);
// Ends the transaction and frees it; NULL is harmless. Commits when `commit` is set and nothing failed. Gives the first
// error. After a commit that failed nobody can tell whether it took effect.
err_t store_end(struct store_txn *txn, bool commit);
void store_abort(struct store_txn *txn);

// Nothing where there is none, and after an error. Valid until the next call on the transaction.
struct entries store_get(struct store_txn *txn, uint64_t child);
void store_put(struct store_txn *txn, uint64_t child, const struct entry *entry);
void store_remove(struct store_txn *txn, uint64_t child, const uint8_t agency[AGENCY_TAG_SIZE],
                  const uint8_t record[RECORD_TAG_SIZE]);
// Changes that were gathered, all of one child tag. ERR_FULL in the transaction above STORE_ENTRIES_MAX.
void store_put_gathered(struct store_txn *txn, const struct gathered *rows, size_t count);
// The transaction puts rows in ascending order into a store without any: pages are filled one after the other.
void store_append(struct store_txn *txn);

// What is remembered of an agency that changed something.
struct store_fed {
    uint32_t day;   // its system last fed the index; 0: never
    uint32_t moved; // the epoch under which all that it holds is registered; 0: it has not said so
};
// Keeps the later of each figure and what stands there.
void store_put_fed(struct store_txn *txn, const char *agency, const struct store_fed *fed);
struct store_fed store_get_fed(struct store_txn *txn, const char *agency); // zeros where there is none
// How many agencies have not moved to this epoch, those on no roster too.
size_t store_count_unmoved(struct store_txn *txn, uint32_t epoch);
// That a signed act was carried out. 0: it was not.
void store_put_nonce(struct store_txn *txn, const uint8_t nonce[ACT_NONCE_SIZE], uint64_t record);
uint64_t store_get_nonce(struct store_txn *txn, const uint8_t nonce[ACT_NONCE_SIZE]);
// That all an agency fed is being removed, since then; 0: no longer, and nothing is known of the agency any more.
void store_put_purge(struct store_txn *txn, const char *agency, int64_t since_ms);
typedef void (*purge_visit)(void *ctx, const char *agency, int64_t since_ms);
void store_each_purge(struct store_txn *txn, purge_visit visit, void *ctx);
void store_put_identity(struct store_txn *txn, const struct store_identity *identity);
// ERR_CORRUPT in the transaction where there is none.
void store_get_identity(struct store_txn *txn, struct store_identity *out);
// Counts and sum are kept by store_put and store_remove; this states how far the journal is applied.
void store_put_applied(struct store_txn *txn, const struct merkle *applied, const struct journal_place *from);
// For the next store_put_applied: the latest hour of the records.
void store_put_hour(struct store_txn *txn, int64_t hour, const struct journal_place *day_from);
void store_get_state(struct store_txn *txn, struct store_state *out);

// What a row of "shields" covers.
enum shield_row {
    SHIELD_IDENTIFIER = 1, // a child tag: whoever puts a record under it hides that record
    SHIELD_NAME = 2,       // a child tag that others may share: nothing is hidden, a human is told
    SHIELD_RECORD = 3,     // a record tag: none of its entries counts in anybody's answer
    SHIELD_OWN = 4,        // the number of a shield
};
#define SHIELD_REFERENCE_MAX 64
// Whether any shield covers the tag. The same work whether or not.
bool store_shielded(struct store_txn *txn, enum shield_row kind, uint64_t tag);
// The numbers of the shields that cover it, at most `max` of them; how many.
size_t store_shields_of(struct store_txn *txn, enum shield_row kind, uint64_t tag, uint64_t *out, size_t max);
void store_shield_add(struct store_txn *txn, enum shield_row kind, uint64_t tag, uint64_t number);
void store_shield_drop(struct store_txn *txn, enum shield_row kind, uint64_t tag, uint64_t number);
// Hides the record, which now stands under these child tags, by the shields that cover any of them. Reads and writes as
// much when none does.
void store_shield_inherit(struct store_txn *txn, const uint64_t *children, size_t count, uint64_t record);

struct store_shield {
    uint64_t number;
    int64_t time_ms;
    char reference[SHIELD_REFERENCE_MAX + 1];
};
void store_put_shield(struct store_txn *txn, const struct store_shield *shield);
bool store_get_shield(struct store_txn *txn, uint64_t number, struct store_shield *out);
void store_delete_shield(struct store_txn *txn, uint64_t number);

// A row as store_each_shield shows it.
struct shield_cover {
    enum shield_row kind;
    uint64_t tag;
    const uint64_t *numbers; // of the shields; none of a shield's own row
    size_t count;
};
typedef void (*shield_visit)(void *ctx, const struct shield_cover *cover);
void store_each_shield(struct store_txn *txn, shield_visit visit, void *ctx);

// Reads every row, finds it again by its key, and compares counts and sum with the state: a lost row, a changed key and
// a wrong turn on the way to a row do not show otherwise. What stands in a value is checked when it is read. Ends with
// ERR_UNAVAILABLE when `stop` turns true; NULL: it does not.
void store_scrub(struct store_txn *txn, const atomic_bool *stop);

struct store_space {
    uint64_t used, size; // bytes: in use, and map_size
};
err_t store_space(struct store *store, struct store_space *out);
// Frees the places of readers whose process is gone.
void store_check_readers(struct store *store);

// The child tags from `from` on, in order, at most `max` of them; how many.
size_t store_children_from(struct store_txn *txn, uint64_t from, uint64_t *out, size_t max);

enum store_database { STORE_CHILDREN, STORE_META, STORE_SHIELDS, STORE_COUNTS };
#define STORE_DATABASES 4
// Visits every row as it stands on disk, in the order of keys, until the visitor's first error.
typedef err_t (*store_visit)(void *ctx, struct bytes key, struct bytes value);
void store_each(struct store_txn *txn, enum store_database database, store_visit visit, void *ctx);

#endif
