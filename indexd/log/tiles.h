// SPDX-License-Identifier: Apache-2.0
// The journal's Merkle tree as tiles (https://c2sp.org/tlog-tiles): FOLDER/tile/<level>/<n>[.p/<width>], 256 hashes in
// each but the last of a level. They are derived from the records, only ever added to, and can be made anew.
#ifndef INDEXD_LOG_TILES_H
#define INDEXD_LOG_TILES_H

#include <stdint.h>

#include "base/err.h"
#include "base/merkle.h"

#define TILE_WIDTH 256
#define TILE_HEIGHT 8
#define TILE_LEVELS 8 // enough for 2^64 leaves

struct tiles; // of a tree that grows

// The tree of `size` leaves whose tiles are in the folder. ERR_CORRUPT: one that it needs to go on is missing or of
// another length.
err_t tiles_open(const char *folder, uint64_t size, struct tiles **out);
void tiles_close(struct tiles *tiles); // without finishing; NULL is harmless
// Adds a leaf and writes the tiles that it completes. ERR_FULL, ERR_IO.
err_t tiles_append(struct tiles *tiles, const uint8_t leaf[MERKLE_HASH_SIZE]);
// Writes the last tiles of each level as they are. The partial ones of smaller trees stay until the full one is there.
err_t tiles_finish(struct tiles *tiles);

// Reading, for base/merkle_proof.h: `ctx` is a struct tiles_view. ERR_CORRUPT.
struct tiles_view {
    const char *folder;
    uint64_t size; // of the tree whose tiles are read
};
err_t tiles_subtree(void *ctx, unsigned level, uint64_t index, uint8_t out[MERKLE_HASH_SIZE]);
// The leaf hashes of a whole tile of level 0.
err_t tiles_leaves(const struct tiles_view *view, uint64_t number, uint8_t out[TILE_WIDTH][MERKLE_HASH_SIZE],
                   size_t *out_width);
// The head of the first `size` leaves.
err_t tiles_root(const struct tiles_view *view, uint64_t size, uint8_t out[MERKLE_HASH_SIZE]);

#endif
