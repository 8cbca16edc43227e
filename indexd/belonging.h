// SPDX-License-Identifier: Apache-2.0
// Whether a store belongs to the scheme: its identity, and the canaries - for each slot one child that has that slot
// alone, registered when the store is made. A store that does not hold them is empty, foreign, or made with another
// pepper or key, and would answer "no" to everything.
#ifndef INDEXD_BELONGING_H
#define INDEXD_BELONGING_H

#include <stddef.h>

#include "base/err.h"
#include "indexd/pepper.h"
#include "indexd/record.h"
#include "indexd/store.h"
#include "keys/descriptor.h"

// Opens the canary of one slot.
void belonging_canary(struct pepper_context *context, const struct descriptor *descriptor, size_t slot,
                      struct record_change *out);
// Errors in the transaction: ERR_STALE for another scheme or epoch, ERR_CORRUPT for a store without identity or
// canaries.
void belonging_check_identity(struct store_txn *txn, const struct descriptor *descriptor);
void belonging_check_canaries(struct store_txn *txn, const struct descriptor *descriptor);

#endif
