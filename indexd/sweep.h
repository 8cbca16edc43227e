// SPDX-License-Identifier: Apache-2.0
// Taking entries out of the store for good: what has ended longer ago than the scheme keeps it, or all that one agency
// ever fed. It reads the store in short transactions beside the sequencer, and removes what it found in small jobs
// between the others', each with its record in the journal. Broken off at any moment, it can begin again: what is left
// is what is found then.
#ifndef INDEXD_SWEEP_H
#define INDEXD_SWEEP_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/err.h"
#include "indexd/record.h"
#include "indexd/sequencer.h"
#include "indexd/store.h"

struct sweep_plan {
    enum removal_reason reason;
    char agency[MAX_ID + 1]; // REMOVAL_PURGE: of this agency, everything
    uint16_t quarter;        // REMOVAL_LAPSED: that of now,
    uint16_t keep_quarters;  // and how many are kept after the one in which an involvement lapsed or ended
};

// The whole quarters that make up at least so many days.
uint16_t sweep_quarters(int64_t days);

// Once through the store. *out_removed counts entries, also of a sweep that failed or was stopped (ERR_UNAVAILABLE).
err_t sweep(struct store *store, struct sequencer *sequencer, const struct sweep_plan *plan, const atomic_bool *stop,
            uint64_t *out_removed);

#endif
