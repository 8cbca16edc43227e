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
#define NOTE_KEY_ID_SIZE 4
#define NOTE_ED25519 0x01 // algorithm: a signature of the text

struct note_key { // a verifier's key
    char name[NOTE_NAME_MAX + 1];
    uint8_t public_key[32];
    uint8_t hash[NOTE_KEY_ID_SIZE]; // its id as NOTE_ED25519
};

struct note {
    struct bytes text;       // borrowed; with its final newline
    struct bytes signatures; // borrowed; the signature lines
};

struct note_line { // a signature line
    struct bytes name;
    struct bytes encoded; // key id and signature, in base64
};

err_t note_key_parse(const char *vkey, struct note_key *out);
void note_key_format(const struct note_key *key, char out[NOTE_VKEY_SIZE]);
// The verifier's key of a signer's seed. ERR_INPUT for a name with spaces, "+" or control characters.
err_t note_key_of_seed(const char *name, const uint8_t seed[NOTE_SEED_SIZE], struct note_key *out);
// The id of the same key under another algorithm of the signed-note registry.
void note_key_id(const struct note_key *key, uint8_t algorithm, uint8_t out[NOTE_KEY_ID_SIZE]);

// Splits at the last empty line and checks the shape of every signature line; unknown algorithms pass. ERR_INPUT. That
// the text is UTF-8 is left to whoever reads the text.
err_t note_parse(struct bytes whole, struct note *out);
// OK when the note carries a good signature of `key`; ERR_SIGNATURE when it carries none, or a wrong one beside it.
err_t note_verify(const struct note *note, const struct note_key *key);
// Appends one signature line for `text` to `out`. The text must end in a newline and hold no empty line at its end.
err_t note_sign(struct bytes text, const char *name, const uint8_t seed[NOTE_SEED_SIZE], struct buf *out);

// For other algorithms. Takes the first line off `lines`: ERR_INPUT.
err_t note_next_line(struct bytes *lines, struct note_line *out);
// Appends a signature line of key id, `stamp` and the Ed25519 signature of `message`.
err_t note_put_signature(const char *name, const uint8_t seed[NOTE_SEED_SIZE], uint8_t algorithm, struct bytes stamp,
                         struct bytes message, struct buf *out);

#endif
