// SPDX-License-Identifier: Apache-2.0
// Reading the journal beside the thread that writes it: the whole for a child's right of access, what it gained for the
// rules that alert. A month whose key was destroyed is passed over and named.
#ifndef INDEXD_REVIEW_H
#define INDEXD_REVIEW_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/err.h"
#include "indexd/journal.h"
#include "indexd/record.h"
#include "indexd/segment.h"

struct review_month {
    char name[SEGMENT_NAME_SIZE];
    bool erased; // its key is gone
    uint64_t records;
};

struct review {
    void (*record)(void *ctx, const struct record *record);
    void (*month)(void *ctx, const struct review_month *month); // behind its records; NULL: not told
    void *ctx;
    const atomic_bool *stop; // may be NULL
};

struct review_place { // between two batches; all zero: the beginning; without an offset: that of its segment
    char segment[SEGMENT_NAME_SIZE];
    uint64_t offset;
    uint64_t records; // before it
    uint64_t shown;   // the last record that was: behind the place where an error came within a batch
};

// What is on disk now behind the place, which moves on. Errors as below; the next call goes on where this one ended,
// and shows no record twice.
err_t review_since(const struct journal *journal, const struct review *review, struct review_place *place);
// All that is on disk now. ERR_CORRUPT; ERR_UNAVAILABLE when stopped; ERR_IO, ERR_MEMORY.
err_t review_journal(const struct journal *journal, const struct review *review);

#endif
