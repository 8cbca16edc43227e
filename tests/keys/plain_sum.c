// SPDX-License-Identifier: Apache-2.0
#include "tests/keys/plain_sum.h"

#include <sodium.h>
#include <string.h>

#include "keys/oprf.h"

// libsodium multiplies by reduced scalars that are not zero.
static void scalar_of(const uint8_t weight[32], uint8_t out[32]) {
    uint8_t wide[64] = {0}, zero[32] = {0};
    if (weight[31] < 0x80) {
        memcpy(wide, weight, 32);
        crypto_core_ristretto255_scalar_reduce(out, wide);
    } else {
        sodium_sub(wide, weight, 32);
        crypto_core_ristretto255_scalar_reduce(out, wide);
        crypto_core_ristretto255_scalar_sub(out, zero, out);
    }
}

// sum += weight * element.
static int add_term(uint8_t sum[32], const uint8_t weight[32], const uint8_t element[32]) {
    uint8_t scalar[32], term[32];
    scalar_of(weight, scalar);
    if (sodium_is_zero(scalar, 32)) {
        return 0;
    }
    return crypto_scalarmult_ristretto255(term, scalar, element) == 0 ? crypto_core_ristretto255_add(sum, sum, term)
                                                                      : -1;
}

err_t plain_sum(const uint8_t (*weights)[WEIGHTED_SUM_SIZE], const uint8_t (*elements)[WEIGHTED_SUM_SIZE], size_t count,
                uint8_t out[WEIGHTED_SUM_SIZE]) {
    uint8_t sum[32] = {0}; // the identity
    for (size_t i = 0; i < count; i++) {
        if (oprf_check_element(elements[i]) != OK || add_term(sum, weights[i], elements[i]) != 0) {
            return ERR_PROOF;
        }
    }
    memcpy(out, sum, sizeof sum);
    return OK;
}
