// SPDX-License-Identifier: Apache-2.0
// What each account (proto/account.h) has used on the latest day, as rows of the store: derived from the journal like
// all others, so that a start need not read the day again.
//
// The key is the account's counted tag (indexd/tags.h). The value is sealed with "counts:" and the key as associated
// data: hour u32 (since 1970) in which a record last counted, used u32 of each limit (proto/budget.h), the name.
#ifndef INDEXD_COUNTS_H
#define INDEXD_COUNTS_H

#include "indexd/store.h"
#include "proto/account.h"

// Errors stay in the transaction.
void store_put_counts(struct store_txn *txn, const struct account *account);
void store_clear_counts(struct store_txn *txn);
// Without what is the caller's in an account.
typedef void (*counts_visit)(void *ctx, const struct account *account);
void store_each_counts(struct store_txn *txn, counts_visit visit, void *ctx);

#endif
