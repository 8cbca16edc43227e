// SPDX-License-Identifier: Apache-2.0
#include "client/combine.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/secret.h"
#include "keys/threshold.h"
#include "tests/base/refusal.h"

static uint8_t key[OPRF_SCALAR_SIZE], public_key[OPRF_ELEMENT_SIZE];
static uint8_t shares[MAX_HOLDERS][OPRF_SCALAR_SIZE], public_keys[MAX_HOLDERS][OPRF_ELEMENT_SIZE];
static uint8_t blind[OPRF_SCALAR_SIZE], blinded[1][OPRF_ELEMENT_SIZE];
static struct bytes input;

static void begin(void) {
    const uint8_t seed[32] = "a seed of the tests";
    input = bytes_str("an input");
    assert_ok(secret_start());
    assert_ok(oprf_derive_key_pair(seed, bytes_str("tests"), key, public_key));
    assert_ok(oprf_blind(input, blind, blinded[0]));
}

TestSuite(combine, .init = begin);

static void deal(size_t t, size_t n) {
    struct threshold_commitments commitments;
    assert_ok(threshold_deal(key, t, n, shares, &commitments));
    for (size_t i = 0; i < n; i++) {
        assert_ok(threshold_public_key(&commitments, i + 1, public_keys[i]));
    }
}

static void evaluate(size_t holder, uint8_t out[OPRF_ELEMENT_SIZE]) {
    uint8_t proof[OPRF_PROOF_SIZE], evaluated[1][OPRF_ELEMENT_SIZE];
    assert_ok(oprf_blind_evaluate(shares[holder - 1], public_keys[holder - 1],
                                  (const uint8_t(*)[OPRF_ELEMENT_SIZE])blinded, 1, NULL, evaluated, proof));
    memcpy(out, evaluated[0], OPRF_ELEMENT_SIZE);
}

static void assert_output(const size_t *indices, size_t t) {
    struct combination combination;
    uint8_t elements[COMBINATION_MAX_T][OPRF_ELEMENT_SIZE], output[OPRF_OUTPUT_SIZE], expected[OPRF_OUTPUT_SIZE];
    const uint8_t *evaluated[COMBINATION_MAX_T];
    cr_assert(combination_of(indices, t, &combination));
    for (size_t i = 0; i < t; i++) {
        evaluate(indices[i], elements[i]);
        evaluated[i] = elements[i];
    }
    assert_ok(combination_finalize(&combination, input, blind, evaluated, output));
    assert_ok(oprf_evaluate(key, input, expected));
    cr_assert_arr_eq(output, expected, sizeof expected);
}

Test(combine, gives_the_output_of_the_whole_key_for_every_pair) {
    deal(2, 5);
    for (size_t a = 1; a <= 5; a++) {
        for (size_t b = 1; b <= 5; b++) {
            if (a != b) {
                assert_output((const size_t[]){a, b}, 2);
            }
        }
    }
}

Test(combine, gives_the_output_of_the_whole_key_for_one_three_and_four) {
    deal(1, 3);
    assert_output((const size_t[]){3}, 1);
    deal(3, 5);
    assert_output((const size_t[]){1, 2, 3}, 3);
    assert_output((const size_t[]){4, 1, 2}, 3);
    deal(4, 4);
    assert_output((const size_t[]){1, 2, 3, 4}, 4);
    deal(2, MAX_HOLDERS);
    assert_output((const size_t[]){MAX_HOLDERS, MAX_HOLDERS - 1}, 2); // 16 and -15
    assert_output((const size_t[]){3, MAX_HOLDERS}, 2);
}

Test(combine, finds_whole_numbers) {
    struct combination combination;
    cr_assert(combination_of((const size_t[]){1, 3}, 2, &combination));
    const uint8_t three[OPRF_SCALAR_SIZE] = {3};
    uint8_t minus_one[OPRF_SCALAR_SIZE];
    memset(minus_one, 0xff, sizeof minus_one);
    cr_assert_arr_eq(combination.weights[0], three, OPRF_SCALAR_SIZE);
    cr_assert_arr_eq(combination.weights[1], minus_one, OPRF_SCALAR_SIZE);
    cr_assert_eq(combination.divisor[0], 2);
}

Test(combine, leaves_large_numbers_to_the_general_way) {
    struct combination combination;
    cr_assert_not(combination_of((const size_t[]){14, 15, 16}, 3, &combination));
    cr_assert_not(combination_of((const size_t[]){1, 2, 3, 4, 5}, 5, &combination));
}

Test(combine, refuses_indices_that_are_none) {
    struct combination combination;
    cr_assert_not(combination_of((const size_t[]){2, 2}, 2, &combination));
    cr_assert_not(combination_of((const size_t[]){0, 1}, 2, &combination));
    cr_assert_not(combination_of((const size_t[]){1, MAX_HOLDERS + 1}, 2, &combination));
    cr_assert_not(combination_of((const size_t[]){1}, 0, &combination));
}

Test(combine, refuses_elements_that_are_none) {
    struct combination combination;
    uint8_t good[OPRF_ELEMENT_SIZE], twice[OPRF_ELEMENT_SIZE], wrong[OPRF_ELEMENT_SIZE], output[OPRF_OUTPUT_SIZE];
    deal(2, 3);
    evaluate(1, good);
    memset(wrong, 0xff, sizeof wrong);
    cr_assert(combination_of((const size_t[]){1, 2}, 2, &combination));
    cr_assert_eq(combination_finalize(&combination, input, blind, (const uint8_t *[]){good, wrong}, output), ERR_PROOF);
    cr_assert_eq(combination_finalize(&combination, input, blind, (const uint8_t *[]){wrong, good}, output), ERR_PROOF);
    // 2 * Z_1 - Z_2 is the identity when Z_2 is twice Z_1.
    const uint8_t two[OPRF_SCALAR_SIZE] = {2};
    uint8_t evaluated[1][OPRF_ELEMENT_SIZE], proof[OPRF_PROOF_SIZE];
    memcpy(evaluated[0], good, sizeof good);
    assert_ok(oprf_blind_evaluate(two, public_keys[0], (const uint8_t(*)[OPRF_ELEMENT_SIZE])evaluated, 1, NULL,
                                  evaluated, proof));
    memcpy(twice, evaluated[0], sizeof twice);
    cr_assert_eq(combination_finalize(&combination, input, blind, (const uint8_t *[]){good, twice}, output), ERR_PROOF);
}
