// SPDX-License-Identifier: Apache-2.0
// The sealed records of a journal, read without any key: all that its Merkle tree is made of.
#ifndef INDEXD_LOG_RECORDS_H
#define INDEXD_LOG_RECORDS_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "indexd/segment.h"

struct record_place { // between two records; all zero: the beginning
    uint64_t size;    // records before it
    char segment[SEGMENT_NAME_SIZE];
    uint64_t offset; // in the segment's file
};

struct sealed_record {
    uint64_t seq;
    const char *segment; // its name
    struct bytes sealed;
};
typedef err_t (*records_visit)(void *ctx, const struct sealed_record *record);

// Calls `visit` with each record behind `from`, up to number `until`, from the folder of segments, and ends at the
// first error. *out (may be NULL) is where it came to: with less than `until` records where the journal ends before.
// ERR_CORRUPT: bytes that are no frames, or a segment that does not follow.
err_t records_each(const char *folder, const struct record_place *from, uint64_t until, records_visit visit, void *ctx,
                   struct record_place *out);

#endif
