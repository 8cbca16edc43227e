// SPDX-License-Identifier: Apache-2.0
// Administrative work inside a slice of its own: run on the sequencer's thread, in the slice's writing transaction. It
// reads the store as it is then, and changes it by putting records, which are journalled and applied like all others.
// What it puts stands together or not at all.
#ifndef INDEXD_JOB_H
#define INDEXD_JOB_H

#include <stdint.h>

#include "indexd/decide.h"
#include "indexd/record.h"
#include "indexd/store.h"
#include "keys/descriptor.h"

struct job {
    struct store_txn *txn; // errors stay in it: store_fail() refuses the work, and nothing of it stands
    const struct rules *rules;
    const struct descriptor *descriptor;
    int64_t now_ms;
    void *slice; // private to indexd/slice.c
};

// At most STORE_ROWS_MAX rows should be changed, unless an administrator waits for it. It may be run a second time when
// the first was undone.
typedef void (*job_run)(struct job *job, void *ctx);

// The number that the next record will have.
uint64_t job_next(const struct job *job);
// Numbers and dates the record, journals and applies it.
void job_put(struct job *job, struct record *record);

#endif
