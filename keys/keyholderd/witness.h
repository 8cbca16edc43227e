// SPDX-License-Identifier: Apache-2.0
// A key holder as the witness of the indexes' journals (https://c2sp.org/tlog-witness): it remembers the last head that
// it has cosigned of each log in the trust file, and cosigns only what extends it. What it remembers is on disk before
// the cosignature is given out: FOLDER/witness-<key id>.checkpoint, the head as it was cosigned. A head that it refused
// although the log had signed it is kept beside it as .refused: evidence against the log.
#ifndef KEYS_KEYHOLDERD_WITNESS_H
#define KEYS_KEYHOLDERD_WITNESS_H

#include "base/clock.h"
#include "keys/descriptor.h"
#include "proto/witness.h"

struct witness;

struct witness_setup {  // borrowed for the witness's life
    const char *folder; // must exist: a path that is misspelt must not read as "never cosigned anything"
    const struct trust *trust;
    size_t holder; // 1..n: its name in the trust file
    const uint8_t *seed;
    const struct wall_clock *clock;
};

// Reads what was cosigned before. ERR_CORRUPT for a file that is not a head of the log with this holder's cosignature.
// ERR_NOT_FOUND: no such folder.
err_t witness_open(const struct witness_setup *setup, struct witness **out);
void witness_free(struct witness *witness); // NULL is harmless

// Appends the cosignature's line. ERR_NOT_FOUND: not a log that it witnesses; ERR_DENIED: not signed by the log's key;
// ERR_INPUT; ERR_CONFLICT: the request's old size is not the last cosigned head's, which *out_known then is, or another
// head of that size was cosigned; ERR_INCONSISTENT: the proof does not hold. Any thread.
err_t witness_add(struct witness *witness, const struct witness_request *request, uint64_t *out_known,
                  struct buf *out_line);
// The last heads. Any thread.
err_t witness_heads(struct witness *witness, struct witness_heads *out);

#endif
