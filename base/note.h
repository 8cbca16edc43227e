// SPDX-License-Identifier: Apache-2.0
// C2SP signed notes (https://c2sp.org/signed-note) with Ed25519: a text that ends in a newline, an empty line, and
// signature lines "— name base64(key hash || signature)". Verifier keys are "name+hash+base64(0x01 || public key)".
#ifndef BASE_NOTE_H
#define BASE_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define NOTE_NAME_MAX 127
#define NOTE_VKEY_SIZE (NOTE_NAME_MAX + 1 + 8 + 1 + 44 + 1)
#define NOTE_MAX_SIGNATURES 64
#define NOTE_SEED_SIZE 32

struct note_key { // a verifier's key
    char name[NOTE_NAME_MAX + 1];
    uint8_t public_key[32];
    uint8_t hash[4];
};

struct note {
    struct bytes text;       // borrowed; with its final newline
    struct bytes signatures; // borrowed; the signature lines
};

err_t note_key_parse(const char *vkey, struct note_key *out);
void note_key_format(const struct note_key *key, char out[NOTE_VKEY_SIZE]);
// The verifier's key of a signer's seed. ERR_INPUT for a name with spaces, "+" or control characters.
err_t note_key_of_seed(const char *name, const uint8_t seed[NOTE_SEED_SIZE], struct note_key *out);

// Splits at the last empty line and checks the shape of every signature line; unknown algorithms pass. ERR_INPUT. That
// the text is UTF-8 is left to whoever reads the text.
err_t note_parse(struct bytes whole, struct note *out);
// OK when the note carries a good signature of `key`; ERR_SIGNATURE when it carries none, or a wrong one beside it.
err_t note_verify(const struct note *note, const struct note_key *key);
// Appends one signature line for `text` to `out`. The text must end in a newline and hold no empty line at its end.
err_t note_sign(struct bytes text, const char *name, const uint8_t seed[NOTE_SEED_SIZE], struct buf *out);

#endif
