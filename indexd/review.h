// SPDX-License-Identifier: Apache-2.0
// Reading the whole journal beside the thread that writes it, for a child's right of access. A month whose key was
// destroyed is passed over and named.
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
    void (*month)(void *ctx, const struct review_month *month); // behind its records
    void *ctx;
    const atomic_bool *stop; // may be NULL
};

// All that is on disk now. ERR_CORRUPT; ERR_UNAVAILABLE when stopped; ERR_IO, ERR_MEMORY.
err_t review_journal(const struct journal *journal, const struct review *review);

#endif
