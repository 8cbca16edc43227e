// SPDX-License-Identifier: Apache-2.0
#include "client/combine.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "proto/limits.h"

#define MAX_WEIGHT 15 // at most 3 doublings and 3 additions: still less than a scalar multiplication

static long gcd(long a, long b) {
    while (b != 0) {
        long rest = a % b;
        a = b;
        b = rest;
    }
    return labs(a);
}

static bool indices_usable(const size_t *indices, size_t t) {
    for (size_t i = 0; i < t; i++) {
        for (size_t m = 0; m < i; m++) {
            if (indices[m] == indices[i]) {
                return false;
            }
        }
        if (indices[i] < 1 || indices[i] > MAX_HOLDERS) {
            return false;
        }
    }
    return t >= 1 && t <= COMBINATION_MAX_T;
}

// lambda_i = product over m != i of x_m / (x_m - x_i), in lowest terms with a positive divisor.
static void fraction(const size_t *indices, size_t t, size_t i, long *out_over, long *out_under) {
    long over = 1, under = 1;
    for (size_t m = 0; m < t; m++) {
        if (m != i) {
            over *= (long)indices[m];
            under *= (long)indices[m] - (long)indices[i];
        }
    }
    long common = gcd(over, under);
    *out_over = (under < 0 ? -over : over) / common;
    *out_under = labs(under) / common;
}

bool combination_of(const size_t *indices, size_t t, struct combination *out) {
    struct combination combination = {.t = t};
    long over[COMBINATION_MAX_T], under[COMBINATION_MAX_T], divisor = 1;
    if (!indices_usable(indices, t)) {
        return false;
    }
    for (size_t i = 0; i < t; i++) {
        fraction(indices, t, i, &over[i], &under[i]);
        divisor = divisor / gcd(divisor, under[i]) * under[i];
    }
    for (size_t i = 0; i < t; i++) {
        long weight = over[i] * (divisor / under[i]);
        if (labs(weight) > MAX_WEIGHT || divisor > UINT8_MAX) {
            return false;
        }
        combination.weights[i] = (int)weight;
    }
    combination.divisor[0] = (uint8_t)divisor;
    *out = combination;
    return true;
}

// weight * element for a weight above zero, from its highest bit down. The numbers are public.
static int multiply_small(int weight, const uint8_t element[OPRF_ELEMENT_SIZE], uint8_t out[OPRF_ELEMENT_SIZE]) {
    int bit = 1, err = 0;
    while (bit * 2 <= weight) {
        bit *= 2;
    }
    memcpy(out, element, OPRF_ELEMENT_SIZE);
    for (bit /= 2; bit > 0 && err == 0; bit /= 2) {
        err = crypto_core_ristretto255_add(out, out, out);
        if (err == 0 && (weight & bit) != 0) {
            err = crypto_core_ristretto255_add(out, out, element);
        }
    }
    return err;
}

static int add_weighted(uint8_t sum[OPRF_ELEMENT_SIZE], bool first, int weight,
                        const uint8_t element[OPRF_ELEMENT_SIZE]) {
    uint8_t term[OPRF_ELEMENT_SIZE];
    if (first && weight > 0) {
        return multiply_small(weight, element, sum);
    }
    if (multiply_small(abs(weight), element, term) != 0) {
        return -1;
    }
    return weight < 0 ? crypto_core_ristretto255_sub(sum, sum, term) : crypto_core_ristretto255_add(sum, sum, term);
}

err_t combination_finalize(const struct combination *combination, struct bytes input,
                           const uint8_t blind[OPRF_SCALAR_SIZE], const uint8_t *const *evaluated,
                           uint8_t out_output[OPRF_OUTPUT_SIZE]) {
    uint8_t sum[OPRF_ELEMENT_SIZE] = {0}; // the identity
    uint8_t scaled[OPRF_SCALAR_SIZE];
    for (size_t i = 0; i < combination->t; i++) {
        if (add_weighted(sum, i == 0, combination->weights[i], evaluated[i]) != 0) {
            return err_set(ERR_PROOF, "an evaluated element is not canonical");
        }
    }
    crypto_core_ristretto255_scalar_mul(scaled, blind, combination->divisor);
    err_t err = oprf_finalize(input, scaled, sum, out_output);
    secret_wipe(scaled, sizeof scaled);
    return err;
}
