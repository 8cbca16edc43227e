// SPDX-License-Identifier: Apache-2.0
// The file in which an agency's sync remembers what it registered: one LMDB file, 0600, used by one process at a time.
// It holds no detail of a child (client/sync_record.h). Used by one thread at a time.
//
// Two databases: `records`, handle (32) -> record; `about`, the format's version, the scheme, and a check value of the
// handle key, without which every handle in the file would mean nothing.
#ifndef CLIENT_SYNC_STATE_H
#define CLIENT_SYNC_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "client/sync_record.h"

struct sync_state;

// `create`: makes the file where it is missing, and otherwise ERR_NOT_FOUND. ERR_UNAVAILABLE: another sync has it;
// ERR_INPUT: it belongs to another scheme or another handle key; ERR_CORRUPT; ERR_FULL; ERR_IO; ERR_MEMORY. `key` is
// borrowed.
err_t sync_state_open(const char *path, const char *scheme, const uint8_t key[HANDLE_KEY_SIZE], bool create,
                      struct sync_state **out);
void sync_state_close(struct sync_state *state); // NULL is harmless

// Every record in the order of handles, each borrowed for the call; an error of `each` ends the walk.
err_t sync_state_walk(struct sync_state *state, err_t (*each)(void *ctx, const struct sync_record *record), void *ctx);
// ERR_NOT_FOUND. sync_record_free the result.
err_t sync_state_get(struct sync_state *state, const uint8_t handle[HANDLE_SIZE], struct sync_record *out);
// All or none, on the disk when it returns. A record without sets is taken out.
err_t sync_state_put(struct sync_state *state, const struct sync_record *const *records, size_t count);

#endif
