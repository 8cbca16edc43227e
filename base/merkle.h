// SPDX-License-Identifier: Apache-2.0
// The Merkle tree of RFC 6962 (section 2.1) with SHA-256, kept as its frontier: the roots of the perfect subtrees that
// make up the tree, largest first - one for each bit that is set in `size`.
#ifndef BASE_MERKLE_H
#define BASE_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define MERKLE_HASH_SIZE 32

struct merkle {
    uint64_t size; // leaves
    uint8_t roots[64][MERKLE_HASH_SIZE];
};

void merkle_leaf(struct bytes record, uint8_t out[MERKLE_HASH_SIZE]);
// The parent of two nodes; `out` may be one of them.
void merkle_node(const uint8_t left[MERKLE_HASH_SIZE], const uint8_t right[MERKLE_HASH_SIZE],
                 uint8_t out[MERKLE_HASH_SIZE]);
void merkle_append(struct merkle *tree, const uint8_t leaf[MERKLE_HASH_SIZE]);
// The tree head; of an empty tree, the hash of the empty string.
void merkle_root(const struct merkle *tree, uint8_t out[MERKLE_HASH_SIZE]);

// size u64, then the roots in order.
void merkle_put(const struct merkle *tree, struct buf *out);
// Checks the bound of the count against `size`; sets the reader's failure otherwise.
void merkle_get(struct reader *reader, struct merkle *out);

#endif
