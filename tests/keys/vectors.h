// SPDX-License-Identifier: Apache-2.0
// The RFC 9497 vectors of ristretto255-SHA512 in mode VOPRF, read from $SIGNPOST_SHARED/data/vectors/allVectors.json.
#ifndef TESTS_KEYS_VECTORS_H
#define TESTS_KEYS_VECTORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define VECTORS_MAX 8
#define VECTOR_BATCH_MAX 4
#define VECTOR_INPUT_MAX 64

struct vector {
    size_t count; // elements in the batch
    uint8_t input[VECTOR_BATCH_MAX][VECTOR_INPUT_MAX];
    size_t input_len[VECTOR_BATCH_MAX];
    uint8_t blind[VECTOR_BATCH_MAX][32];
    uint8_t blinded[VECTOR_BATCH_MAX][32];
    uint8_t evaluated[VECTOR_BATCH_MAX][32];
    uint8_t output[VECTOR_BATCH_MAX][64];
    uint8_t nonce[32];
    uint8_t proof[64];
};

struct vectors {
    uint8_t seed[32];
    uint8_t info[VECTOR_INPUT_MAX];
    size_t info_len;
    uint8_t sk[32], pk[32];
    size_t count;
    struct vector vectors[VECTORS_MAX];
};

// Skips the test, with a word, where the file is not at hand; fails it where the file is not what it should be.
void vectors_load(struct vectors *out);

struct bytes vector_input(const struct vector *vector, size_t i);

// From hex of either length; fails the test on anything else. Returns the number of bytes.
size_t test_unhex(const char *hex, size_t hex_len, uint8_t *out, size_t max);

#endif
