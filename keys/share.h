// SPDX-License-Identifier: Apache-2.0
// A key holder's secrets, sealed in one file (base/seal.h, kind "share"): its share of the token key and the seed of
// its note-signing key. Secret: lives in locked memory only. Layout, before sealing: format u8 = 2, purpose u8 (0: in
// use, 1: retired), scheme 64 (zero-padded), epoch u32, generation u32, holder u8, scalar 32, note seed 32, sharing 32;
// big-endian.
#ifndef KEYS_SHARE_H
#define KEYS_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/note.h"
#include "base/seal.h"
#include "keys/descriptor.h"
#include "keys/oprf.h"
#include "proto/limits.h"

struct share { // allocate with secret_new
    char scheme[MAX_ID + 1];
    uint32_t epoch, generation;
    uint8_t holder; // 1..n
    uint8_t scalar[OPRF_SCALAR_SIZE];
    uint8_t note_seed[NOTE_SEED_SIZE];
    uint8_t sharing[32]; // SHA-256 over the commitments of its generation: for the receipt of its destruction
    bool retired;        // the epoch is over: evaluates for subject access alone
};

// Whether the share is one of this descriptor's present key. ERR_INPUT for another scheme or a holder that it does not
// have, ERR_STALE for another epoch or generation, ERR_PROOF for a share that its commitments do not give.
err_t share_belongs(const struct share *share, const struct descriptor *descriptor);
// SHA-256 over the commitments of the descriptor's present key.
void share_sharing(const struct descriptor *descriptor, uint8_t out[32]);

// ERR_INPUT or ERR_PROOF for a share that share_open would refuse; otherwise as seal_create.
err_t share_seal(const char *path, const struct share *share, enum seal_cost cost, struct bytes passphrase);
// `*out` is locked memory: secret_free it. ERR_DENIED, ERR_CORRUPT, ERR_NOT_FOUND.
err_t share_open(const char *path, struct bytes passphrase, struct share **out);

#endif
