// SPDX-License-Identifier: Apache-2.0
#include "base/merkle.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include "tests/base/refusal.h"

// The leaves and roots that implementations of RFC 6962 share (certificate-transparency's merkle_tree_test).
static const struct {
    const char *record;
    size_t len;
    const char *root; // of the tree up to this leaf
} known[] = {
    {"", 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
    {"\x00", 1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
    {"\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
    {"\x20\x21", 2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
    {"\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
    {"\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
    {"\x50\x51\x52\x53\x54\x55\x56\x57", 8, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
    {"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16,
     "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
};

static void assert_root(const struct merkle *tree, const char *expected) {
    uint8_t root[MERKLE_HASH_SIZE];
    char text[2 * MERKLE_HASH_SIZE + 1];
    merkle_root(tree, root);
    hex_encode(root, sizeof root, text);
    cr_assert_str_eq(text, expected);
}

Test(merkle, gives_the_known_roots) {
    struct merkle tree = {0};
    assert_root(&tree, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        uint8_t leaf[MERKLE_HASH_SIZE];
        merkle_leaf(bytes_of(known[i].record, known[i].len), leaf);
        merkle_append(&tree, leaf);
        cr_assert_eq(tree.size, i + 1);
        assert_root(&tree, known[i].root);
    }
}

// RFC 6962, section 2.1, as it is written: split at the largest power of two below n.
static void defined_root(const uint8_t leaves[][MERKLE_HASH_SIZE], size_t n, uint8_t out[MERKLE_HASH_SIZE]) {
    if (n == 1) {
        memcpy(out, leaves[0], MERKLE_HASH_SIZE);
        return;
    }
    size_t k = 1;
    while (k * 2 < n) {
        k *= 2;
    }
    uint8_t node[1 + 2 * MERKLE_HASH_SIZE] = {0x01};
    defined_root(leaves, k, node + 1);
    defined_root(leaves + k, n - k, node + 1 + MERKLE_HASH_SIZE);
    crypto_hash_sha256(out, node, sizeof node);
}

Test(merkle, agrees_with_the_definition_at_every_size) {
    static uint8_t leaves[300][MERKLE_HASH_SIZE];
    struct merkle tree = {0};
    for (size_t i = 0; i < 300; i++) {
        uint8_t root[MERKLE_HASH_SIZE];
        uint8_t expected[MERKLE_HASH_SIZE];
        merkle_leaf(bytes_of(&i, sizeof i), leaves[i]);
        merkle_append(&tree, leaves[i]);
        merkle_root(&tree, root);
        defined_root((const uint8_t(*)[MERKLE_HASH_SIZE])leaves, i + 1, expected);
        cr_assert_arr_eq(root, expected, MERKLE_HASH_SIZE, "size %zu", i + 1);
    }
}

Test(merkle, a_leaf_is_not_a_node) {
    uint8_t pair[2 * MERKLE_HASH_SIZE];
    uint8_t root[MERKLE_HASH_SIZE];
    uint8_t leaf[MERKLE_HASH_SIZE];
    struct merkle tree = {0};
    merkle_leaf(bytes_str("a"), pair);
    merkle_leaf(bytes_str("b"), pair + MERKLE_HASH_SIZE);
    merkle_append(&tree, pair);
    merkle_append(&tree, pair + MERKLE_HASH_SIZE);
    merkle_root(&tree, root);
    merkle_leaf(bytes_of(pair, sizeof pair), leaf);
    cr_assert_arr_neq(root, leaf, MERKLE_HASH_SIZE);
}

static void grow(struct merkle *tree, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint8_t leaf[MERKLE_HASH_SIZE];
        merkle_leaf(bytes_of(&i, sizeof i), leaf);
        merkle_append(tree, leaf);
    }
}

Test(merkle, a_stored_tree_grows_on) {
    struct merkle tree = {0};
    struct merkle restored = {0};
    struct buf stored = {0};
    uint8_t roots[2][MERKLE_HASH_SIZE];
    grow(&tree, 77);
    merkle_put(&tree, &stored);
    cr_assert_eq(stored.len, 8 + 4 * MERKLE_HASH_SIZE); // 77 = 64 + 8 + 4 + 1
    struct reader reader = reader_of(buf_bytes(&stored));
    merkle_get(&reader, &restored);
    assert_ok(reader_end(&reader));
    grow(&tree, 60);
    grow(&restored, 60);
    merkle_root(&tree, roots[0]);
    merkle_root(&restored, roots[1]);
    cr_assert_eq(restored.size, 137);
    cr_assert_arr_eq(roots[0], roots[1], MERKLE_HASH_SIZE);
    buf_free(&stored);
}

Test(merkle, an_empty_tree_is_stored_as_its_size) {
    struct merkle tree = {.size = 3};
    struct reader reader = reader_of(bytes_of("\0\0\0\0\0\0\0\0", 8));
    merkle_get(&reader, &tree);
    assert_ok(reader_end(&reader));
    cr_assert_eq(tree.size, 0);
}

Test(merkle, refuses_a_stored_tree_without_all_its_roots) {
    struct merkle tree = {0};
    struct buf stored = {0};
    grow(&tree, 7);
    merkle_put(&tree, &stored);
    for (size_t len = 0; len < stored.len; len++) {
        struct merkle restored = {.size = 99};
        struct reader reader = reader_of(bytes_of(stored.data, len));
        merkle_get(&reader, &restored);
        assert_refused(reader_end(&reader), ERR_CORRUPT, "missing");
        cr_assert_eq(restored.size, 99);
    }
    buf_free(&stored);
}

Test(merkle, refuses_a_stored_tree_that_cannot_grow) {
    static uint8_t full[8 + 64 * MERKLE_HASH_SIZE];
    struct merkle tree = {0};
    memset(full, 0xff, 8);
    struct reader reader = reader_of(bytes_of(full, sizeof full));
    merkle_get(&reader, &tree);
    cr_assert(reader.failed);
    cr_assert_eq(tree.size, 0);
}
