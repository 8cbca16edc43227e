// SPDX-License-Identifier: Apache-2.0
// The hashes of RFC 9497's ristretto255-SHA512 suite, their messages fed in pieces: SHA-512, and expand_message_xmd
// (RFC 9380, 5.3.1) for 64 bytes. Private to keys/oprf.c. May take secrets: the states are wiped.
#ifndef KEYS_EXPAND_H
#define KEYS_EXPAND_H

#include <sodium.h>
#include <stddef.h>
#include <stdint.h>

#define EXPAND_SIZE 64         // of a SHA-512 hash, and of uniform bytes
#define EXPAND_SIZED_MAX 65535 // what two bytes of length can say

typedef crypto_hash_sha512_state hash_state;

void hash_begin(hash_state *state);
void hash_put(hash_state *state, const void *data, size_t len);
void hash_put_text(hash_state *state, const char *text);
void hash_put_u16(hash_state *state, size_t value);
void hash_put_sized(hash_state *state, const void *data, size_t len); // I2OSP(len, 2) || data
void hash_end(hash_state *state, uint8_t out[EXPAND_SIZE]);

// Begin, put the message by the calls above, end: 64 uniform bytes, or those reduced to a scalar.
void expand_begin(hash_state *state);
void expand_end(hash_state *state, const char *dst, uint8_t out[EXPAND_SIZE]);
void expand_to_scalar(hash_state *state, const char *dst, uint8_t out[32]);

#endif
