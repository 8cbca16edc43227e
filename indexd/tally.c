// SPDX-License-Identifier: Apache-2.0
#include "indexd/tally.h"

#include <stdlib.h>
#include <string.h>

err_t tally_init(struct tally *tally, size_t size) {
    *tally = (struct tally){
        .keys = calloc(size, sizeof *tally->keys), .values = calloc(size, sizeof *tally->values), .size = size};
    return tally->keys == NULL || tally->values == NULL ? err_set(ERR_MEMORY, "out of memory") : OK;
}

void tally_destroy(struct tally *tally) {
    free(tally->keys);
    free(tally->values);
    *tally = (struct tally){0};
}

void tally_clear(struct tally *tally) {
    memset(tally->keys, 0, tally->size * sizeof *tally->keys);
    memset(tally->values, 0, tally->size * sizeof *tally->values);
    tally->used = 0;
}

// Where the key stands, or the free place where it would.
static size_t find(const struct tally *tally, uint64_t key) {
    size_t at = (size_t)key & (tally->size - 1);
    while (tally->keys[at] != 0 && tally->keys[at] != key) {
        at = (at + 1) & (tally->size - 1);
    }
    return at;
}

uint32_t *tally_at(struct tally *tally, uint64_t key) {
    key = key == 0 ? 1 : key;
    const size_t at = find(tally, key);
    if (tally->keys[at] == 0) {
        if (tally->used >= tally->size / 8 * 7) {
            return NULL;
        }
        tally->keys[at] = key;
        tally->used++;
    }
    return &tally->values[at];
}

uint32_t tally_of(const struct tally *tally, uint64_t key) {
    return tally->values[find(tally, key == 0 ? 1 : key)];
}
