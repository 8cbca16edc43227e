// SPDX-License-Identifier: Apache-2.0
#include "indexd/log/grow.h"

#include <string.h>

#include "base/log.h"
#include "indexd/log/tiles.h"

static err_t add_leaf(void *ctx, const struct sealed_record *record) {
    uint8_t leaf[MERKLE_HASH_SIZE];
    merkle_leaf(record->sealed, leaf);
    return tiles_append(ctx, leaf);
}

err_t grow_tiles(const char *segments, const char *log, uint64_t size, struct record_place *place) {
    struct tiles *tiles = NULL;
    struct record_place reached = *place;
    err_t err = tiles_open(log, place->size, &tiles);
    if (err == OK) {
        err = records_each(segments, place, size, add_leaf, tiles, &reached);
    }
    if (err == OK && reached.size < size) {
        err = err_set(ERR_CORRUPT, "the segments end with record %llu of %llu", (unsigned long long)reached.size,
                      (unsigned long long)size);
    }
    if (err == OK) {
        err = tiles_finish(tiles);
    }
    tiles_close(tiles);
    if (err == OK) {
        *place = reached;
    }
    return err;
}

static err_t grow_and_compare(const char *segments, const char *log, const struct merkle *tree,
                              struct record_place *place) {
    const struct tiles_view view = {log, tree->size};
    uint8_t made[MERKLE_HASH_SIZE];
    uint8_t root[MERKLE_HASH_SIZE];
    struct record_place reached = *place;
    err_t err = grow_tiles(segments, log, tree->size, &reached);
    if (err == OK) {
        err = tiles_root(&view, tree->size, made);
    }
    merkle_root(tree, root);
    if (err == OK && memcmp(made, root, sizeof root) != 0) {
        err = err_set(ERR_CORRUPT, "the segments do not hold the records that the journal's tree was made from");
    }
    if (err == OK) {
        *place = reached;
    }
    return err;
}

err_t grow_to(const char *segments, const char *log, const struct merkle *tree, struct record_place *place) {
    bool fresh = place->size == 0;
    err_t err = place->size > tree->size ? ERR_CORRUPT : grow_and_compare(segments, log, tree, place);
    if (err == ERR_CORRUPT && !fresh) {
        log_line(LOG_NOTICE, "the journal's tiles are made anew");
        *place = (struct record_place){0};
        err = grow_and_compare(segments, log, tree, place);
    }
    return err;
}
