// SPDX-License-Identifier: Apache-2.0
#include "indexd/log/tiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/merkle_proof.h"

#define TILE_BYTES ((size_t)TILE_WIDTH * MERKLE_HASH_SIZE)
#define PATH_MAX_BYTES 4096

struct tile { // the last one of a level
    uint64_t number;
    size_t width;
    uint8_t hashes[TILE_WIDTH][MERKLE_HASH_SIZE];
};

struct tiles {
    char *folder;
    struct tile levels[TILE_LEVELS];
};

// "x001/x234/067"
static void number_text(uint64_t number, char out[64]) {
    char groups[64] = "";
    (void)snprintf(groups, sizeof groups, "%03u", (unsigned)(number % 1000));
    for (number /= 1000; number > 0; number /= 1000) {
        char longer[64];
        (void)snprintf(longer, sizeof longer, "x%03u/%.50s", (unsigned)(number % 1000), groups);
        memcpy(groups, longer, sizeof groups);
    }
    memcpy(out, groups, sizeof groups);
}

// `width` TILE_WIDTH: the full tile; 0: the folder of the partial ones.
static err_t tile_path(const char *folder, unsigned level, uint64_t number, size_t width, char out[PATH_MAX_BYTES]) {
    char text[64];
    char partial[16] = "";
    number_text(number, text);
    if (width == 0) {
        (void)snprintf(partial, sizeof partial, ".p");
    } else if (width < TILE_WIDTH) {
        (void)snprintf(partial, sizeof partial, ".p/%u", (unsigned)width);
    }
    int len = snprintf(out, PATH_MAX_BYTES, "%s/tile/%u/%s%s", folder, level, text, partial);
    return len < PATH_MAX_BYTES ? OK : err_set(ERR_INPUT, "%s: the path is too long", folder);
}

// Reads at least `width` hashes of a tile of this width, or of the full one that has taken its place since.
static err_t read_tile(const char *folder, unsigned level, uint64_t number, size_t width, struct buf *out) {
    char path[PATH_MAX_BYTES];
    err_t err = tile_path(folder, level, number, width, path);
    if (err == OK) {
        err = file_read(path, TILE_BYTES, out);
    }
    size_t length = width * MERKLE_HASH_SIZE;
    if (err == ERR_NOT_FOUND && width < TILE_WIDTH) {
        length = TILE_BYTES;
        err = tile_path(folder, level, number, TILE_WIDTH, path);
        err = err == OK ? file_read(path, TILE_BYTES, out) : err;
    }
    if (err == ERR_NOT_FOUND || err == ERR_TOO_LARGE || (err == OK && out->len != length)) {
        return err_set(ERR_CORRUPT, "%s: a tile that is missing or of another length", path);
    }
    return err;
}

// ---- growing

static size_t width_at(uint64_t size, unsigned level) {
    return (size_t)(size >> (TILE_HEIGHT * level)) % TILE_WIDTH;
}

static err_t open_level(struct tiles *tiles, uint64_t size, unsigned level) {
    struct tile *tile = &tiles->levels[level];
    struct buf bytes = {0};
    tile->number = level + 1 == TILE_LEVELS ? 0 : size >> (TILE_HEIGHT * (level + 1));
    tile->width = width_at(size, level);
    err_t err = tile->width == 0 ? OK : read_tile(tiles->folder, level, tile->number, tile->width, &bytes);
    if (err == OK && tile->width > 0) {
        memcpy(tile->hashes, bytes.data, tile->width * MERKLE_HASH_SIZE);
    }
    buf_free(&bytes);
    return err;
}

err_t tiles_open(const char *folder, uint64_t size, struct tiles **out) {
    struct tiles *tiles = calloc(1, sizeof *tiles);
    if (tiles == NULL || (tiles->folder = strdup(folder)) == NULL) {
        free(tiles);
        return err_set(ERR_MEMORY, "out of memory");
    }
    err_t err = OK;
    for (unsigned level = 0; err == OK && level < TILE_LEVELS; level++) {
        err = open_level(tiles, size, level);
    }
    if (err != OK) {
        tiles_close(tiles);
        return err;
    }
    *out = tiles;
    return OK;
}

void tiles_close(struct tiles *tiles) {
    if (tiles != NULL) {
        free(tiles->folder);
        free(tiles);
    }
}

// Makes the folders on the way to the file, below the folder of the tiles.
static err_t make_folders(const struct tiles *tiles, char *path) {
    err_t err = OK;
    for (char *slash = path + strlen(tiles->folder) + 1; err == OK && (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        err = access(path, F_OK) == 0 ? OK : file_make_dir(path);
        *slash = '/';
    }
    return err;
}

static err_t write_tile(const struct tiles *tiles, unsigned level) {
    const struct tile *tile = &tiles->levels[level];
    char path[PATH_MAX_BYTES];
    err_t err = tile_path(tiles->folder, level, tile->number, tile->width, path);
    if (err == OK) {
        err = make_folders(tiles, path);
    }
    return err == OK ? file_replace(path, 0600, bytes_of(tile->hashes, tile->width * MERKLE_HASH_SIZE)) : err;
}

// Once the full tile is there nobody needs the partial ones.
static void remove_partial(const struct tiles *tiles, unsigned level, uint64_t number) {
    char path[PATH_MAX_BYTES];
    for (size_t width = 1; width < TILE_WIDTH; width++) {
        if (tile_path(tiles->folder, level, number, width, path) == OK) {
            (void)unlink(path);
        }
    }
    if (tile_path(tiles->folder, level, number, 0, path) == OK) {
        (void)rmdir(path);
    }
}

static void tile_root(const struct tile *tile, uint8_t out[MERKLE_HASH_SIZE]) {
    struct merkle tree = {0};
    for (size_t i = 0; i < TILE_WIDTH; i++) {
        merkle_append(&tree, tile->hashes[i]);
    }
    merkle_root(&tree, out);
}

err_t tiles_append(struct tiles *tiles, const uint8_t leaf[MERKLE_HASH_SIZE]) {
    uint8_t hash[MERKLE_HASH_SIZE];
    memcpy(hash, leaf, sizeof hash);
    for (unsigned level = 0; level < TILE_LEVELS; level++) {
        struct tile *tile = &tiles->levels[level];
        memcpy(tile->hashes[tile->width++], hash, sizeof hash);
        if (tile->width < TILE_WIDTH) {
            return OK;
        }
        err_t err = write_tile(tiles, level);
        if (err != OK) {
            tile->width--;
            return err;
        }
        remove_partial(tiles, level, tile->number);
        tile_root(tile, hash);
        tile->number++;
        tile->width = 0;
    }
    return OK;
}

err_t tiles_finish(struct tiles *tiles) {
    err_t err = OK;
    for (unsigned level = 0; err == OK && level < TILE_LEVELS; level++) {
        err = tiles->levels[level].width == 0 ? OK : write_tile(tiles, level);
    }
    return err;
}

// ---- reading

err_t tiles_subtree(void *ctx, unsigned level, uint64_t index, uint8_t out[MERKLE_HASH_SIZE]) {
    const struct tiles_view *view = ctx;
    unsigned tile_level = level / TILE_HEIGHT;
    unsigned height = level % TILE_HEIGHT;
    uint64_t first = index << height; // of the tile level's hashes
    uint64_t number = first / TILE_WIDTH;
    uint64_t hashes = view->size >> (TILE_HEIGHT * tile_level);
    size_t width = number < hashes / TILE_WIDTH ? TILE_WIDTH : (size_t)(hashes % TILE_WIDTH);
    size_t from = (size_t)(first % TILE_WIDTH);
    size_t count = (size_t)1 << height;
    struct buf bytes = {0};
    if (from + count > width) {
        return err_set(ERR_CORRUPT, "the tiles of a tree of %llu leaves do not reach so far",
                       (unsigned long long)view->size);
    }
    err_t err = read_tile(view->folder, tile_level, number, width, &bytes);
    if (err == OK) {
        struct merkle tree = {0};
        for (size_t i = from; i < from + count; i++) {
            merkle_append(&tree, bytes.data + i * MERKLE_HASH_SIZE);
        }
        merkle_root(&tree, out);
    }
    buf_free(&bytes);
    return err;
}

err_t tiles_leaves(const struct tiles_view *view, uint64_t number, uint8_t out[TILE_WIDTH][MERKLE_HASH_SIZE],
                   size_t *out_width) {
    size_t width = number < view->size / TILE_WIDTH ? TILE_WIDTH : (size_t)(view->size % TILE_WIDTH);
    struct buf bytes = {0};
    err_t err = width == 0 ? err_set(ERR_INPUT, "no such tile") : read_tile(view->folder, 0, number, width, &bytes);
    if (err == OK) {
        memcpy(out, bytes.data, width * MERKLE_HASH_SIZE);
        *out_width = width;
    }
    buf_free(&bytes);
    return err;
}

err_t tiles_root(const struct tiles_view *view, uint64_t size, uint8_t out[MERKLE_HASH_SIZE]) {
    struct tiles_view reading = *view;
    return merkle_root_at(tiles_subtree, &reading, size, out);
}
