// SPDX-License-Identifier: Apache-2.0
// The input of the oblivious PRF and the token made from its output.
//   input = lp("signpost/1") lp(scheme) u32(epoch) lp(slot) lp(value), where lp(x) = u16(length of x) x, big-endian
//   token = first 16 bytes of HMAC-SHA-256(key = OPRF output, "signpost lookup 1")
#ifndef KEYS_TOKEN_H
#define KEYS_TOKEN_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "keys/oprf.h"
#include "proto/limits.h"

// Appends the input. ERR_INPUT for an empty or overlong part.
err_t token_input(const char *scheme, uint32_t epoch, const char *slot, const char *value, struct buf *out);
// ERR_CRYPTO. Never all zero: that is an empty slot.
err_t token_of_output(const uint8_t output[OPRF_OUTPUT_SIZE], uint8_t out_token[TOKEN_SIZE]);

#endif
