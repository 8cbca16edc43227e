// SPDX-License-Identifier: Apache-2.0
// The messages of POST and GET /v1/witness: the C2SP witness protocol (https://c2sp.org/tlog-witness) in JSON. The
// index submits the head of its journal, each key holder compares it with the last one that it has cosigned.
#ifndef PROTO_WITNESS_H
#define PROTO_WITNESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/checkpoint.h"
#include "base/err.h"
#include "base/merkle_proof.h"
#include "proto/limits.h"

struct witness_request {
    uint64_t old_size;         // of the last head that the witness is believed to have cosigned; 0: none
    struct merkle_proof proof; // from that size to the checkpoint's
    struct buf checkpoint;     // the signed note
};
err_t witness_request_write(const struct witness_request *request, struct buf *out);
// witness_request_free the result.
err_t witness_request_read(struct bytes text, struct witness_request *out);
void witness_request_free(struct witness_request *request);

// The reply: one signature line. Appended to `out`.
err_t witness_reply_write(struct bytes line, struct buf *out);
err_t witness_reply_read(struct bytes text, struct buf *out_line);

// The problem document of 409, with the member `size`: of the last head that the witness has cosigned.
err_t witness_conflict_write(uint64_t size, struct buf *out);
// ERR_INPUT where the problem tells no size.
err_t witness_conflict_read(struct bytes text, uint64_t *out_size);

// What GET tells: the last head of each log, as it was cosigned.
struct witness_heads { // zero-initialise; witness_heads_free it
    size_t count;
    struct buf notes[MAX_INDEXES];
};
err_t witness_heads_write(const struct witness_heads *heads, struct buf *out);
err_t witness_heads_read(struct bytes text, struct witness_heads *out);
void witness_heads_free(struct witness_heads *heads);

#endif
