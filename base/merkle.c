// SPDX-License-Identifier: Apache-2.0
#include "base/merkle.h"

#include <assert.h>
#include <string.h>

#include "base/sha256.h"

// RFC 6962, section 2.1: the first byte keeps a leaf from passing for a node.
#define LEAF_PREFIX 0x00
#define NODE_PREFIX 0x01

static void hash(uint8_t prefix, struct bytes left, struct bytes right, uint8_t out[MERKLE_HASH_SIZE]) {
    const struct bytes parts[] = {bytes_of(&prefix, 1), left, right};
    sha256(parts, 3, out);
}

void merkle_node(const uint8_t left[MERKLE_HASH_SIZE], const uint8_t right[MERKLE_HASH_SIZE],
                 uint8_t out[MERKLE_HASH_SIZE]) {
    hash(NODE_PREFIX, bytes_of(left, MERKLE_HASH_SIZE), bytes_of(right, MERKLE_HASH_SIZE), out);
}

static size_t root_count(uint64_t size) {
    return (size_t)__builtin_popcountll(size);
}

void merkle_leaf(struct bytes record, uint8_t out[MERKLE_HASH_SIZE]) {
    hash(LEAF_PREFIX, record, (struct bytes){0}, out);
}

// As in binary addition: each bit that was set carries, and two subtrees of one size become one of the next.
void merkle_append(struct merkle *tree, const uint8_t leaf[MERKLE_HASH_SIZE]) {
    assert(tree->size < UINT64_MAX);
    uint8_t carried[MERKLE_HASH_SIZE];
    memcpy(carried, leaf, sizeof carried);
    size_t count = root_count(tree->size);
    for (uint64_t bits = tree->size; (bits & 1) != 0; bits >>= 1) {
        merkle_node(tree->roots[--count], carried, carried);
    }
    memcpy(tree->roots[count], carried, sizeof carried);
    tree->size++;
}

void merkle_root(const struct merkle *tree, uint8_t out[MERKLE_HASH_SIZE]) {
    size_t count = root_count(tree->size);
    if (count == 0) {
        sha256(NULL, 0, out);
        return;
    }
    uint8_t root[MERKLE_HASH_SIZE];
    memcpy(root, tree->roots[--count], sizeof root);
    while (count > 0) {
        merkle_node(tree->roots[--count], root, root);
    }
    memcpy(out, root, sizeof root);
}

void merkle_put(const struct merkle *tree, struct buf *out) {
    buf_put_u64(out, tree->size);
    buf_put(out, tree->roots, root_count(tree->size) * MERKLE_HASH_SIZE);
}

// 64 roots are the most that a u64 has bits, so that the count needs no other bound; a tree of 2^64 - 1 leaves could
// not grow, and is refused.
void merkle_get(struct reader *reader, struct merkle *out) {
    struct merkle tree = {.size = reader_u64(reader)};
    if (tree.size == UINT64_MAX) {
        reader->failed = true;
    }
    reader_copy(reader, tree.roots, root_count(tree.size) * MERKLE_HASH_SIZE);
    if (!reader->failed) {
        *out = tree;
    }
}
