// SPDX-License-Identifier: Apache-2.0
#include "keys/refresh.h"

#include <sodium.h>
#include <string.h>

#include "base/secret.h"

static void scalar_of(size_t index, uint8_t out[OPRF_SCALAR_SIZE]) {
    memset(out, 0, OPRF_SCALAR_SIZE);
    out[0] = (uint8_t)index;
}

static err_t check_numbers(size_t t, size_t n) {
    if (t < 2 || t > n || n > MAX_HOLDERS) {
        return err_set(ERR_INPUT, "shares are renewed where 2 to n holders are needed, and n is at most %d",
                       MAX_HOLDERS);
    }
    return OK;
}

struct polynomial { // secret: a_1 .. a_(t-1), and its values at 1..n
    uint8_t coefficients[MAX_HOLDERS][OPRF_SCALAR_SIZE];
    uint8_t values[MAX_HOLDERS][OPRF_SCALAR_SIZE];
};

// x * (a_1 + x * (a_2 + ...)), by Horner's rule.
static void value_at(const struct polynomial *polynomial, size_t t, size_t index, uint8_t out[OPRF_SCALAR_SIZE]) {
    uint8_t x[OPRF_SCALAR_SIZE];
    scalar_of(index, x);
    memset(out, 0, OPRF_SCALAR_SIZE);
    for (size_t j = t - 1; j-- > 0;) {
        crypto_core_ristretto255_scalar_add(out, out, polynomial->coefficients[j]);
        crypto_core_ristretto255_scalar_mul(out, out, x);
    }
}

err_t refresh_make(size_t t, size_t n, uint8_t (*out_values)[OPRF_SCALAR_SIZE],
                   uint8_t (*out_commitments)[OPRF_ELEMENT_SIZE]) {
    uint8_t commitments[MAX_HOLDERS][OPRF_ELEMENT_SIZE];
    err_t err = check_numbers(t, n);
    if (err != OK) {
        return err;
    }
    struct polynomial *polynomial = secret_new(sizeof *polynomial);
    if (polynomial == NULL) {
        return err_set(ERR_MEMORY, "no memory could be locked for the shares");
    }
    for (size_t j = 0; err == OK && j + 1 < t; j++) {
        crypto_core_ristretto255_scalar_random(polynomial->coefficients[j]);
        err = oprf_public_key(polynomial->coefficients[j], commitments[j]);
    }
    for (size_t i = 0; err == OK && i < n; i++) {
        value_at(polynomial, t, i + 1, polynomial->values[i]);
    }
    if (err == OK) {
        memcpy(out_values, polynomial->values, n * OPRF_SCALAR_SIZE);
        memcpy(out_commitments, commitments, (t - 1) * OPRF_ELEMENT_SIZE);
    }
    secret_free(polynomial);
    return err;
}

static err_t check_commitments(const uint8_t (*commitments)[OPRF_ELEMENT_SIZE], size_t t) {
    err_t err = check_numbers(t, t);
    for (size_t j = 0; err == OK && j + 1 < t; j++) {
        err = oprf_check_element(commitments[j]);
        err = err == OK ? OK : err_prefix(err, "commitment %zu", j);
    }
    return err;
}

// What g^value must be.
static err_t expected_at(const uint8_t (*commitments)[OPRF_ELEMENT_SIZE], size_t t, size_t index,
                         uint8_t out[OPRF_ELEMENT_SIZE]) {
    uint8_t x[OPRF_SCALAR_SIZE];
    scalar_of(index, x);
    memset(out, 0, OPRF_ELEMENT_SIZE); // the identity
    for (size_t j = t - 1; j-- > 0;) {
        if (crypto_core_ristretto255_add(out, out, commitments[j]) != 0 ||
            crypto_scalarmult_ristretto255(out, x, out) != 0) {
            return err_set(ERR_PROOF, "the commitments give holder %zu nothing", index);
        }
    }
    return OK;
}

err_t refresh_check(const uint8_t (*commitments)[OPRF_ELEMENT_SIZE], size_t t, size_t index,
                    const uint8_t value[OPRF_SCALAR_SIZE]) {
    uint8_t expected[OPRF_ELEMENT_SIZE], found[OPRF_ELEMENT_SIZE];
    if (index < 1 || index > MAX_HOLDERS) {
        return err_set(ERR_INPUT, "a holder's index is 1 to %d", MAX_HOLDERS);
    }
    err_t err = check_commitments(commitments, t);
    err = err != OK ? err : expected_at(commitments, t, index, expected);
    err = err != OK ? err : oprf_public_key(value, found);
    if (err == OK && sodium_memcmp(expected, found, sizeof found) != 0) {
        err = err_set(ERR_PROOF, "the value is not holder %zu's under the contribution's commitments", index);
    }
    return err;
}

err_t refresh_commit(struct threshold_commitments *sum, const uint8_t (*commitments)[OPRF_ELEMENT_SIZE]) {
    struct threshold_commitments next = *sum;
    err_t err = check_commitments(commitments, sum->t);
    for (size_t j = 1; err == OK && j < sum->t; j++) {
        if (crypto_core_ristretto255_add(next.points[j], next.points[j], commitments[j - 1]) != 0) {
            err = err_set(ERR_PROOF, "commitment %zu cannot be added", j);
        }
    }
    if (err == OK) {
        *sum = next;
    }
    return err;
}

void refresh_share(uint8_t share[OPRF_SCALAR_SIZE], const uint8_t value[OPRF_SCALAR_SIZE]) {
    crypto_core_ristretto255_scalar_add(share, share, value);
}
