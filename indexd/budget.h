// SPDX-License-Identifier: Apache-2.0
// What each person and each agency has asked: the sequencer asks here before it decides a question, and tells what was
// decided. The counts stand in the journal's records; here is the sum of the present hour and day, and in the store
// what it was at the last commit (indexd/counts.h). Only what is in a record changes anything, so that replaying the
// records gives the same rows. One thread at a time.
//
// A slice may be undone: what it charged counts from budget_commit on, or is taken back by budget_rollback.
#ifndef INDEXD_BUDGET_H
#define INDEXD_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "indexd/engine.h"
#include "indexd/journal.h"
#include "indexd/record.h"
#include "indexd/store.h"
#include "proto/account.h"

struct budget;

// As the store has it. ERR_MEMORY; errors of the store.
err_t budget_load(struct store *store, struct budget **out);
void budget_free(struct budget *budget); // NULL is harmless

// Counts a record that the store is about to apply, in a batch that begins at `place`. ERR_MEMORY.
err_t budget_recall(struct budget *budget, const struct record *record, const struct journal_place *place);

// Begins a slice. Time never goes back here.
void budget_begin(struct budget *budget, int64_t now_ms);
// Where the records of the slice begin, once there are any.
void budget_note_batch(struct budget *budget, const struct journal_place *place);
void budget_commit(struct budget *budget);
void budget_rollback(struct budget *budget);

// Writes what changed since budget_saved, with the slice in hand; errors stay in the transaction.
void budget_save(const struct budget *budget, struct store_txn *txn);
// The transaction was committed, and the slice.
void budget_saved(struct budget *budget);
size_t budget_unsaved(const struct budget *budget); // accounts
// The latest time at which somebody was counted. Any thread.
int64_t budget_counts_at(const struct budget *budget);

struct refusal {        // filled when budget_ask refuses
    int64_t retry_at_s; // 0: not before an administrator has unblocked
    char detail[200];
    char block[ACCOUNT_NAME_SIZE]; // who is to be blocked from now on, by RECORD_BLOCK; or ""
    char why[80];                  // of the block
};

// Whether `children` may be asked about; canaries are not among them. As no answer is known yet, all are taken for
// "no" and for children of whom the agency has no record: no cap is ever passed. *out_reserve: beyond the limits, for
// section 47. ERR_BUDGET and *out_refusal; ERR_MEMORY.
err_t budget_ask(struct budget *budget, const struct engine_actor *actor, enum purpose purpose, size_t children,
                 bool *out_reserve, struct refusal *out_refusal);

struct question_cost {
    uint32_t children, no, unregistered;
    bool reserve;
};
// Charges what was asked and answered. ERR_MEMORY.
err_t budget_charge(struct budget *budget, const char *agency, const char *person, const struct question_cost *cost);

// A record of RECORD_BLOCK was put in this slice.
err_t budget_put_block(struct budget *budget, const struct record *record);

#endif
