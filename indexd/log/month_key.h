// SPDX-License-Identifier: Apache-2.0
// Destroying the key of a finished month: what its records say is gone for good, and every proof over them holds as
// before, since the tree is made of the sealed bytes. segment-keys/YYYY-MM.destroyed stands in the key's place, so that
// a key that was destroyed is never taken for one that was lost.
#ifndef INDEXD_LOG_MONTH_KEY_H
#define INDEXD_LOG_MONTH_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

// Whether the mark stands in the folder of keys.
bool month_key_destroyed(const char *keys, const char *month);

// Whether it may be destroyed: ERR_INPUT for a month that is none, or the last one, in which records are still written;
// ERR_NOT_FOUND: there is no such segment; ERR_CONFLICT: not all of its records are covered by the `cosigned` records
// of the last cosigned head, so that nobody could prove them afterwards.
err_t month_key_check(const char *store, const char *month, uint64_t cosigned);
// Puts the mark there, then overwrites and removes the key. May be repeated.
err_t month_key_destroy(const char *store, const char *month);
// Ends what was begun: removes the keys that stand beside their marks.
err_t month_keys_finish(const char *keys);

#endif
