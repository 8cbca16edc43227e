// SPDX-License-Identifier: Apache-2.0
// What index, key holders and auditors exchange about the journal's heads: checkpoints, cosignatures, and the messages
// of /v1/witness. The first byte chooses. A head that is signed and cosigned here opens as it was.
//
// Covers: base/checkpoint.c proto/witness.c
#include <string.h>

#include "base/checkpoint.h"
#include "proto/witness.h"
#include "tests/fuzz/fuzz.h"

static const uint8_t seed[NOTE_SEED_SIZE] = {6};

static void try_note(struct bytes whole) {
    struct note_key log, witness;
    struct note note;
    struct checkpoint checkpoint;
    struct buf bare = {0};
    int64_t time_s = 0;
    MUST(note_key_of_seed("log", seed, &log) == OK && note_key_of_seed("witness", seed, &witness) == OK);
    (void)checkpoint_parse(whole, &checkpoint);
    MUST(checkpoint_open(whole, &log, &note, &checkpoint) != OK); // nobody signs by chance
    if (note_parse(whole, &note) == OK) {
        (void)cosignature_verify(&note, &witness, &time_s);
        (void)checkpoint_bare(&note, &log, &bare);
    }
    buf_free(&bare);
}

static void try_signing(struct reader *input) {
    struct note_key log, witness;
    struct note note;
    struct checkpoint checkpoint = {.origin = "log", .size = reader_u64(input)}, opened;
    struct buf whole = {0}, bare = {0};
    int64_t time_s = (int64_t)(reader_u64(input) >> 2), seen = 0;
    reader_copy(input, checkpoint.root, sizeof checkpoint.root);
    MUST(note_key_of_seed("log", seed, &log) == OK && note_key_of_seed("witness", seed, &witness) == OK);
    MUST(checkpoint_sign(&checkpoint, seed, &whole) == OK);
    MUST(checkpoint_open(buf_bytes(&whole), &log, &note, &opened) == OK);
    MUST(opened.size == checkpoint.size && memcmp(opened.root, checkpoint.root, sizeof opened.root) == 0);
    MUST(checkpoint_open(buf_bytes(&whole), &witness, &note, &opened) == ERR_NOT_FOUND);
    MUST(checkpoint_open(buf_bytes(&whole), &log, &note, &opened) == OK);
    MUST(cosignature_verify(&note, &witness, &seen) == ERR_SIGNATURE);
    struct buf line = {0};
    MUST(cosignature_put(note.text, "witness", seed, -1 - time_s, &line) == ERR_INPUT);
    MUST(cosignature_put(bytes_str("another text\n"), "witness", seed, time_s, &line) == OK);
    struct buf wrong = {0};
    buf_put(&wrong, whole.data, whole.len);
    buf_put(&wrong, line.data, line.len);
    struct note misled;
    MUST(note_parse(buf_bytes(&wrong), &misled) == OK);
    MUST(cosignature_verify(&misled, &witness, &seen) == ERR_SIGNATURE);
    buf_free(&wrong);
    buf_reset(&line);
    MUST(cosignature_put(note.text, "witness", seed, time_s, &line) == OK);
    buf_put(&whole, line.data, line.len);
    MUST(checkpoint_open(buf_bytes(&whole), &log, &note, &opened) == OK);
    MUST(cosignature_verify(&note, &witness, &seen) == OK && seen == time_s);
    MUST(checkpoint_bare(&note, &log, &bare) == OK && bare.len < whole.len);
    buf_free(&line);
    buf_free(&bare);
    buf_free(&whole);
}

static void try_request(struct bytes text) {
    struct witness_request request = {0}, again = {0};
    struct buf written = {0};
    if (witness_request_read(text, &request) == OK) {
        MUST(witness_request_write(&request, &written) == OK);
        MUST(witness_request_read(buf_bytes(&written), &again) == OK && again.old_size == request.old_size);
        witness_request_free(&again);
        witness_request_free(&request);
    }
    buf_free(&written);
}

static void try_replies(struct bytes text) {
    struct witness_heads heads = {0};
    struct buf line = {0}, written = {0};
    uint64_t size = 0;
    if (witness_reply_read(text, &line) == OK) {
        MUST(witness_reply_write(buf_bytes(&line), &written) == OK);
    }
    buf_reset(&written);
    if (witness_conflict_read(text, &size) == OK) {
        MUST(witness_conflict_write(size, &written) == OK);
    }
    buf_reset(&written);
    if (witness_heads_read(text, &heads) == OK) {
        MUST(witness_heads_write(&heads, &written) == OK);
        witness_heads_free(&heads);
    }
    buf_free(&line);
    buf_free(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    switch (reader_u8(&input) % 4) {
    case 0:
        try_note(fuzz_rest(&input));
        break;
    case 1:
        try_signing(&input);
        break;
    case 2:
        try_request(fuzz_rest(&input));
        break;
    default:
        try_replies(fuzz_rest(&input));
        break;
    }
    return 0;
}
