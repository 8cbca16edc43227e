// SPDX-License-Identifier: Apache-2.0
// Makes the tiles of a journal's folder follow its records.
#ifndef INDEXD_LOG_GROW_H
#define INDEXD_LOG_GROW_H

#include "base/err.h"
#include "base/merkle.h"
#include "indexd/log/records.h"

// Adds the records behind *place to the tiles in `log`, up to `size`; *place is then there. ERR_CORRUPT: tiles or
// segments are damaged, or the segments hold less.
err_t grow_tiles(const char *segments, const char *log, uint64_t size, struct record_place *place);

// The same, until the tiles are those of `tree`: where they are not, they are made anew from the first record, once.
// ERR_CORRUPT: the segments do not hold the records of the tree.
err_t grow_to(const char *segments, const char *log, const struct merkle *tree, struct record_place *place);

#endif
