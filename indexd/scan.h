// SPDX-License-Identifier: Apache-2.0
// Reads one segment from its first frame to its last, and judges a place where reading fails: is it damage, or what a
// write left that was never finished? (docs/journal.md gives the rule and its reasons.)
#ifndef INDEXD_SCAN_H
#define INDEXD_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "indexd/segment.h"

struct scan { // zero-initialise; scan_close it
    int fd;   // -1 when closed
    char name[SEGMENT_NAME_SIZE];
    const uint8_t *key; // borrowed; NULL: the records stay sealed
    uint64_t at;        // where the next frame begins
    uint64_t end;       // the file's length
    bool last;          // of the journal's segments: it may end in room. Set it behind scan_open
    uint64_t used;      // when scan_torn was asked: behind the last byte from batch_start on that is not zero
    uint64_t seq;       // of the next frame
    // The batch that the last frame read belongs to, and the first number in it. Between batches batch_end == at.
    uint64_t batch_start, batch_end, batch_seq;
    // The frame that scan_next read; valid until the next one.
    struct bytes sealed;
    struct buf record;
    // A window on the file.
    uint8_t *window;
    size_t window_size;
    uint64_t window_at;
};

#define SCAN_ANY 0 // no record has this number
// Opens the segment and checks its header, whose first number must be `seq`, unless that is SCAN_ANY. `key` must
// outlive the scan. ERR_CORRUPT, ERR_IO.
err_t scan_open(struct scan *scan, const char *path, const char *name, const uint8_t *key, uint64_t seq);
// Goes on from a later batch, which begins at `offset` with record `seq`. ERR_CORRUPT: the file ends before it.
err_t scan_seek(struct scan *scan, uint64_t offset, uint64_t seq);
// *out_more is false at the end of the file, and where nothing but room follows. ERR_CORRUPT: the bytes at `at` are not
// the next frame; the scan stays there.
err_t scan_next(struct scan *scan, bool *out_more);
// After ERR_CORRUPT: whether what begins at batch_start can only be a last batch whose write never completed, none of
// it acknowledged. `applied` is the last number that the store has applied. ERR_IO, ERR_MEMORY.
err_t scan_torn(struct scan *scan, uint64_t applied, bool *out_torn);
void scan_close(struct scan *scan);

// Exactly `len` bytes at `offset`, which must lie within the file. ERR_IO names `name`.
err_t scan_pread(int fd, const char *name, uint64_t offset, uint8_t *out, size_t len);

#endif
