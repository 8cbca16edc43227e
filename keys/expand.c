// SPDX-License-Identifier: Apache-2.0
#include "keys/expand.h"

#include <assert.h>
#include <string.h>

#define HASH_BLOCK_SIZE 128 // s_in_bytes of SHA-512

void hash_begin(hash_state *state) {
    crypto_hash_sha512_init(state);
}

void hash_put(hash_state *state, const void *data, size_t len) {
    crypto_hash_sha512_update(state, data, len);
}

void hash_put_text(hash_state *state, const char *text) {
    hash_put(state, text, strlen(text));
}

void hash_put_u16(hash_state *state, size_t value) {
    assert(value <= EXPAND_SIZED_MAX);
    const uint8_t big_endian[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    hash_put(state, big_endian, sizeof(big_endian));
}

void hash_put_sized(hash_state *state, const void *data, size_t len) {
    hash_put_u16(state, len);
    hash_put(state, data, len);
}

void hash_end(hash_state *state, uint8_t out[EXPAND_SIZE]) {
    crypto_hash_sha512_final(state, out); // which wipes the state
}

void expand_begin(hash_state *state) {
    static const uint8_t zero_pad[HASH_BLOCK_SIZE];
    hash_begin(state);
    hash_put(state, zero_pad, sizeof(zero_pad));
}

// DST_prime = DST || I2OSP(len(DST), 1)
static void put_dst_prime(hash_state *state, const char *dst) {
    const size_t len = strlen(dst);
    assert(len <= 255);
    const uint8_t byte = (uint8_t)len;
    hash_put(state, dst, len);
    hash_put(state, &byte, 1);
}

// 64 bytes are one block of SHA-512, so that b_1 is the whole result.
void expand_end(hash_state *state, const char *dst, uint8_t out[EXPAND_SIZE]) {
    static const uint8_t zero = 0, one = 1;
    uint8_t b_0[EXPAND_SIZE];
    hash_put_u16(state, EXPAND_SIZE);
    hash_put(state, &zero, 1);
    put_dst_prime(state, dst);
    hash_end(state, b_0);
    hash_begin(state);
    hash_put(state, b_0, sizeof(b_0));
    hash_put(state, &one, 1);
    put_dst_prime(state, dst);
    hash_end(state, out);
    sodium_memzero(b_0, sizeof(b_0));
}

void expand_to_scalar(hash_state *state, const char *dst, uint8_t out[32]) {
    uint8_t uniform[EXPAND_SIZE];
    expand_end(state, dst, uniform);
    crypto_core_ristretto255_scalar_reduce(out, uniform);
    sodium_memzero(uniform, sizeof(uniform));
}
