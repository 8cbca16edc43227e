// SPDX-License-Identifier: Apache-2.0
// Writes rows that were gathered (indexd/gather.h) into a store, in the order of their keys: some twenty times faster
// than as they come, and onto pages that are full where the store had no rows. For a store that nobody uses yet.
#ifndef INDEXD_FILL_H
#define INDEXD_FILL_H

#include "base/err.h"
#include "base/progress.h"
#include "indexd/gather.h"
#include "indexd/store.h"

// The store no longer gathers. `progress` counts rows. ERR_FULL, ERR_IO, ERR_MEMORY.
err_t fill(struct store *store, struct gather *gather, struct progress progress);

#endif
