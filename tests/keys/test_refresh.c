// SPDX-License-Identifier: Apache-2.0
#include "keys/refresh.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include "base/secret.h"

#define T 3
#define N 5

static uint8_t key[OPRF_SCALAR_SIZE];
static uint8_t shares[N][OPRF_SCALAR_SIZE];
static struct threshold_commitments commitments;

static void start(void) {
    cr_assert_eq(secret_start(), OK);
    crypto_core_ristretto255_scalar_random(key);
    cr_assert_eq(threshold_deal(key, T, N, shares, &commitments), OK);
}

TestSuite(refresh, .init = start);

typedef uint8_t values_t[N][OPRF_SCALAR_SIZE];
typedef uint8_t points_t[T - 1][OPRF_ELEMENT_SIZE];

static void contribute(uint8_t (*values)[OPRF_SCALAR_SIZE], uint8_t (*points)[OPRF_ELEMENT_SIZE]) {
    cr_assert_eq(refresh_make(T, N, values, points), OK, "%s", err_detail());
    for (size_t i = 0; i < N; i++) {
        cr_assert_eq(refresh_check((const uint8_t(*)[32])points, T, i + 1, values[i]), OK, "%s", err_detail());
    }
}

// One refresh by `count` contributors.
static void refresh(size_t count) {
    for (size_t c = 0; c < count; c++) {
        values_t values;
        points_t points;
        contribute(values, points);
        cr_assert_eq(refresh_commit(&commitments, (const uint8_t(*)[32])points), OK);
        for (size_t i = 0; i < N; i++) {
            refresh_share(shares[i], values[i]);
        }
    }
}

// The whole key's evaluation of an element, from the shares of three holders.
static void combined(uint8_t (*from)[OPRF_SCALAR_SIZE], const size_t indices[T], const uint8_t element[32],
                     uint8_t out[32]) {
    uint8_t evaluated[T][1][OPRF_ELEMENT_SIZE];
    const uint8_t(*list[T])[OPRF_ELEMENT_SIZE];
    for (size_t i = 0; i < T; i++) {
        cr_assert_eq(crypto_scalarmult_ristretto255(evaluated[i][0], from[indices[i] - 1], element), 0);
        list[i] = (const uint8_t(*)[OPRF_ELEMENT_SIZE])evaluated[i];
    }
    cr_assert_eq(threshold_combine(indices, T, list, 1, (uint8_t(*)[32])out), OK, "%s", err_detail());
}

Test(refresh, gives_new_shares_of_the_same_key) {
    const struct threshold_commitments before = commitments;
    values_t old;
    memcpy(old, shares, sizeof old);
    refresh(T);
    cr_expect_arr_eq(commitments.points[0], before.points[0], 32, "C_0 is the key's own");
    cr_expect_neq(memcmp(commitments.points[1], before.points[1], 32), 0);
    uint8_t element[32], whole[32], out[32];
    crypto_core_ristretto255_random(element);
    cr_assert_eq(crypto_scalarmult_ristretto255(whole, key, element), 0);
    for (size_t i = 0; i < N; i++) {
        cr_expect_eq(threshold_check_share(&commitments, i + 1, shares[i]), OK, "%s", err_detail());
        cr_expect_eq(threshold_check_share(&before, i + 1, shares[i]), ERR_PROOF);
        cr_expect_eq(threshold_check_share(&commitments, i + 1, old[i]), ERR_PROOF);
    }
    combined(shares, (const size_t[]){1, 3, 5}, element, out);
    cr_expect_arr_eq(out, whole, 32);
    combined(shares, (const size_t[]){4, 2, 5}, element, out);
    cr_expect_arr_eq(out, whole, 32);
}

Test(refresh, makes_old_shares_useless_beside_new_ones) {
    uint8_t element[32], whole[32], out[32];
    values_t mixed;
    memcpy(mixed, shares, sizeof mixed); // two of the old generation ...
    refresh(T);
    memcpy(mixed[2], shares[2], OPRF_SCALAR_SIZE); // ... and one of the new
    crypto_core_ristretto255_random(element);
    cr_assert_eq(crypto_scalarmult_ristretto255(whole, key, element), 0);
    combined(mixed, (const size_t[]){1, 2, 3}, element, out);
    cr_expect_neq(memcmp(out, whole, 32), 0);
}

Test(refresh, can_be_done_again_and_again) {
    uint8_t element[32], whole[32], out[32];
    for (size_t i = 0; i < 5; i++) {
        refresh(1);
    }
    crypto_core_ristretto255_random(element);
    cr_assert_eq(crypto_scalarmult_ristretto255(whole, key, element), 0);
    combined(shares, (const size_t[]){2, 3, 4}, element, out);
    cr_expect_arr_eq(out, whole, 32);
}

Test(refresh, finds_a_value_that_is_not_what_was_committed_to) {
    values_t values;
    points_t points;
    contribute(values, points);
    cr_expect_eq(refresh_check((const uint8_t(*)[32])points, T, 2, values[0]), ERR_PROOF, "another holder's");
    cr_expect_eq(refresh_check((const uint8_t(*)[32])points, T, 0, values[0]), ERR_INPUT);
    cr_expect_eq(refresh_check((const uint8_t(*)[32])points, T, MAX_HOLDERS + 1, values[0]), ERR_INPUT);
    values[0][0] ^= 1;
    cr_expect_eq(refresh_check((const uint8_t(*)[32])points, T, 1, values[0]), ERR_PROOF);
    memset(values[0], 0xff, 32);
    cr_expect_eq(refresh_check((const uint8_t(*)[32])points, T, 1, values[0]), ERR_PROOF);
}

Test(refresh, takes_no_commitment_that_is_none) {
    const struct threshold_commitments before = commitments;
    values_t values;
    points_t points;
    contribute(values, points);
    memset(points[1], 0, 32); // the identity
    cr_expect_eq(refresh_commit(&commitments, (const uint8_t(*)[32])points), ERR_PROOF);
    memset(points[1], 0xff, 32);
    cr_expect_eq(refresh_commit(&commitments, (const uint8_t(*)[32])points), ERR_PROOF);
    cr_expect_eq(refresh_check((const uint8_t(*)[32])points, T, 1, values[0]), ERR_PROOF);
    cr_expect_eq(memcmp(&commitments, &before, sizeof before), 0, "untouched");
}

Test(refresh, renews_nothing_where_one_holder_is_enough) {
    values_t values;
    points_t points;
    cr_expect_eq(refresh_make(1, 3, values, points), ERR_INPUT);
    cr_expect_eq(refresh_make(4, 3, values, points), ERR_INPUT);
    cr_expect_eq(refresh_make(2, MAX_HOLDERS + 1, values, points), ERR_INPUT);
}
