// SPDX-License-Identifier: Apache-2.0
// What an index keeps of its journal as a log: keys, heads, the place, and tiles. The first byte chooses: files from
// the input, or the tiles of a tree that are harmed on disk - then a proof is an error, or does not hold, and one from
// tiles that were left alone holds.
//
// Covers: indexd/log/head.c indexd/log/tiles.c base/merkle_proof.c
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/merkle_proof.h"
#include "indexd/log/head.h"
#include "indexd/log/tiles.h"
#include "tests/fuzz/fuzz.h"

#define LEAVES_MAX 600

static const uint8_t seed[NOTE_SEED_SIZE] = {8};

static void make_head(uint64_t size, struct buf *out) {
    const struct checkpoint head = {.origin = "demo/journal-1", .size = size};
    MUST(checkpoint_sign(&head, seed, out) == OK);
}

// The place is written as it was read.
static void check_place(const char *log, struct bytes text) {
    struct record_place place;
    struct buf again = {0};
    char path[128];
    place_load(log, &place);
    if (place.segment[0] != '\0') {
        (void)snprintf(path, sizeof path, "%s/place", log);
        MUST(place_store(log, &place) == OK && file_read(path, 64, &again) == OK);
        MUST(bytes_equal(buf_bytes(&again), text));
    }
    buf_free(&again);
}

static void check_keys(const char *store, const char *log, const struct note_key *own) {
    struct note_key key;
    struct log_key pair;
    struct head head;
    uint64_t promised = 0;
    bool has_key = log_vkey_load(log, &key) == OK;
    if (log_key_load(store, &pair) == OK) {
        MUST(has_key && memcmp(pair.key.public_key, key.public_key, sizeof key.public_key) == 0);
        log_key_free(&pair);
    }
    if (head_load(log, LOG_CHECKPOINT, own, &head) == OK) {
        MUST(log_promised(store, &promised) != OK || promised >= head.checkpoint.size);
        buf_free(&head.note);
    }
    (void)log_promised(store, &promised);
}

// Any byte sequence as each of the files; a flag puts a good one in its place.
static void try_files(struct reader *input) {
    const char *store = fuzz_folder();
    char log[96], vkey[NOTE_VKEY_SIZE + 1];
    struct note_key own;
    struct buf head = {0};
    uint8_t good = reader_u8(input);
    (void)snprintf(log, sizeof log, "%s/" LOG_FOLDER, store);
    MUST(note_key_of_seed("demo/journal-1", seed, &own) == OK && file_make_dir(log) == OK);
    note_key_format(&own, vkey);
    strcat(vkey, "\n");
    make_head(reader_u8(input), &head);
    struct bytes place = fuzz_take(input);
    fuzz_put(log, "place", place);
    fuzz_put(log, "vkey", (good & 1) != 0 ? bytes_str(vkey) : fuzz_take(input));
    fuzz_put(store, "log.key", (good & 2) != 0 ? bytes_of(seed, sizeof seed) : fuzz_take(input));
    fuzz_put(log, LOG_CHECKPOINT, (good & 4) != 0 ? buf_bytes(&head) : fuzz_take(input));
    fuzz_put(log, LOG_COSIGNED, fuzz_rest(input));
    check_place(log, place);
    check_keys(store, log, &own);
    MUST(log_create(store, "demo") == ERR_EXISTS);
    buf_free(&head);
}

// A log that is made has keys that fit, and keeps the head that is stored.
static void try_new(void) {
    const char *store = fuzz_folder();
    char log[96];
    struct log_key key;
    struct buf note = {0};
    struct head head;
    struct checkpoint wanted = {.size = 5};
    uint64_t promised = 0;
    (void)snprintf(log, sizeof log, "%s/" LOG_FOLDER, store);
    MUST(log_promised(store, &promised) == OK && promised == 0);
    MUST(log_create(store, "demo") == OK && log_key_load(store, &key) == OK);
    memcpy(wanted.origin, key.key.name, sizeof wanted.origin);
    MUST(checkpoint_sign(&wanted, key.seed, &note) == OK);
    MUST(head_store(log, LOG_CHECKPOINT, buf_bytes(&note)) == OK);
    MUST(head_load(log, LOG_CHECKPOINT, &key.key, &head) == OK && head.checkpoint.size == 5);
    MUST(log_promised(store, &promised) == OK && promised == 5);
    buf_free(&head.note);
    buf_free(&note);
    log_key_free(&key);
}

static void leaf_of(uint64_t i, uint8_t out[MERKLE_HASH_SIZE]) {
    merkle_leaf(bytes_of(&i, sizeof i), out);
}

static void grow(const char *folder, uint64_t from, uint64_t to) {
    struct tiles *tiles = NULL;
    MUST(tiles_open(folder, from, &tiles) == OK);
    for (uint64_t i = from; i < to; i++) {
        uint8_t leaf[MERKLE_HASH_SIZE];
        leaf_of(i, leaf);
        MUST(tiles_append(tiles, leaf) == OK);
    }
    MUST(tiles_finish(tiles) == OK);
    tiles_close(tiles);
}

// Proofs of a tree whose tiles are as they were, and of one where a tile was harmed.
static void check_proofs(const struct tiles_view *view, uint64_t index, const uint8_t old_root[MERKLE_HASH_SIZE],
                         uint64_t old_size, const uint8_t root[MERKLE_HASH_SIZE], bool harmed) {
    uint8_t leaf[MERKLE_HASH_SIZE], made[MERKLE_HASH_SIZE];
    static uint8_t leaves[TILE_WIDTH][MERKLE_HASH_SIZE];
    size_t width = 0;
    struct merkle_proof proof;
    leaf_of(index, leaf);
    err_t err = merkle_prove_inclusion(tiles_subtree, (void *)(uintptr_t)view, index, view->size, &proof);
    MUST(index < view->size || err == ERR_INPUT);
    if (err == OK) {
        bool holds = merkle_check_inclusion(&proof, leaf, index, view->size, root) == OK;
        MUST(harmed || holds);
        proof.hashes[0][0] ^= 1;
        MUST(!holds || proof.count == 0 || merkle_check_inclusion(&proof, leaf, index, view->size, root) == ERR_PROOF);
        proof.count++;
        MUST(proof.count > MERKLE_PROOF_MAX ||
             merkle_check_inclusion(&proof, leaf, index, view->size, root) == ERR_PROOF);
    } else {
        MUST(harmed || index >= view->size);
    }
    err = merkle_prove_consistency(tiles_subtree, (void *)(uintptr_t)view, old_size, view->size, &proof);
    MUST(err == OK || harmed);
    if (err == OK) {
        MUST(harmed || merkle_check_consistency(&proof, old_size, old_root, view->size, root) == OK);
        if (proof.count > 0) {
            proof.count--;
            MUST(merkle_check_consistency(&proof, old_size, old_root, view->size, root) == ERR_PROOF);
        }
    }
    MUST(merkle_prove_consistency(tiles_subtree, (void *)(uintptr_t)view, view->size + 1, view->size, &proof) ==
         ERR_INPUT);
    err = tiles_root(view, view->size, made);
    MUST(harmed || (err == OK && memcmp(made, root, sizeof made) == 0));
    err = tiles_leaves(view, index / TILE_WIDTH, leaves, &width);
    MUST(err != OK || harmed || width <= index % TILE_WIDTH ||
         memcmp(leaves[index % TILE_WIDTH], leaf, sizeof leaf) == 0);
}

static void try_tiles(struct reader *input) {
    const char *folder = fuzz_folder();
    struct merkle tree = {0};
    struct tiles *tiles = NULL;
    uint8_t root[MERKLE_HASH_SIZE], old_root[MERKLE_HASH_SIZE];
    uint64_t size = 1 + reader_u16(input) % LEAVES_MAX, old_size = reader_u16(input) % (size + 1);
    uint64_t index = reader_u16(input) % (size + 2);
    grow(folder, 0, old_size);
    grow(folder, old_size, size);
    merkle_root(&tree, old_root);
    for (uint64_t i = 0; i < size; i++) {
        uint8_t leaf[MERKLE_HASH_SIZE];
        leaf_of(i, leaf);
        merkle_append(&tree, leaf);
        if (i + 1 == old_size) {
            merkle_root(&tree, old_root);
        }
    }
    merkle_root(&tree, root);
    const struct tiles_view view = {folder, size};
    check_proofs(&view, index, old_root, old_size, root, false);
    if (input->left > 0) { // a tile, or its absence
        static const char *const names[] = {"tile/0/000", "tile/0/001", "tile/1/000.p/1", "tile/1/000.p/2"};
        char path[128];
        const char *name = names[reader_u8(input) % 4];
        (void)snprintf(path, sizeof path, "%s/%s", folder, name);
        if (access(path, F_OK) == 0) {
            fuzz_put(folder, name, fuzz_rest(input));
        }
        check_proofs(&view, index, old_root, old_size, root, true);
        if (tiles_open(folder, size, &tiles) == OK) {
            tiles_close(tiles);
        }
    }
}

// Proofs from outside: none holds but that of a tree of one leaf, or of trees that are the same or empty.
static void try_proof(struct reader *input) {
    struct merkle_proof proof = {0};
    uint8_t leaf[MERKLE_HASH_SIZE], root[MERKLE_HASH_SIZE], other[MERKLE_HASH_SIZE];
    uint64_t index = reader_u64(input), size = reader_u64(input);
    leaf_of(1, leaf);
    leaf_of(2, root);
    leaf_of(3, other);
    while (input->left > 0 && proof.count < MERKLE_PROOF_MAX) {
        reader_copy(input, proof.hashes[proof.count++], MERKLE_HASH_SIZE);
    }
    MUST(merkle_check_inclusion(&proof, leaf, index, size, root) == ERR_PROOF);
    MUST(merkle_check_consistency(&proof, index, other, size, root) == ERR_PROOF || index == 0);
    struct tiles_view view = {fuzz_folder(), size};
    (void)merkle_prove_inclusion(tiles_subtree, &view, index, size, &proof);
    (void)merkle_prove_consistency(tiles_subtree, &view, index, size, &proof);
    (void)tiles_root(&view, size, other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    uint8_t which = reader_u8(&input) % 3;
    if (size == 0) {
        try_new();
    } else if (which == 0) {
        try_files(&input);
    } else if (which == 1) {
        try_tiles(&input);
    } else {
        try_proof(&input);
    }
    return 0;
}
