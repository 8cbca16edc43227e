// SPDX-License-Identifier: Apache-2.0
// Whether there is room for changes: questions are answered for as long as their record fits the disk.
#ifndef INDEXD_SPACE_H
#define INDEXD_SPACE_H

#include "base/err.h"
#include "indexd/journal.h"
#include "indexd/store.h"

#define SPACE_DISK_FLOOR ((uint64_t)256 * 1024 * 1024) // free bytes on the journal's disk
#define SPACE_MAP_PERCENT 95

// ERR_FULL when less is free, or the map is fuller; ERR_IO.
err_t space_check(struct store *store, const struct journal *journal);

#endif
