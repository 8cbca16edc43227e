// SPDX-License-Identifier: Apache-2.0
// The database of a store, made from what is there already. It grows in a folder of its own, lmdb.new/, and takes the
// place of the present one by a rename, so that the old one stands until the new one is complete. The caller holds the
// store's lock.
#ifndef INDEXD_DATABASE_H
#define INDEXD_DATABASE_H

#include <stdbool.h>

#include "base/err.h"
#include "indexd/engine.h"
#include "keys/descriptor.h"

// A database in `folder`, which must not exist, of the whole journal. `begins`: the store begins, or begins anew, with
// another store_id and with its canaries; the journal states so. ERR_STALE: the journal is of another scheme or epoch.
err_t database_make(const struct engine_settings *settings, const struct descriptor *descriptor, const char *folder,
                    bool begins);
// The same in place of the present one.
err_t database_renew(const struct engine_settings *settings, const struct descriptor *descriptor, bool begins);

// The present rows in the order of their keys, on full pages.
err_t database_repack(const struct engine_settings *settings);

// A database that was copied to lmdb.new/, brought up to the journal, with another store_id.
err_t database_adopt(const struct engine_settings *settings, const struct descriptor *descriptor);

#endif
