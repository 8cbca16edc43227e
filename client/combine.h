// SPDX-License-Identifier: Apache-2.0
// A shorter way from t holders' evaluations to the PRF's output, where Lagrange's coefficients are small fractions.
//
// For holders 1 and 3 the coefficients are 3/2 and -1/2. The sum is taken with whole numbers, 3 * Z_1 - Z_3, by a few
// additions (keys/weighted_sum.h), and the divisor 2 goes into the blind, whose inverse is multiplied with anyway: one
// scalar multiplication where threshold_combine and oprf_finalize take t + 1. The result is the same.
#ifndef CLIENT_COMBINE_H
#define CLIENT_COMBINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "keys/oprf.h"

#define COMBINATION_MAX_T 4

struct combination {
    size_t t;
    uint8_t weights[COMBINATION_MAX_T][OPRF_SCALAR_SIZE]; // of weighted_sum: sum of weights[i] * Z_i = divisor * Z
    uint8_t divisor[OPRF_SCALAR_SIZE];
};

// False when the numbers are not small, or the indices are not different ones of 1..MAX_HOLDERS: threshold_combine then
// does the work, or refuses it.
bool combination_of(const size_t *indices, size_t t, struct combination *out);

// `evaluated[i]` is holder indices[i]'s element, its proof verified. ERR_PROOF when an element is not canonical, or it
// or the sum is the identity.
err_t combination_finalize(const struct combination *combination, struct bytes input,
                           const uint8_t blind[OPRF_SCALAR_SIZE], const uint8_t *const *evaluated,
                           uint8_t out_output[OPRF_OUTPUT_SIZE]);

#endif
