// SPDX-License-Identifier: Apache-2.0
// What one party gives to every holder: a value for each, sealed to its inbox. In a refresh a holder gives the values
// of its polynomial (keys/refresh.h) and commits to its coefficients; in a rotation the authority deals the new shares,
// and the descriptor has their commitments. A note signed by the giver.
#ifndef KEYS_CEREMONY_CONTRIBUTION_H
#define KEYS_CEREMONY_CONTRIBUTION_H

#include "keys/ceremony/inbox.h"
#include "keys/oprf.h"

#define CONTRIBUTION_BOX_SIZE (OPRF_SCALAR_SIZE + INBOX_SEAL_SIZE)

struct contribution {
    char scheme[MAX_ID + 1];
    uint64_t holder;            // 0: the authority
    uint64_t epoch, generation; // of the shares that come of it
    size_t commitment_count;
    uint8_t commitments[MAX_HOLDERS][ELEMENT_SIZE];
    size_t box_count; // n
    uint8_t inboxes[MAX_HOLDERS][INBOX_KEY_SIZE];
    uint8_t boxes[MAX_HOLDERS][CONTRIBUTION_BOX_SIZE];
};

// Seals value i to inbox i + 1 and fills `inboxes` and `boxes`. ERR_CRYPTO.
err_t contribution_seal(const struct inbox *inboxes, const uint8_t (*values)[OPRF_SCALAR_SIZE], size_t count,
                        struct contribution *out);
// Opens the box of `holder` (1..n) by its inbox's secret half. ERR_DENIED: it is for another inbox, or altered.
err_t contribution_unseal(const struct contribution *contribution, size_t holder,
                          const uint8_t secret[INBOX_SECRET_SIZE], uint8_t out_value[OPRF_SCALAR_SIZE]);

err_t contribution_write(const struct contribution *contribution, const struct note_key *own,
                         const uint8_t seed[NOTE_SEED_SIZE], struct buf *out);
// Reads a note and verifies that the party it names has signed it. ERR_SIGNATURE, ERR_INPUT.
err_t contribution_load(const char *path, const struct trust *trust, struct contribution *out);

#endif
