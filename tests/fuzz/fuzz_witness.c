// SPDX-License-Identifier: Apache-2.0
// A key holder as a witness: its files of cosigned heads as any bytes, and requests that follow each other, right or
// wrong in one thing. It cosigns exactly what extends what it has cosigned last, also after it was started again.
//
// Covers: keys/keyholderd/witness.c
#include <stdio.h>
#include <string.h>

#include "keys/keyholderd/witness.h"
#include "tests/fuzz/fuzz.h"

#define LEAVES 64
#define LOG "demo/journal-1"

static const uint8_t log_seed[NOTE_SEED_SIZE] = {1}, holder_seed[NOTE_SEED_SIZE] = {2},
                     other_seed[NOTE_SEED_SIZE] = {3};
static struct trust trust;
static int64_t now_s;

static int64_t tell_ms(void *ctx) {
    (void)ctx;
    return now_s * 1000;
}
static const struct wall_clock clock_here = {.now_ms = tell_ms};

static err_t subtree(void *ctx, unsigned level, uint64_t index, uint8_t out[MERKLE_HASH_SIZE]) {
    struct merkle tree = {0};
    const uint8_t *salt = ctx;
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        const uint64_t item[2] = {i, *salt};
        uint8_t leaf[MERKLE_HASH_SIZE];
        merkle_leaf(bytes_of(item, sizeof item), leaf);
        merkle_append(&tree, leaf);
    }
    merkle_root(&tree, out);
    return OK;
}

static struct witness *start(const char *folder) {
    const struct witness_setup setup = {
        .folder = folder, .trust = &trust, .holder = 1, .seed = holder_seed, .clock = &clock_here};
    struct witness *witness = NULL;
    err_t err = witness_open(&setup, &witness);
    MUST(err == OK || err == ERR_CORRUPT);
    return witness;
}

static const char *file_name(void) {
    static char name[64];
    char id[2 * NOTE_KEY_ID_SIZE + 1];
    hex_encode(trust.logs[0].hash, NOTE_KEY_ID_SIZE, id);
    (void)snprintf(name, sizeof name, "witness-%s.checkpoint", id);
    return name;
}

struct model { // what was cosigned last
    uint64_t size;
    uint8_t salt; // of the leaves: two logs of one size
};

// One request: sizes, and a byte that says what is wrong with it.
static void ask(struct witness *witness, struct reader *input, struct model *model) {
    uint64_t old_size = reader_u8(input) % (LEAVES + 1), size = reader_u8(input) % (LEAVES + 1), known = 0;
    uint8_t wrong = reader_u8(input), salt = wrong == 1 ? 1 : 0;
    struct checkpoint head = {.origin = LOG, .size = size};
    struct witness_request request = {0};
    struct buf line = {0};
    old_size = wrong == 2 ? old_size : model->size; // most ask rightly
    MUST(merkle_root_at(subtree, &salt, size, head.root) == OK);
    request.old_size = old_size;
    if (old_size <= size) {
        MUST(merkle_prove_consistency(subtree, &salt, old_size, size, &request.proof) == OK);
    }
    if (wrong == 3) {
        head.origin[0] = 'x';
    } else if (wrong == 4) {
        request.proof.hashes[0][0] ^= 1;
        request.proof.count += request.proof.count == 0 ? 1 : 0;
    }
    MUST(checkpoint_sign(&head, wrong == 5 ? other_seed : log_seed, &request.checkpoint) == OK);
    if (wrong == 6) {
        request.checkpoint.len /= 2;
    }
    now_s += wrong == 7 ? -5 : 1;
    err_t err = witness_add(witness, &request, &known, &line);
    bool other = salt != model->salt && model->size > 0;
    bool good = wrong != 3 && wrong != 4 && wrong != 5 && wrong != 6 && size > 0 && size >= model->size &&
                old_size == model->size && !other;
    MUST((err == OK) == good && (err == OK) == (line.len > 0));
    if (good) {
        *model = (struct model){size, salt};
    }
    buf_free(&line);
    buf_free(&request.checkpoint);
}

static void check_heads(struct witness *witness, const struct model *model) {
    struct witness_heads heads = {0};
    MUST(witness_heads(witness, &heads) == OK && heads.count == (model->size > 0 ? 1 : 0));
    for (size_t i = 0; i < heads.count; i++) {
        struct note note;
        struct checkpoint head;
        int64_t time_s = 0;
        MUST(checkpoint_open(buf_bytes(&heads.notes[i]), &trust.logs[0], &note, &head) == OK);
        MUST(cosignature_verify(&note, &trust.holders[0], &time_s) == OK && head.size == model->size);
    }
    witness_heads_free(&heads);
}

static void run_model(const char *folder, struct reader *input) {
    struct model model = {0};
    struct witness *witness = start(folder);
    while (input->left >= 4) {
        if (reader_u8(input) % 4 == 0) {
            witness_free(witness);
            witness = start(folder);
            MUST(witness != NULL);
        }
        ask(witness, input, &model);
    }
    check_heads(witness, &model);
    witness_free(witness);
}

// Whatever stands in the file of the last head: it is refused, or is the head that was cosigned.
static void try_file(const char *folder, struct reader *input) {
    struct checkpoint head = {.origin = LOG, .size = 1 + reader_u8(input) % LEAVES};
    uint8_t salt = 0, kind = reader_u8(input) % 4;
    struct buf note = {0};
    struct bytes rest = fuzz_rest(input);
    MUST(merkle_root_at(subtree, &salt, head.size, head.root) == OK);
    MUST(checkpoint_sign(&head, log_seed, &note) == OK);
    const size_t text_len = (size_t)((uint8_t *)memmem(note.data, note.len, "\n\n", 2) - note.data) + 1;
    struct buf text = {0};
    buf_put(&text, note.data, text_len);
    if (kind > 0) {
        MUST(cosignature_put(buf_bytes(&text), trust.holders[0].name, kind == 1 ? holder_seed : other_seed, 7, &note) ==
             OK);
    }
    buf_put(&note, rest.data, rest.len);
    fuzz_put(folder, file_name(), kind == 3 ? rest : buf_bytes(&note));
    struct witness *witness = start(folder);
    if (witness != NULL) {
        MUST(kind == 1);
        check_heads(witness, &(struct model){head.size, 0});
    }
    witness_free(witness);
    buf_free(&text);
    buf_free(&note);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    if (trust.log_count == 0) {
        trust = (struct trust){.threshold = 1, .holder_count = 1, .log_count = 1};
        MUST(note_key_of_seed(LOG, log_seed, &trust.logs[0]) == OK);
        MUST(note_key_of_seed("demo-holder-1", holder_seed, &trust.holders[0]) == OK);
    }
    now_s = 1795430220;
    if (reader_u8(&input) % 2 == 0) {
        run_model(fuzz_folder(), &input);
    } else {
        try_file(fuzz_folder(), &input);
    }
    return 0;
}
