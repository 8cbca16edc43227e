// SPDX-License-Identifier: Apache-2.0
#include "keys/threshold.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "keys/weighted_sum.h"

_Static_assert(MAX_HOLDERS < 256, "an index is one byte of a scalar");

static void scalar_of_index(size_t index, uint8_t out[OPRF_SCALAR_SIZE]) {
    memset(out, 0, OPRF_SCALAR_SIZE);
    out[0] = (uint8_t)index;
}

static err_t check_index(size_t index) {
    if (index < 1 || index > MAX_HOLDERS) {
        return err_set(ERR_INPUT, "a holder's index is 1 to %d", MAX_HOLDERS);
    }
    return OK;
}

struct dealing { // secret: the polynomial f, and f(1)..f(n)
    uint8_t coefficients[MAX_HOLDERS][OPRF_SCALAR_SIZE];
    uint8_t shares[MAX_HOLDERS][OPRF_SCALAR_SIZE];
};

// f(index), by Horner's rule.
static void polynomial_at(const uint8_t (*coefficients)[OPRF_SCALAR_SIZE], size_t t, size_t index,
                          uint8_t out[OPRF_SCALAR_SIZE]) {
    uint8_t x[OPRF_SCALAR_SIZE];
    scalar_of_index(index, x);
    memcpy(out, coefficients[t - 1], OPRF_SCALAR_SIZE);
    for (size_t j = t - 1; j-- > 0;) {
        crypto_core_ristretto255_scalar_mul(out, out, x);
        crypto_core_ristretto255_scalar_add(out, out, coefficients[j]);
    }
}

static err_t deal(struct dealing *dealing, size_t t, size_t n, struct threshold_commitments *commitments) {
    err_t err = OK;
    commitments->t = t;
    for (size_t j = 1; j < t; j++) {
        crypto_core_ristretto255_scalar_random(dealing->coefficients[j]);
    }
    for (size_t j = 0; err == OK && j < t; j++) {
        err = oprf_public_key(dealing->coefficients[j], commitments->points[j]);
    }
    for (size_t i = 0; err == OK && i < n; i++) {
        polynomial_at((const uint8_t(*)[OPRF_SCALAR_SIZE])dealing->coefficients, t, i + 1, dealing->shares[i]);
        err = oprf_check_scalar(dealing->shares[i]); // a share of zero could not evaluate anything
    }
    return err;
}

err_t threshold_deal(const uint8_t key[OPRF_SCALAR_SIZE], size_t t, size_t n, uint8_t (*out_shares)[OPRF_SCALAR_SIZE],
                     struct threshold_commitments *out) {
    if (t < 1 || t > n || n > MAX_HOLDERS) {
        return err_set(ERR_INPUT, "the threshold must be 1 to the number of holders, and those at most %d",
                       MAX_HOLDERS);
    }
    struct dealing *dealing = secret_new(sizeof(*dealing));
    if (dealing == NULL) {
        return err_set(ERR_MEMORY, "no memory could be locked for the shares");
    }
    struct threshold_commitments commitments = {0};
    memcpy(dealing->coefficients[0], key, OPRF_SCALAR_SIZE);
    err_t err = deal(dealing, t, n, &commitments);
    if (err == OK) {
        memcpy(out_shares, dealing->shares, n * OPRF_SCALAR_SIZE);
        *out = commitments;
    }
    secret_free(dealing);
    return err;
}

static err_t check_commitments(const struct threshold_commitments *commitments) {
    if (commitments->t < 1 || commitments->t > MAX_HOLDERS) {
        return err_set(ERR_INPUT, "there must be 1 to %d commitments", MAX_HOLDERS);
    }
    for (size_t j = 0; j < commitments->t; j++) {
        err_t err = oprf_check_element(commitments->points[j]);
        if (err != OK) {
            return err_prefix(err, "commitment %zu", j);
        }
    }
    return OK;
}

err_t threshold_public_key(const struct threshold_commitments *commitments, size_t index,
                           uint8_t out_pk[OPRF_ELEMENT_SIZE]) {
    err_t err = check_index(index);
    if (err == OK) {
        err = check_commitments(commitments);
    }
    if (err != OK) {
        return err;
    }
    uint8_t x[OPRF_SCALAR_SIZE], pk[OPRF_ELEMENT_SIZE];
    scalar_of_index(index, x);
    memcpy(pk, commitments->points[commitments->t - 1], sizeof(pk));
    for (size_t j = commitments->t - 1; j-- > 0;) {
        if (crypto_scalarmult_ristretto255(pk, x, pk) != 0 ||
            crypto_core_ristretto255_add(pk, pk, commitments->points[j]) != 0) {
            return err_set(ERR_PROOF, "the commitments give holder %zu no public key", index);
        }
    }
    if (sodium_is_zero(pk, sizeof(pk))) {
        return err_set(ERR_PROOF, "the commitments give holder %zu the identity as its public key", index);
    }
    memcpy(out_pk, pk, sizeof(pk));
    return OK;
}

err_t threshold_check_share(const struct threshold_commitments *commitments, size_t index,
                            const uint8_t share[OPRF_SCALAR_SIZE]) {
    uint8_t expected[OPRF_ELEMENT_SIZE], found[OPRF_ELEMENT_SIZE];
    err_t err = threshold_public_key(commitments, index, expected);
    if (err == OK) {
        err = oprf_public_key(share, found);
    }
    if (err != OK) {
        return err;
    }
    if (sodium_memcmp(expected, found, sizeof(expected)) != 0) {
        return err_set(ERR_PROOF, "the share is not holder %zu's under these commitments", index);
    }
    return OK;
}

static err_t check_indices(const size_t *indices, size_t t) {
    if (t < 1 || t > MAX_HOLDERS) {
        return err_set(ERR_INPUT, "1 to %d holders' evaluations can be combined", MAX_HOLDERS);
    }
    for (size_t i = 0; i < t; i++) {
        err_t err = check_index(indices[i]);
        if (err != OK) {
            return err;
        }
        for (size_t m = 0; m < i; m++) {
            if (indices[m] == indices[i]) {
                return err_set(ERR_INPUT, "holder %zu is there twice", indices[i]);
            }
        }
    }
    return OK;
}

// lambda_i = product over m != i of x_m / (x_m - x_i). The indices differ, so that the divisor is never zero.
static void lagrange_at_zero(const size_t *indices, size_t t, size_t i, uint8_t out[OPRF_SCALAR_SIZE]) {
    uint8_t x_i[OPRF_SCALAR_SIZE], x_m[OPRF_SCALAR_SIZE], divisor[OPRF_SCALAR_SIZE], difference[OPRF_SCALAR_SIZE];
    scalar_of_index(1, out);
    scalar_of_index(1, divisor);
    scalar_of_index(indices[i], x_i);
    for (size_t m = 0; m < t; m++) {
        if (m != i) {
            scalar_of_index(indices[m], x_m);
            crypto_core_ristretto255_scalar_mul(out, out, x_m);
            crypto_core_ristretto255_scalar_sub(difference, x_m, x_i);
            crypto_core_ristretto255_scalar_mul(divisor, divisor, difference);
        }
    }
    (void)crypto_core_ristretto255_scalar_invert(divisor, divisor);
    crypto_core_ristretto255_scalar_mul(out, out, divisor);
}

static err_t combine_one(const uint8_t (*lambdas)[OPRF_SCALAR_SIZE], size_t t,
                         const uint8_t (*const *evaluated)[OPRF_ELEMENT_SIZE], size_t j,
                         uint8_t out[OPRF_ELEMENT_SIZE]) {
    uint8_t elements[MAX_HOLDERS][OPRF_ELEMENT_SIZE];
    for (size_t i = 0; i < t; i++) {
        memcpy(elements[i], evaluated[i][j], sizeof(elements[i]));
    }
    if (weighted_sum(lambdas, (const uint8_t(*)[OPRF_ELEMENT_SIZE])elements, t, out) != OK) {
        return err_set(ERR_PROOF, "evaluated element %zu is the identity or not canonical", j);
    }
    if (sodium_is_zero(out, OPRF_ELEMENT_SIZE)) {
        return err_set(ERR_PROOF, "element %zu combines to the identity", j);
    }
    return OK;
}

err_t threshold_combine(const size_t *indices, size_t t, const uint8_t (*const *evaluated)[OPRF_ELEMENT_SIZE],
                        size_t count, uint8_t (*out)[OPRF_ELEMENT_SIZE]) {
    uint8_t lambdas[MAX_HOLDERS][OPRF_SCALAR_SIZE];
    err_t err = check_indices(indices, t);
    if (err != OK) {
        return err;
    }
    uint8_t(*combined)[OPRF_ELEMENT_SIZE] = calloc(count, OPRF_ELEMENT_SIZE);
    if (combined == NULL) {
        return err_set(ERR_MEMORY, "no memory for %zu elements", count);
    }
    for (size_t i = 0; i < t; i++) {
        lagrange_at_zero(indices, t, i, lambdas[i]);
    }
    for (size_t j = 0; err == OK && j < count; j++) {
        err = combine_one((const uint8_t(*)[OPRF_SCALAR_SIZE])lambdas, t, evaluated, j, combined[j]);
    }
    if (err == OK) {
        memcpy(out, combined, count * OPRF_ELEMENT_SIZE);
    }
    free(combined);
    return err;
}
