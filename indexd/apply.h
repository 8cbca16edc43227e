// SPDX-License-Identifier: Apache-2.0
// How a record changes the store: one way for the running index, for start-up and for rebuilding. A record states what
// is to stand, not how to get there, so that applying it again, or applying an old one and then all that follow, ends
// in the same state.
#ifndef INDEXD_APPLY_H
#define INDEXD_APPLY_H

#include "base/err.h"
#include "base/merkle.h"
#include "base/progress.h"
#include "indexd/journal.h"
#include "indexd/record.h"
#include "indexd/store.h"

uint64_t apply_record_tag(const uint8_t record[RECORD_TAG_SIZE]); // as a big-endian number

// Errors stay in the transaction.
void apply_change(struct store_txn *txn, const struct record_change *change);
// The day on which the agency's system last fed the index, of a record of changes.
void apply_fed(struct store_txn *txn, const struct record *record);
// All of a record: changes and day, or the identity of a new store. ERR_CORRUPT in the transaction
// when the record was made with another pepper.
void apply_record(struct store_txn *txn, const struct record *record);

// How far the store is: the tree of the records that it has applied, and where to read on.
err_t apply_reached(struct store *store, struct store_state *out);
// Applies what the journal holds and the store does not, in slices of STORE_ROWS_MAX rows.
err_t apply_journal(struct store *store, struct journal *journal);
// The same for a store that nobody uses yet, with the same end: rows are gathered and then written in the order of
// their keys. What has to be put aside lies in `folder`. `reading` counts records, `writing` rows.
err_t apply_journal_gathering(struct store *store, struct journal *journal, const char *folder, struct progress reading,
                              struct progress writing);

#endif
