// SPDX-License-Identifier: Apache-2.0
// Counts by a 64-bit key, in a table of fixed size: what does not fit is not counted, and the caller is told.
#ifndef INDEXD_TALLY_H
#define INDEXD_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct tally {
    uint64_t *keys; // 0: free
    uint32_t *values;
    size_t size, used; // size is a power of two
};

err_t tally_init(struct tally *tally, size_t size); // ERR_MEMORY
void tally_destroy(struct tally *tally);
void tally_clear(struct tally *tally);
// The key's value, 0 at first; NULL when the table is full.
uint32_t *tally_at(struct tally *tally, uint64_t key);
// The key's value, or 0.
uint32_t tally_of(const struct tally *tally, uint64_t key);

#endif
