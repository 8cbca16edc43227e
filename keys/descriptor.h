// SPDX-License-Identifier: Apache-2.0
// The scheme descriptor: what every party must agree on. A signed note over JSON (docs/protocol.md gives the fields),
// valid only with the authority's signature and those of t holders of the trust file (keys/trust.h).
#ifndef KEYS_DESCRIPTOR_H
#define KEYS_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/note.h"
#include "keys/trust.h"
#include "proto/limits.h"

enum tier { TIER_SIMILAR, TIER_SURE };

struct descriptor_slot {
    char name[MAX_ID + 1]; // a-z, 0-9, "-" and "_"
    enum tier tier;
    char canary_value[MAX_ID + 1];    // the slot value of the scheme's canary child
    uint8_t canary_token[TOKEN_SIZE]; // and its token
};

// A key of the scheme beside the present one.
struct descriptor_key {
    uint32_t epoch, generation;
    uint8_t commitments[MAX_HOLDERS][ELEMENT_SIZE]; // exactly the descriptor's `threshold`
    int64_t until;                                  // seconds; 0: until a descriptor no longer names it
    uint8_t canary_tokens[MAX_SLOTS][TOKEN_SIZE];   // the previous epoch's
};

struct descriptor {
    char scheme[MAX_ID + 1];
    uint64_t version;
    int64_t issued, expires; // seconds
    uint32_t epoch, generation;
    size_t threshold;
    uint8_t commitments[MAX_HOLDERS][ELEMENT_SIZE]; // exactly `threshold`
    char holders[MAX_HOLDERS][256];                 // "https://host:port" of holder i + 1
    size_t holder_count;
    char indexes[MAX_INDEXES][256];
    size_t index_count;
    char key_set[MAX_ID + 1];
    uint8_t matching_digest[32]; // SHA-256 over all that shapes a token; a client compares its own
    struct descriptor_slot slots[MAX_SLOTS];
    size_t slot_count;
    // After a refresh the generation before the present one, which holders serve `until` then; during a rotation the
    // epoch before the present one, under which everything is asked and registered as well.
    bool has_previous;
    struct descriptor_key previous;
    // The keys of epochs that are over, newest first: for subject access alone.
    size_t retired_count;
    struct descriptor_key retired[MAX_RETIRED];
};

// Whether a key of an older epoch is still in use: every question and change is made under both.
static inline bool descriptor_rotates(const struct descriptor *descriptor) {
    return descriptor->has_previous && descriptor->previous.epoch != descriptor->epoch;
}
// The descriptor as it reads for one of its other keys: epoch, generation, commitments, canary tokens; no further keys.
void descriptor_with_key(const struct descriptor *descriptor, const struct descriptor_key *key, struct descriptor *out);

err_t descriptor_parse(struct bytes text, struct descriptor *out);
// Appends the JSON text with its final newline. ERR_INPUT for what descriptor_parse would refuse; ERR_MEMORY.
err_t descriptor_write(const struct descriptor *descriptor, struct buf *out);

struct descriptor_signers {
    bool authority;
    bool holder[MAX_HOLDERS]; // holder i + 1
    size_t holder_count;      // different holders with a good signature
};
// Who has signed a note well. For those that may read a descriptor before all have signed: the ceremony.
void descriptor_signers(const struct note *note, const struct trust *trust, struct descriptor_signers *out);
// ERR_INPUT unless t and n are those of the trust file.
err_t descriptor_matches_trust(const struct descriptor *descriptor, const struct trust *trust);

// Verifies the signatures (authority and `trust->threshold` different holders) and parses. ERR_SIGNATURE, ERR_INPUT;
// ERR_EXPIRED at now_s >= expires.
err_t descriptor_open(struct bytes whole, const struct trust *trust, int64_t now_s, struct descriptor *out);
err_t descriptor_load(const char *path, const struct trust *trust, int64_t now_s, struct descriptor *out);

// Whether `next` may follow `present`: same scheme, no lower version, no lower epoch, no lower generation within an
// epoch, and no other content under the same version; of every key that both name, the same C_0 within an epoch and the
// same commitments within a generation. ERR_STALE.
err_t descriptor_follows(const struct descriptor *next, const struct descriptor *present);

#endif
