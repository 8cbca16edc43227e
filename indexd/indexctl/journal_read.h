// SPDX-License-Identifier: Apache-2.0
// The journal's records, opened with the keys of its segments.
#ifndef INDEXD_INDEXCTL_JOURNAL_READ_H
#define INDEXD_INDEXCTL_JOURNAL_READ_H

#include <stdint.h>

#include "base/err.h"
#include "indexd/record.h"

typedef err_t (*journal_read_visit)(void *ctx, const struct record *record);

// Calls `visit` with the records `from` to `to` of the journal in `folder`, and ends at the first error. `keys`: the
// folder of the segments' keys; NULL: segment-keys/ in `folder`. A month whose key is not there is told on standard
// error and passed over. ERR_CORRUPT.
err_t journal_read(const char *folder, const char *keys, uint64_t from, uint64_t to, journal_read_visit visit,
                   void *ctx);

#endif
