// SPDX-License-Identifier: Apache-2.0
#include "base/merkle_proof.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include "tests/base/refusal.h"

#define LEAVES 70

static uint8_t leaves[LEAVES][MERKLE_HASH_SIZE];
static struct merkle trees[LEAVES + 1];

static void make(void) {
    for (uint8_t i = 0; i < LEAVES; i++) {
        merkle_leaf(bytes_of(&i, 1), leaves[i]);
        trees[i + 1] = trees[i];
        merkle_append(&trees[i + 1], leaves[i]);
    }
}

TestSuite(merkle_proof, .init = make);

// Reads from the leaves what a log keeps in tiles.
static err_t read_subtree(void *ctx, unsigned level, uint64_t index, uint8_t out[MERKLE_HASH_SIZE]) {
    const uint64_t *size = ctx;
    struct merkle tree = {0};
    cr_assert_leq((index + 1) << level, *size, "reads behind the tree");
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        merkle_append(&tree, leaves[i]);
    }
    merkle_root(&tree, out);
    return OK;
}

static void root_of(uint64_t size, uint8_t out[MERKLE_HASH_SIZE]) {
    merkle_root(&trees[size], out);
}

Test(merkle_proof, finds_the_head_of_every_beginning) {
    for (uint64_t size = 0; size <= LEAVES; size++) {
        uint8_t expected[MERKLE_HASH_SIZE], root[MERKLE_HASH_SIZE];
        root_of(size, expected);
        assert_ok(merkle_root_at(read_subtree, &size, size, root));
        cr_assert_arr_eq(root, expected, sizeof root);
    }
}

Test(merkle_proof, proves_every_leaf_of_every_tree) {
    for (uint64_t size = 1; size <= LEAVES; size++) {
        uint8_t root[MERKLE_HASH_SIZE];
        root_of(size, root);
        for (uint64_t index = 0; index < size; index++) {
            struct merkle_proof proof;
            assert_ok(merkle_prove_inclusion(read_subtree, &size, index, size, &proof));
            assert_ok(merkle_check_inclusion(&proof, leaves[index], index, size, root));
            cr_expect_eq(merkle_check_inclusion(&proof, leaves[(index + 1) % LEAVES], index, size, root), ERR_PROOF);
            cr_expect_eq(merkle_check_inclusion(&proof, leaves[index], index + 1, size, root), ERR_PROOF);
            if (proof.count > 0) {
                proof.hashes[proof.count - 1][0] ^= 1;
                cr_expect_eq(merkle_check_inclusion(&proof, leaves[index], index, size, root), ERR_PROOF);
                proof.hashes[proof.count - 1][0] ^= 1;
                proof.count--;
                cr_expect_eq(merkle_check_inclusion(&proof, leaves[index], index, size, root), ERR_PROOF);
            }
        }
    }
}

Test(merkle_proof, proves_every_beginning_of_every_tree) {
    for (uint64_t size = 0; size <= LEAVES; size++) {
        for (uint64_t old = 0; old <= size; old++) {
            uint8_t root[MERKLE_HASH_SIZE], old_root[MERKLE_HASH_SIZE];
            struct merkle_proof proof;
            root_of(size, root);
            root_of(old, old_root);
            assert_ok(merkle_prove_consistency(read_subtree, &size, old, size, &proof));
            assert_ok(merkle_check_consistency(&proof, old, old_root, size, root));
            cr_expect_eq(proof.count == 0, old == 0 || old == size);
            for (size_t i = 0; i < proof.count; i++) {
                proof.hashes[i][5] ^= 4;
                cr_expect_eq(merkle_check_consistency(&proof, old, old_root, size, root), ERR_PROOF);
                proof.hashes[i][5] ^= 4;
            }
            proof.count++; // one too many
            cr_expect_eq(merkle_check_consistency(&proof, old, old_root, size, root), ERR_PROOF, "%d %d", (int)old,
                         (int)size);
        }
    }
}

// A record changed, dropped or swapped before the old head gives another tree, to which no proof leads.
Test(merkle_proof, refuses_a_fork) {
    uint8_t old_root[MERKLE_HASH_SIZE], root[MERKLE_HASH_SIZE];
    struct merkle_proof proof;
    uint64_t size = LEAVES;
    root_of(37, old_root);
    memcpy(leaves[20], leaves[21], MERKLE_HASH_SIZE);
    assert_ok(merkle_root_at(read_subtree, &size, size, root));
    assert_ok(merkle_prove_consistency(read_subtree, &size, 37, size, &proof));
    assert_refused(merkle_check_consistency(&proof, 37, old_root, size, root), ERR_PROOF, "does not hold");
}

Test(merkle_proof, refuses_what_is_not_in_the_tree) {
    struct merkle_proof proof = {.count = MERKLE_PROOF_MAX + 1};
    uint64_t size = 5;
    cr_expect_eq(merkle_prove_inclusion(read_subtree, &size, 5, 5, &proof), ERR_INPUT);
    cr_expect_eq(merkle_prove_consistency(read_subtree, &size, 6, 5, &proof), ERR_INPUT);
    cr_expect_eq(merkle_prove_inclusion(read_subtree, &size, 0, UINT64_MAX, &proof), ERR_INPUT);
    cr_expect_eq(merkle_check_inclusion(&proof, leaves[0], 0, 5, leaves[1]), ERR_PROOF);
    cr_expect_eq(merkle_check_consistency(&proof, 2, leaves[0], 5, leaves[1]), ERR_PROOF);
    cr_expect_eq(merkle_check_consistency(&proof, 6, leaves[0], 5, leaves[1]), ERR_PROOF);
}

static err_t cannot_read(void *ctx, unsigned level, uint64_t index, uint8_t out[MERKLE_HASH_SIZE]) {
    (void)ctx, (void)level, (void)index, (void)out;
    return ERR_IO;
}

Test(merkle_proof, hands_on_the_readers_error) {
    struct merkle_proof proof;
    uint8_t root[MERKLE_HASH_SIZE];
    cr_expect_eq(merkle_root_at(cannot_read, NULL, 3, root), ERR_IO);
    cr_expect_eq(merkle_prove_inclusion(cannot_read, NULL, 1, 3, &proof), ERR_IO);
    cr_expect_eq(merkle_prove_consistency(cannot_read, NULL, 2, 3, &proof), ERR_IO);
}
