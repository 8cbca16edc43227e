// SPDX-License-Identifier: Apache-2.0
// Record handles: the opaque name under which an agency's record is known to the index.
//   handle = HMAC-SHA-256(handle key of the agency, "signpost handle 1" | case reference)
#ifndef CLIENT_HANDLE_H
#define CLIENT_HANDLE_H

#include <stdint.h>

#include "base/err.h"
#include "proto/limits.h"

#define HANDLE_KEY_SIZE 32

// `*out` is HANDLE_KEY_SIZE bytes of locked memory: secret_free it. ERR_NOT_FOUND; ERR_DENIED when others may read the
// file; ERR_INPUT for any other length; ERR_IO; ERR_MEMORY.
err_t handle_key_load(const char *path, uint8_t **out);

// ERR_INPUT for an empty reference; ERR_CRYPTO.
err_t handle_of(const uint8_t key[HANDLE_KEY_SIZE], const char *ref, uint8_t out[HANDLE_SIZE]);

#endif
