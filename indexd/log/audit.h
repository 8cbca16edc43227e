// SPDX-License-Identifier: Apache-2.0
// Verifies a journal with public keys alone: that its sealed records are those, in that order, of which the signed and
// cosigned heads were made, and that none of the heads that anybody has seen goes further or elsewhere.
#ifndef INDEXD_LOG_AUDIT_H
#define INDEXD_LOG_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "indexd/log/head.h"
#include "keys/descriptor.h"
#include "proto/limits.h"

#define AUDIT_HEADS_MAX 64

struct audit_head { // a head that the journal must bear out
    struct checkpoint checkpoint;
    char label[80]; // where it comes from
};

struct audit { // zero-initialise
    const struct trust *trust;
    struct note_key log; // of the trust file
    struct audit_head heads[AUDIT_HEADS_MAX];
    size_t head_count;
    // Found by audit_run:
    uint64_t records;       // up to the largest head, all as they were when it was signed
    uint64_t cosigned;      // of the head that enough holders have cosigned
    size_t cosignatures;    // of that head
    int64_t cosigned_at;    // by then enough of them had
    struct checkpoint last; // the last head that was signed
    bool more;              // records follow that no head covers yet
};

// Chooses the log of the trust file whose key the journal in `folder` (with journal/ and log/) states as its own.
// ERR_SIGNATURE: the trust file does not name it.
err_t audit_begin(struct audit *audit, const struct trust *trust, const char *folder);
// Adds a head: the log's signature, and at least one good cosignature of a holder. ERR_SIGNATURE, ERR_INPUT.
err_t audit_add(struct audit *audit, struct bytes text, const char *label);
// ERR_SIGNATURE: fewer than the threshold's cosignatures; ERR_CORRUPT: a record was changed, removed, put in or moved,
// or records are missing at the end; the detail says which. ERR_NOT_FOUND: there is no cosigned head.
err_t audit_run(struct audit *audit, const char *folder);

// How many holders of the trust file have cosigned the note well, and the time by which `threshold` of them had.
err_t audit_cosignatures(const struct trust *trust, const struct note *note, size_t *out_count, int64_t *out_time_s);

#endif
