// SPDX-License-Identifier: Apache-2.0
#include "base/merkle_proof.h"

#include <string.h>

static err_t too_large(void) {
    return err_set(ERR_INPUT, "a tree of that size is not proved");
}

// The largest power of two below n, as an exponent; n is at least 2.
static unsigned split(uint64_t n) {
    return 63 - (unsigned)__builtin_clzll(n - 1);
}

// The root over the leaves [begin, end) of a split of the tree: perfect subtrees, largest first, folded from the right.
static err_t range_root(merkle_subtree read, void *ctx, uint64_t begin, uint64_t end, uint8_t out[MERKLE_HASH_SIZE]) {
    uint8_t roots[64][MERKLE_HASH_SIZE];
    size_t count = 0;
    while (begin < end) {
        unsigned level = 63 - (unsigned)__builtin_clzll(end - begin);
        err_t err = read(ctx, level, begin >> level, roots[count++]);
        if (err != OK) {
            return err;
        }
        begin += UINT64_C(1) << level;
    }
    uint8_t root[MERKLE_HASH_SIZE];
    memcpy(root, roots[--count], sizeof root);
    while (count > 0) {
        merkle_node(roots[--count], root, root);
    }
    memcpy(out, root, sizeof root);
    return OK;
}

err_t merkle_root_at(merkle_subtree read, void *ctx, uint64_t size, uint8_t out[MERKLE_HASH_SIZE]) {
    const struct merkle empty = {0};
    if (size > MERKLE_SIZE_MAX) {
        return too_large();
    }
    if (size == 0) {
        merkle_root(&empty, out);
        return OK;
    }
    return range_root(read, ctx, 0, size, out);
}

struct proving {
    merkle_subtree read;
    void *ctx;
    struct merkle_proof proof;
};

static err_t push(struct proving *proving, uint64_t begin, uint64_t end) {
    return range_root(proving->read, proving->ctx, begin, end, proving->proof.hashes[proving->proof.count++]);
}

// The hashes were found from the root down; a proof lists them from the leaves up.
static void finish(struct proving *proving, struct merkle_proof *out) {
    size_t count = proving->proof.count;
    out->count = count;
    for (size_t i = 0; i < count; i++) {
        memcpy(out->hashes[i], proving->proof.hashes[count - 1 - i], MERKLE_HASH_SIZE);
    }
}

err_t merkle_prove_inclusion(merkle_subtree read, void *ctx, uint64_t index, uint64_t size, struct merkle_proof *out) {
    struct proving proving = {.read = read, .ctx = ctx};
    uint64_t begin = 0;
    uint64_t end = size;
    err_t err = OK;
    if (size > MERKLE_SIZE_MAX) {
        return too_large();
    }
    if (index >= size) {
        return err_set(ERR_INPUT, "the tree has %llu leaves", (unsigned long long)size);
    }
    while (err == OK && end - begin > 1) {
        uint64_t middle = begin + (UINT64_C(1) << split(end - begin));
        if (index < middle) {
            err = push(&proving, middle, end);
            end = middle;
        } else {
            err = push(&proving, begin, middle);
            begin = middle;
        }
    }
    if (err == OK) {
        finish(&proving, out);
    }
    return err;
}

// RFC 6962, 2.1.2, SUBPROOF: down along the edge of the old tree. Its own root is left out when nothing else of the
// new tree stood to its left, since whoever checks has it.
err_t merkle_prove_consistency(merkle_subtree read, void *ctx, uint64_t old_size, uint64_t size,
                               struct merkle_proof *out) {
    struct proving proving = {.read = read, .ctx = ctx};
    uint64_t begin = 0;
    uint64_t end = size;
    err_t err = OK;
    if (size > MERKLE_SIZE_MAX) {
        return too_large();
    }
    if (old_size > size) {
        return err_set(ERR_INPUT, "a tree of %llu leaves is no beginning of one of %llu", (unsigned long long)old_size,
                       (unsigned long long)size);
    }
    while (err == OK && old_size > 0 && end > old_size) {
        uint64_t middle = begin + (UINT64_C(1) << split(end - begin));
        if (old_size <= middle) {
            err = push(&proving, middle, end);
            end = middle;
        } else {
            err = push(&proving, begin, middle);
            begin = middle;
        }
    }
    if (err == OK && begin > 0) {
        err = push(&proving, begin, end);
    }
    if (err == OK) {
        finish(&proving, out);
    }
    return err;
}

// ---- checking: RFC 9162, sections 2.1.3.2 and 2.1.4.2, which give the algorithms for the same trees.

static err_t not_proved(void) {
    return err_set(ERR_PROOF, "the Merkle proof does not hold");
}

struct climb { // the place on the edge that is climbed, and in the whole tree's last leaf's
    uint64_t at, last;
};

// Whether the next hash stands to the left of what has been put together so far.
static bool from_left(const struct climb *climb) {
    return (climb->at & 1) != 0 || climb->at == climb->last;
}

static void climb_on(struct climb *climb, bool left) {
    while (left && (climb->at & 1) == 0 && climb->at != 0) {
        climb->at >>= 1;
        climb->last >>= 1;
    }
    climb->at >>= 1;
    climb->last >>= 1;
}

err_t merkle_check_inclusion(const struct merkle_proof *proof, const uint8_t leaf[MERKLE_HASH_SIZE], uint64_t index,
                             uint64_t size, const uint8_t root[MERKLE_HASH_SIZE]) {
    if (index >= size || proof->count > MERKLE_PROOF_MAX) {
        return not_proved();
    }
    struct climb climb = {.at = index, .last = size - 1};
    uint8_t made[MERKLE_HASH_SIZE];
    memcpy(made, leaf, sizeof made);
    for (size_t i = 0; i < proof->count; i++) {
        if (climb.last == 0) {
            return not_proved();
        }
        bool left = from_left(&climb);
        if (left) {
            merkle_node(proof->hashes[i], made, made);
        } else {
            merkle_node(made, proof->hashes[i], made);
        }
        climb_on(&climb, left);
    }
    return climb.last == 0 && memcmp(made, root, sizeof made) == 0 ? OK : not_proved();
}

err_t merkle_check_consistency(const struct merkle_proof *proof, uint64_t old_size,
                               const uint8_t old_root[MERKLE_HASH_SIZE], uint64_t size,
                               const uint8_t root[MERKLE_HASH_SIZE]) {
    if (old_size > size || proof->count > MERKLE_PROOF_MAX) {
        return not_proved();
    }
    if (old_size == 0 || old_size == size) {
        bool same = old_size == 0 || memcmp(old_root, root, MERKLE_HASH_SIZE) == 0;
        return proof->count == 0 && same ? OK : not_proved();
    }
    struct climb climb = {.at = old_size - 1, .last = size - 1};
    while ((climb.at & 1) != 0) {
        climb.at >>= 1;
        climb.last >>= 1;
    }
    // An old tree that is perfect is itself the first hash.
    size_t next = (old_size & (old_size - 1)) == 0 ? 0 : 1;
    if (proof->count < next) {
        return not_proved();
    }
    uint8_t made_old[MERKLE_HASH_SIZE];
    uint8_t made[MERKLE_HASH_SIZE];
    memcpy(made_old, next == 0 ? old_root : proof->hashes[0], sizeof made_old);
    memcpy(made, made_old, sizeof made);
    for (; next < proof->count; next++) {
        if (climb.last == 0) {
            return not_proved();
        }
        bool left = from_left(&climb);
        if (left) {
            merkle_node(proof->hashes[next], made_old, made_old);
            merkle_node(proof->hashes[next], made, made);
        } else {
            merkle_node(made, proof->hashes[next], made);
        }
        climb_on(&climb, left);
    }
    bool held =
        climb.last == 0 && memcmp(made_old, old_root, sizeof made_old) == 0 && memcmp(made, root, sizeof made) == 0;
    return held ? OK : not_proved();
}
