// SPDX-License-Identifier: Apache-2.0
// The one moment in which the whole token key exists: it is made, dealt, used for the canaries' tokens, and wiped
// before dealing_make returns. It never leaves this module.
#ifndef KEYS_CEREMONY_DEALING_H
#define KEYS_CEREMONY_DEALING_H

#include <stdint.h>

#include "base/err.h"
#include "base/note.h"
#include "keys/descriptor.h"
#include "keys/oprf.h"
#include "proto/limits.h"

struct dealing { // locked memory
    uint8_t shares[MAX_HOLDERS][OPRF_SCALAR_SIZE];
    uint8_t note_seeds[MAX_HOLDERS][NOTE_SEED_SIZE]; // each holder's note-signing key
};

// Deals a fresh key by the descriptor's threshold and number of holders; fills its commitments and canary tokens.
// secret_free `*out`. ERR_INPUT, ERR_PROOF, ERR_CRYPTO, ERR_MEMORY.
err_t dealing_make(struct descriptor *descriptor, struct dealing **out);

#endif
