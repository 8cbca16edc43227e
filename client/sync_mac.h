// SPDX-License-Identifier: Apache-2.0
// The keyed hashes of an agency's sync state: HMAC-SHA-256 under the agency's handle key, one label for each use,
// shortened to 16 bytes. They let the next sync see what changed without the state holding any detail of a child.
#ifndef CLIENT_SYNC_MAC_H
#define CLIENT_SYNC_MAC_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "client/handle.h"
#include "client/match_keys.h"
#include "keys/descriptor.h"

#define SYNC_MAC_SIZE 16

// ERR_MEMORY, ERR_CRYPTO.
err_t sync_mac(const uint8_t key[HANDLE_KEY_SIZE], const char *label, struct bytes data, uint8_t out[SYNC_MAC_SIZE]);

// Of one record's match values under the descriptor's matching rules: other rules make it another record.
err_t sync_values_mac(const uint8_t key[HANDLE_KEY_SIZE], const struct descriptor *descriptor,
                      const struct match_values *values, uint8_t out[SYNC_MAC_SIZE]);

#endif
