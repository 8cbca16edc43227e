// SPDX-License-Identifier: Apache-2.0
// What a key holder signs when its shares are destroyed for good (`ceremony destroy`): a signed note over JSON, under
// the holder's own key of the trust file. When n - t + 1 holders have given one for an epoch, its key can never be
// used again.
#ifndef PROTO_RECEIPT_H
#define PROTO_RECEIPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/note.h"
#include "proto/limits.h"

#define RECEIPT_SHARES_MAX 16
#define RECEIPT_DIGEST_SIZE 32
#define MAX_RECEIPT (16 * 1024) // bytes of a receipt's file

struct receipt_share {
    uint64_t epoch, generation;
    uint8_t commitments[RECEIPT_DIGEST_SIZE]; // SHA-256 over the commitments of its sharing, one after the other
};

struct receipt {
    char scheme[MAX_ID + 1];
    uint64_t holder; // 1..MAX_HOLDERS
    int64_t time;    // seconds; when the shares were destroyed
    size_t count;    // 1..RECEIPT_SHARES_MAX
    struct receipt_share shares[RECEIPT_SHARES_MAX];
};

// Appends the JSON text with its final newline. ERR_INPUT for what receipt_read would refuse.
err_t receipt_write(const struct receipt *receipt, struct buf *out);
err_t receipt_read(struct bytes text, struct receipt *out);

// Verifies that the holder it names has signed it: holders[i] is the key of holder i + 1. ERR_SIGNATURE, ERR_INPUT.
err_t receipt_open(struct bytes whole, const struct note_key *holders, size_t count, struct receipt *out);
// The same of a file; errors name it.
err_t receipt_load(const char *path, const struct note_key *holders, size_t count, struct receipt *out);

// How many different holders have destroyed a share of this epoch.
size_t receipt_holders(const struct receipt *receipts, size_t count, uint64_t epoch);

#endif
