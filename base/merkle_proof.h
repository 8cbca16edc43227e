// SPDX-License-Identifier: Apache-2.0
// Proofs over the Merkle tree of RFC 6962: that a leaf is in a tree (section 2.1.1), and that one tree is a beginning
// of another (2.1.2). Making one reads the roots of perfect subtrees, wherever they are kept; checking one needs
// nothing but the two heads.
#ifndef BASE_MERKLE_PROOF_H
#define BASE_MERKLE_PROOF_H

#include "base/merkle.h"

#define MERKLE_PROOF_MAX 63                 // hashes
#define MERKLE_SIZE_MAX (UINT64_C(1) << 62) // leaves of a tree that proofs are made for

struct merkle_proof {
    size_t count;
    uint8_t hashes[MERKLE_PROOF_MAX][MERKLE_HASH_SIZE];
};

// The root of the 2^level leaves from index * 2^level on, all of which are in the tree.
typedef err_t (*merkle_subtree)(void *ctx, unsigned level, uint64_t index, uint8_t out[MERKLE_HASH_SIZE]);

// The head of the first `size` leaves. Errors here and below are the reader's.
err_t merkle_root_at(merkle_subtree read, void *ctx, uint64_t size, uint8_t out[MERKLE_HASH_SIZE]);
// ERR_INPUT unless index < size.
err_t merkle_prove_inclusion(merkle_subtree read, void *ctx, uint64_t index, uint64_t size, struct merkle_proof *out);
// ERR_INPUT unless old_size <= size. Empty for old_size 0 and for old_size == size.
err_t merkle_prove_consistency(merkle_subtree read, void *ctx, uint64_t old_size, uint64_t size,
                               struct merkle_proof *out);

// ERR_PROOF.
err_t merkle_check_inclusion(const struct merkle_proof *proof, const uint8_t leaf[MERKLE_HASH_SIZE], uint64_t index,
                             uint64_t size, const uint8_t root[MERKLE_HASH_SIZE]);
// ERR_PROOF. An empty tree is a beginning of every tree.
err_t merkle_check_consistency(const struct merkle_proof *proof, uint64_t old_size,
                               const uint8_t old_root[MERKLE_HASH_SIZE], uint64_t size,
                               const uint8_t root[MERKLE_HASH_SIZE]);

#endif
