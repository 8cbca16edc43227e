// SPDX-License-Identifier: Apache-2.0
// Signed heads of an append-only log: C2SP checkpoints (https://c2sp.org/tlog-checkpoint) and the witnesses' Ed25519
// cosignatures on them (https://c2sp.org/tlog-cosignature, cosignature/v1). A checkpoint's text is three lines: origin,
// size, root hash in base64; extension lines are refused. The origin is the name of the log's key.
#ifndef BASE_CHECKPOINT_H
#define BASE_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/merkle.h"
#include "base/note.h"

#define CHECKPOINT_MAX (16 * 1024) // bytes, with all signatures

struct checkpoint {
    char origin[NOTE_NAME_MAX + 1];
    uint64_t size;
    uint8_t root[MERKLE_HASH_SIZE];
};

// Appends the whole note with the log's signature; the key's name is the origin. ERR_INPUT, ERR_MEMORY.
err_t checkpoint_sign(const struct checkpoint *checkpoint, const uint8_t seed[NOTE_SEED_SIZE], struct buf *out);
// Parses the text of a note. ERR_INPUT.
err_t checkpoint_parse(struct bytes text, struct checkpoint *out);
// Reads a whole note and checks the signature of the log whose key this is. ERR_INPUT; ERR_NOT_FOUND: of another
// origin; ERR_SIGNATURE.
err_t checkpoint_open(struct bytes whole, const struct note_key *log, struct note *out_note, struct checkpoint *out);
// Appends the note as the log has signed it, without the signatures of others.
err_t checkpoint_bare(const struct note *note, const struct note_key *log, struct buf *out);

// Appends the signature line of a witness, which states that at this time the log's head was this one.
err_t cosignature_put(struct bytes text, const char *name, const uint8_t seed[NOTE_SEED_SIZE], int64_t time_s,
                      struct buf *out);
// OK when the note carries a good cosignature of `witness`, and when the last was made. ERR_SIGNATURE when it carries
// none, or a wrong one beside it.
err_t cosignature_verify(const struct note *note, const struct note_key *witness, int64_t *out_time_s);

#endif
