// SPDX-License-Identifier: Apache-2.0
// Copies of a store: its journal and its database, without its secrets - the pepper, the segments' keys, the log's key -,
// which are kept apart: a copy alone tells nothing.
#ifndef INDEXD_BACKUP_H
#define INDEXD_BACKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "indexd/engine.h"
#include "keys/descriptor.h"

// Copies the store to the new folder `to`, beside a running index, which does not notice: the database as it stands at
// one moment, and then the journal, which goes at least as far. It grows in `to`.part. ERR_EXISTS; ERR_NOT_FOUND: no
// store; ERR_FULL; ERR_IO.
err_t backup_make(const struct engine_settings *settings, const char *to, int64_t bytes_per_s, uint64_t *out_bytes);

// Puts a copy where there is no journal and no database; pepper and segment keys must stand there already. The store
// gets another store_id, so that feeds register again what came after the copy. ERR_EXISTS, ERR_NOT_FOUND, ERR_CORRUPT
// (also: keys or pepper of another store), ERR_STALE, ERR_FULL, ERR_IO. Where log.key stands there too, the journal's
// log goes on, as it may when the copy holds everything that key holders have cosigned; otherwise another log begins
// (*out_new_log), whose verifier key the trust files must be given.
err_t backup_restore(const struct engine_settings *settings, const struct descriptor *descriptor, const char *from,
                     bool *out_new_log);

#endif
