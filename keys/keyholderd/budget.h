// SPDX-License-Identifier: Apache-2.0
// How many elements a holder evaluates for whom: by person and by agency, in the hour and in the day, on disk before
// anything is evaluated. Any thread.
//
// The file "counts" in the holder's state folder has a line for each step: day and hour (since 1970), the account's
// name (proto/account.h), and what it may have used of that day and that hour by then. A step is written and synced for
// a block of elements ahead of their use, so that most requests write nothing; after a crash what was left of the block
// counts as used. The last line of an account and a day is the day's count, for the reconciliation with the journal.
#ifndef KEYS_KEYHOLDERD_BUDGET_H
#define KEYS_KEYHOLDERD_BUDGET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/budget.h"
#include "proto/urn.h"

#define BUDGET_KEEP_DAYS 35 // of the file, at each start

struct holder_budget;

// ERR_CORRUPT for a file that is not one of these; its last line may be cut off. ERR_IO, ERR_MEMORY.
err_t holder_budget_open(const char *folder, struct holder_budget **out);
// Writes the exact counts. NULL is harmless.
void holder_budget_close(struct holder_budget *budget);

// Charges the elements to the identity, and to a person's agency. ERR_BUDGET, with *out_retry_s the seconds until the
// hour or the day ends; ERR_FULL, ERR_IO when it cannot be written: then nothing may be evaluated.
err_t holder_budget_take(struct holder_budget *budget, const struct urn *who, const struct limits *own,
                         const struct limits *agency, uint32_t elements, int64_t now_s, int64_t *out_retry_s);

#endif
