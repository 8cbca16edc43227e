// SPDX-License-Identifier: Apache-2.0
// Rows on their way into a store that is being filled. They come in any order and are handed back in the order of their
// child tags, those under one tag in the order in which they came. So a large store is written from its first page to
// its last, instead of here and there.
//
// Rows are kept in 256 parts by the highest byte of the tag: a part is small enough to be sorted in memory. What does
// not fit lies in one file without a name, under a key that is known to this process alone. One thread.
#ifndef INDEXD_GATHER_H
#define INDEXD_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "indexd/entries.h"

struct gather;

struct gathered {
    uint64_t child;
    struct entry entry; // of a removal, agency and record alone
    bool removes;
};

// The file is made in `folder` when it is needed. ERR_MEMORY.
err_t gather_new(const char *folder, struct gather **out);
void gather_free(struct gather *gather); // NULL is harmless

// ERR_MEMORY, ERR_FULL, ERR_IO.
err_t gather_add(struct gather *gather, const struct gathered *row);
uint64_t gather_count(const struct gather *gather);

// Hands over all rows, a child tag at a time, and forgets them. Ends at the visitor's first error.
typedef err_t (*gather_visit)(void *ctx, const struct gathered *rows, size_t count);
err_t gather_hand_over(struct gather *gather, gather_visit visit, void *ctx);

#endif
