// SPDX-License-Identifier: Apache-2.0
// Signed notes and verifier keys. A note that is signed here verifies; the same with any other byte of its text does
// not.
//
// Covers: base/note.c
#include <stdlib.h>
#include <string.h>

#include "base/note.h"
#include "tests/fuzz/fuzz.h"

static const uint8_t seed[NOTE_SEED_SIZE] = "a seed for nothing but fuzzing..";

static void try_key(struct bytes bytes) {
    char *text = fuzz_text(bytes);
    struct note_key key, again;
    char formatted[NOTE_VKEY_SIZE];
    if (note_key_parse(text, &key) == OK) {
        note_key_format(&key, formatted);
        MUST(strcmp(formatted, text) == 0); // there is one way to write a key
    }
    if (note_key_of_seed(text, seed, &key) == OK) {
        note_key_format(&key, formatted);
        MUST(note_key_parse(formatted, &again) == OK && memcmp(again.public_key, key.public_key, 32) == 0);
    }
    free(text);
}

static void try_note(struct bytes whole, const struct note_key *key) {
    struct note note;
    if (note_parse(whole, &note) == OK) {
        MUST(note.text.len > 0 && note.text.data[note.text.len - 1] == '\n');
        MUST(note.text.len + note.signatures.len < whole.len && note.signatures.len > 0);
        (void)note_verify(&note, key);
    }
}

static void try_signing(struct bytes text, uint8_t at, const struct note_key *key) {
    struct buf signed_note = {0};
    struct note note;
    buf_put(&signed_note, text.data, text.len);
    buf_put_str(&signed_note, "\n");
    struct buf line = {0};
    if (text.len > 0 && text.data[text.len - 1] == '\n' && note_sign(text, key->name, seed, &line) == OK) {
        buf_put(&signed_note, line.data, line.len);
        if (note_parse(buf_bytes(&signed_note), &note) == OK && bytes_equal(note.text, text)) {
            MUST(note_verify(&note, key) == OK);
            signed_note.data[at % text.len] ^= 1;
            MUST(note_parse(buf_bytes(&signed_note), &note) != OK || note_verify(&note, key) != OK);
        }
    }
    buf_free(&line);
    buf_free(&signed_note);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct note_key key;
    struct reader input = reader_of(bytes_of(data, size));
    uint8_t which = reader_u8(&input);
    MUST(note_key_of_seed("fuzz", seed, &key) == OK);
    switch (which % 3) {
    case 0:
        try_key(fuzz_rest(&input));
        break;
    case 1:
        try_note(fuzz_rest(&input), &key);
        break;
    default:
        try_signing(fuzz_rest(&input), which / 3, &key);
        break;
    }
    return 0;
}
