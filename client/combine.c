// SPDX-License-Identifier: Apache-2.0
#include "client/combine.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "keys/weighted_sum.h"
#include "proto/limits.h"

#define MAX_WEIGHT INT8_MAX

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
        memset(combination.weights[i], weight < 0 ? 0xff : 0, OPRF_SCALAR_SIZE);
        combination.weights[i][0] = (uint8_t)weight;
    }
    combination.divisor[0] = (uint8_t)divisor;
    *out = combination;
    return true;
}

err_t combination_finalize(const struct combination *combination, struct bytes input,
                           const uint8_t blind[OPRF_SCALAR_SIZE], const uint8_t *const *evaluated,
                           uint8_t out_output[OPRF_OUTPUT_SIZE]) {
    uint8_t elements[COMBINATION_MAX_T][OPRF_ELEMENT_SIZE], sum[OPRF_ELEMENT_SIZE], scaled[OPRF_SCALAR_SIZE];
    for (size_t i = 0; i < combination->t; i++) {
        memcpy(elements[i], evaluated[i], sizeof elements[i]);
    }
    err_t err = weighted_sum(combination->weights, (const uint8_t(*)[OPRF_ELEMENT_SIZE])elements, combination->t, sum);
    if (err != OK) {
        return err;
    }
    crypto_core_ristretto255_scalar_mul(scaled, blind, combination->divisor);
    err = oprf_finalize(input, scaled, sum, out_output);
    secret_wipe(scaled, sizeof scaled);
    return err;
}
