// SPDX-License-Identifier: Apache-2.0
// The notes that go between holders and authority during a ceremony: JSON, signed by one party.
#ifndef KEYS_CEREMONY_SIGNED_JSON_H
#define KEYS_CEREMONY_SIGNED_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/note.h"
#include "keys/trust.h"

// Appends the note; takes the document's reference, and NULL as a failed allocation. ERR_MEMORY.
err_t signed_json_write(json_t *document, const struct note_key *own, const uint8_t seed[NOTE_SEED_SIZE],
                        struct buf *out);

struct signed_json { // zero-initialise
    struct buf whole;
    struct note note;
    json_t *document;
};
// Nothing is verified yet: the document says who must have signed. signed_json_free the result, also after a failure.
err_t signed_json_load(const char *path, size_t max, struct signed_json *out);
void signed_json_free(struct signed_json *signed_json);

// ERR_SIGNATURE unless holder 1..n, or for 0 the authority, has signed it.
err_t signed_json_by_holder(const struct signed_json *signed_json, const struct trust *trust, uint64_t holder);

#endif
