// SPDX-License-Identifier: Apache-2.0
// The folder of a store, and what engine.c and create.c need of it:
//   pepper, lmdb/, journal/, segment-keys/
#ifndef INDEXD_FOLDER_H
#define INDEXD_FOLDER_H

#include "base/err.h"
#include "indexd/pepper.h"

// Keeps other processes out for as long as the descriptor is open. ERR_NOT_FOUND; ERR_UNAVAILABLE when one is in there.
err_t folder_lock(const char *store, int *out);
err_t folder_require_empty(const char *store);
err_t folder_new_pepper(const char *store);
// ERR_DENIED: the store was decommissioned, and is never opened again.
err_t folder_pepper(const char *store, struct pepper **out);

#endif
