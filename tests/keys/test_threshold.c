// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include "base/secret.h"
#include "keys/threshold.h"
#include "vectors.h"

typedef uint8_t element_t[OPRF_ELEMENT_SIZE];
typedef uint8_t scalar_t[OPRF_SCALAR_SIZE];
#define CONST_ELEMENTS(x) ((const uint8_t(*)[OPRF_ELEMENT_SIZE])(x))

static void start(void) {
    cr_assert_eq(secret_start(), OK);
}

TestSuite(threshold, .init = start);

struct scheme {
    size_t t, n;
    scalar_t key;
    scalar_t shares[MAX_HOLDERS];
    element_t public_keys[MAX_HOLDERS];
    struct threshold_commitments commitments;
};

static void deal(struct scheme *scheme, size_t t, size_t n) {
    scheme->t = t;
    scheme->n = n;
    cr_assert_eq(threshold_deal(scheme->key, t, n, scheme->shares, &scheme->commitments), OK);
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(threshold_public_key(&scheme->commitments, i + 1, scheme->public_keys[i]), OK);
    }
}

static void make_scheme(struct scheme *scheme, size_t t, size_t n) {
    memset(scheme, 0, sizeof(*scheme));
    crypto_core_ristretto255_scalar_random(scheme->key);
    deal(scheme, t, n);
}

struct replies { // of each holder, to one batch
    element_t evaluated[MAX_HOLDERS][VECTOR_BATCH_MAX];
};

static void ask_all(const struct scheme *scheme, const uint8_t (*blinded)[OPRF_ELEMENT_SIZE], size_t count,
                    struct replies *out) {
    uint8_t proof[OPRF_PROOF_SIZE];
    for (size_t i = 0; i < scheme->n; i++) {
        cr_assert_eq(oprf_blind_evaluate(scheme->shares[i], scheme->public_keys[i], blinded, count, NULL,
                                         out->evaluated[i], proof),
                     OK);
        cr_assert_eq(
            oprf_verify_proof(scheme->public_keys[i], blinded, CONST_ELEMENTS(out->evaluated[i]), count, proof), OK);
    }
}

static err_t combine(const struct replies *replies, const size_t *indices, size_t t, size_t count, element_t *out) {
    const uint8_t(*evaluated[MAX_HOLDERS])[OPRF_ELEMENT_SIZE];
    for (size_t i = 0; i < t; i++) {
        evaluated[i] = replies->evaluated[indices[i] - 1];
    }
    return threshold_combine(indices, t, evaluated, count, out);
}

static size_t subset_of_mask(unsigned mask, size_t n, size_t *indices) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (mask >> i & 1) {
            indices[count++] = i + 1;
        }
    }
    return count;
}

static void check_subset(const struct vector *vector, const struct replies *replies, const size_t *indices, size_t t) {
    element_t combined[VECTOR_BATCH_MAX];
    uint8_t output[OPRF_OUTPUT_SIZE];
    cr_assert_eq(combine(replies, indices, t, vector->count, combined), OK);
    cr_expect_arr_eq(combined, vector->evaluated, vector->count * OPRF_ELEMENT_SIZE);
    for (size_t i = 0; i < vector->count; i++) {
        cr_assert_eq(oprf_finalize(vector_input(vector, i), vector->blind[i], combined[i], output), OK);
        cr_expect_arr_eq(output, vector->output[i], OPRF_OUTPUT_SIZE);
    }
}

// Returns how many subsets of t holders there were.
static size_t check_every_subset(const struct vectors *vectors, size_t t, size_t n) {
    struct scheme scheme = {0};
    struct replies replies;
    size_t indices[MAX_HOLDERS], subsets = 0;
    memcpy(scheme.key, vectors->sk, sizeof(scheme.key));
    deal(&scheme, t, n);
    cr_expect_arr_eq(scheme.commitments.points[0], vectors->pk, OPRF_ELEMENT_SIZE);
    for (size_t v = 0; v < vectors->count; v++) {
        const struct vector *vector = &vectors->vectors[v];
        ask_all(&scheme, vector->blinded, vector->count, &replies);
        subsets = 0;
        for (unsigned mask = 0; mask < 1U << n; mask++) {
            if (subset_of_mask(mask, n, indices) == t) {
                check_subset(vector, &replies, indices, t);
                subsets++;
            }
        }
    }
    return subsets;
}

Test(threshold, any_two_of_three_give_the_outputs_of_the_rfc) {
    struct vectors vectors;
    vectors_load(&vectors);
    cr_expect_eq(check_every_subset(&vectors, 2, 3), (size_t)3);
}

Test(threshold, any_three_of_five_give_the_outputs_of_the_rfc) {
    struct vectors vectors;
    vectors_load(&vectors);
    cr_expect_eq(check_every_subset(&vectors, 3, 5), (size_t)10);
}

static void check_against_whole_key(size_t t, size_t n, const size_t *indices) {
    struct scheme scheme;
    struct replies replies;
    element_t blinded[2], combined[2], want[2];
    uint8_t proof[OPRF_PROOF_SIZE];
    make_scheme(&scheme, t, n);
    crypto_core_ristretto255_random(blinded[0]);
    crypto_core_ristretto255_random(blinded[1]);
    ask_all(&scheme, CONST_ELEMENTS(blinded), 2, &replies);
    cr_assert_eq(
        oprf_blind_evaluate(scheme.key, scheme.commitments.points[0], CONST_ELEMENTS(blinded), 2, NULL, want, proof),
        OK);
    cr_assert_eq(combine(&replies, indices, t, 2, combined), OK);
    cr_expect_arr_eq(combined, want, sizeof(want));
}

Test(threshold, works_at_the_edges_one_of_one_and_sixteen_of_sixteen) {
    size_t indices[MAX_HOLDERS];
    for (size_t i = 0; i < MAX_HOLDERS; i++) {
        indices[i] = MAX_HOLDERS - i; // their order does not matter
    }
    check_against_whole_key(MAX_HOLDERS, MAX_HOLDERS, indices);
    indices[0] = 1;
    check_against_whole_key(1, 1, indices);
    indices[0] = 3;
    check_against_whole_key(1, 4, indices);
}

Test(threshold, fewer_than_t_holders_give_something_else) {
    struct scheme scheme;
    struct replies replies;
    element_t blinded[1], combined[1], want[1];
    uint8_t proof[OPRF_PROOF_SIZE];
    const size_t two[] = {1, 2};
    make_scheme(&scheme, 3, 5);
    crypto_core_ristretto255_random(blinded[0]);
    ask_all(&scheme, CONST_ELEMENTS(blinded), 1, &replies);
    cr_assert_eq(
        oprf_blind_evaluate(scheme.key, scheme.commitments.points[0], CONST_ELEMENTS(blinded), 1, NULL, want, proof),
        OK);
    cr_assert_eq(combine(&replies, two, 2, 1, combined), OK);
    cr_expect_arr_neq(combined, want, sizeof(want));
}

Test(threshold, a_share_is_its_own_holders_alone) {
    struct scheme scheme, other;
    make_scheme(&scheme, 2, 3);
    make_scheme(&other, 2, 3);
    for (size_t i = 0; i < 3; i++) {
        for (size_t index = 1; index <= 3; index++) {
            cr_expect_eq(threshold_check_share(&scheme.commitments, index, scheme.shares[i]),
                         index == i + 1 ? OK : ERR_PROOF);
            cr_expect_eq(threshold_check_share(&scheme.commitments, index, other.shares[i]), ERR_PROOF);
        }
    }
}

Test(threshold, a_share_that_is_not_a_scalar_is_refused) {
    struct scheme scheme;
    scalar_t zero = {0}, wide;
    memset(wide, 0xff, sizeof(wide));
    make_scheme(&scheme, 2, 3);
    cr_expect_eq(threshold_check_share(&scheme.commitments, 1, zero), ERR_PROOF);
    cr_expect_eq(threshold_check_share(&scheme.commitments, 1, wide), ERR_PROOF);
}

// A holder that evaluates with another's share proves it truly - but of the other's public key.
Test(threshold, the_proof_of_a_wrong_share_holds_under_that_shares_key_alone) {
    struct scheme scheme;
    element_t blinded[1], evaluated[1];
    uint8_t proof[OPRF_PROOF_SIZE];
    make_scheme(&scheme, 2, 3);
    crypto_core_ristretto255_random(blinded[0]);
    cr_assert_eq(oprf_blind_evaluate(scheme.shares[1], scheme.public_keys[1], CONST_ELEMENTS(blinded), 1, NULL,
                                     evaluated, proof),
                 OK);
    cr_expect_eq(oprf_verify_proof(scheme.public_keys[0], CONST_ELEMENTS(blinded), CONST_ELEMENTS(evaluated), 1, proof),
                 ERR_PROOF);
    cr_expect_eq(oprf_verify_proof(scheme.public_keys[2], CONST_ELEMENTS(blinded), CONST_ELEMENTS(evaluated), 1, proof),
                 ERR_PROOF);
    cr_expect_eq(oprf_verify_proof(scheme.public_keys[1], CONST_ELEMENTS(blinded), CONST_ELEMENTS(evaluated), 1, proof),
                 OK);
    // Nor does it help to name the expected key while evaluating with the wrong share.
    cr_assert_eq(oprf_blind_evaluate(scheme.shares[1], scheme.public_keys[0], CONST_ELEMENTS(blinded), 1, NULL,
                                     evaluated, proof),
                 OK);
    cr_expect_eq(oprf_verify_proof(scheme.public_keys[0], CONST_ELEMENTS(blinded), CONST_ELEMENTS(evaluated), 1, proof),
                 ERR_PROOF);
}

// The key stays, the polynomial is new: two generations. Each holder's proof holds under its own generation's key and
// the mix still gives a wrong result, which is why a client takes PK_i from the descriptor alone: there, the stale
// holder's proof fails.
Test(threshold, mixed_generations_give_a_wrong_result_that_only_the_descriptors_keys_catch) {
    struct scheme first, second;
    struct replies first_replies, second_replies, mix;
    element_t blinded[1], combined[1], right[1], evaluated[1];
    uint8_t proof[OPRF_PROOF_SIZE];
    const size_t indices[] = {1, 2};
    make_scheme(&first, 2, 3);
    second = first;
    deal(&second, 2, 3);
    cr_assert_arr_eq(first.commitments.points[0], second.commitments.points[0], OPRF_ELEMENT_SIZE);
    crypto_core_ristretto255_random(blinded[0]);
    ask_all(&first, CONST_ELEMENTS(blinded), 1, &first_replies); // which verifies every proof
    ask_all(&second, CONST_ELEMENTS(blinded), 1, &second_replies);
    cr_assert_eq(combine(&first_replies, indices, 2, 1, right), OK);
    cr_assert_eq(combine(&second_replies, indices, 2, 1, combined), OK);
    cr_expect_arr_eq(combined, right, sizeof(right), "either generation alone gives the same result");
    mix = first_replies;
    memcpy(mix.evaluated[1], second_replies.evaluated[1], sizeof(mix.evaluated[1]));
    cr_assert_eq(combine(&mix, indices, 2, 1, combined), OK);
    cr_expect_arr_neq(combined, right, sizeof(right));
    cr_assert_eq(
        oprf_blind_evaluate(first.shares[0], first.public_keys[0], CONST_ELEMENTS(blinded), 1, NULL, evaluated, proof),
        OK);
    cr_expect_eq(oprf_verify_proof(second.public_keys[0], CONST_ELEMENTS(blinded), CONST_ELEMENTS(evaluated), 1, proof),
                 ERR_PROOF);
}

Test(threshold, deals_only_to_sensible_numbers_and_from_a_scalar) {
    struct threshold_commitments commitments = {0};
    scalar_t shares[MAX_HOLDERS] = {{0}}, key, bad = {0};
    crypto_core_ristretto255_scalar_random(key);
    cr_expect_eq(threshold_deal(key, 0, 3, shares, &commitments), ERR_INPUT);
    cr_expect_eq(threshold_deal(key, 4, 3, shares, &commitments), ERR_INPUT);
    cr_expect_eq(threshold_deal(key, 2, MAX_HOLDERS + 1, shares, &commitments), ERR_INPUT);
    cr_expect_eq(threshold_deal(key, SIZE_MAX, SIZE_MAX, shares, &commitments), ERR_INPUT);
    cr_expect_eq(threshold_deal(bad, 2, 3, shares, &commitments), ERR_PROOF);
    memset(bad, 0xff, sizeof(bad));
    cr_expect_eq(threshold_deal(bad, 2, 3, shares, &commitments), ERR_PROOF);
    cr_expect(sodium_is_zero(shares[0], sizeof(shares)), "outputs stay untouched");
    cr_expect_eq(commitments.t, (size_t)0);
}

Test(threshold, commits_to_exactly_t_coefficients_and_deals_afresh_each_time) {
    struct scheme scheme, again;
    make_scheme(&scheme, 2, 3);
    again = scheme;
    deal(&again, 2, 3);
    cr_expect_eq(scheme.commitments.t, (size_t)2);
    cr_expect(sodium_is_zero(scheme.commitments.points[2], OPRF_ELEMENT_SIZE));
    cr_expect_arr_neq(scheme.commitments.points[1], again.commitments.points[1], OPRF_ELEMENT_SIZE);
    cr_expect_arr_neq(scheme.shares[0], again.shares[0], OPRF_SCALAR_SIZE);
}

Test(threshold, gives_no_public_key_for_a_bad_index_or_bad_commitments) {
    struct scheme scheme;
    struct threshold_commitments bad;
    element_t pk;
    make_scheme(&scheme, 2, 3);
    cr_expect_eq(threshold_public_key(&scheme.commitments, 0, pk), ERR_INPUT);
    cr_expect_eq(threshold_public_key(&scheme.commitments, MAX_HOLDERS + 1, pk), ERR_INPUT);
    bad = scheme.commitments;
    bad.t = 0;
    cr_expect_eq(threshold_public_key(&bad, 1, pk), ERR_INPUT);
    bad.t = MAX_HOLDERS + 1;
    cr_expect_eq(threshold_public_key(&bad, 1, pk), ERR_INPUT);
    for (size_t j = 0; j < 2; j++) {
        bad = scheme.commitments;
        memset(bad.points[j], 0, OPRF_ELEMENT_SIZE);
        cr_expect_eq(threshold_public_key(&bad, 1, pk), ERR_PROOF);
        memset(bad.points[j], 0xff, OPRF_ELEMENT_SIZE);
        cr_expect_eq(threshold_public_key(&bad, 1, pk), ERR_PROOF);
    }
}

// C_1 = -C_0 makes f(1) = 0: no one could prove anything under that key.
Test(threshold, gives_no_public_key_that_is_the_identity) {
    struct threshold_commitments commitments = {.t = 2};
    const element_t identity = {0};
    element_t pk;
    crypto_core_ristretto255_random(commitments.points[0]);
    cr_assert_eq(crypto_core_ristretto255_sub(commitments.points[1], identity, commitments.points[0]), 0);
    cr_expect_eq(threshold_public_key(&commitments, 1, pk), ERR_PROOF);
    cr_expect_eq(threshold_public_key(&commitments, 2, pk), OK);
}

Test(threshold, combines_no_zero_duplicate_or_out_of_range_index) {
    struct replies replies;
    element_t out[1] = {{0}};
    const uint8_t(*evaluated[MAX_HOLDERS + 1])[OPRF_ELEMENT_SIZE];
    const size_t zero[] = {0, 1}, twice[] = {2, 2}, apart[] = {3, 1, 3}, beyond[] = {1, MAX_HOLDERS + 1},
                 far[] = {1, 257}; // which is 1 in a byte
    size_t many[MAX_HOLDERS + 1];
    for (size_t i = 0; i <= MAX_HOLDERS; i++) {
        crypto_core_ristretto255_random(replies.evaluated[i % MAX_HOLDERS][0]);
        evaluated[i] = CONST_ELEMENTS(replies.evaluated[i % MAX_HOLDERS]);
        many[i] = i + 1;
    }
    cr_expect_eq(threshold_combine(zero, 2, evaluated, 1, out), ERR_INPUT);
    cr_expect_eq(threshold_combine(twice, 2, evaluated, 1, out), ERR_INPUT);
    cr_expect_eq(threshold_combine(apart, 3, evaluated, 1, out), ERR_INPUT);
    cr_expect_eq(threshold_combine(beyond, 2, evaluated, 1, out), ERR_INPUT);
    cr_expect_eq(threshold_combine(far, 2, evaluated, 1, out), ERR_INPUT);
    cr_expect_eq(threshold_combine(many, MAX_HOLDERS + 1, evaluated, 1, out), ERR_INPUT);
    cr_expect_eq(threshold_combine(many, 0, evaluated, 1, out), ERR_INPUT);
    cr_expect(sodium_is_zero(out[0], sizeof(out[0])), "the output stays untouched");
    cr_expect_eq(threshold_combine(many, 2, evaluated, 1, out), OK);
}

Test(threshold, combines_no_bad_element_and_no_result_that_is_the_identity) {
    struct replies replies;
    element_t out[2] = {{0}};
    const size_t indices[] = {1, 2};
    const element_t identity = {0};
    scalar_t two = {2}, half;
    for (size_t i = 0; i < 2; i++) {
        crypto_core_ristretto255_random(replies.evaluated[i][0]);
        crypto_core_ristretto255_random(replies.evaluated[i][1]);
    }
    memset(replies.evaluated[1][1], 0, OPRF_ELEMENT_SIZE);
    cr_expect_eq(combine(&replies, indices, 2, 2, out), ERR_PROOF);
    memset(replies.evaluated[1][1], 0xff, OPRF_ELEMENT_SIZE);
    cr_expect_eq(combine(&replies, indices, 2, 2, out), ERR_PROOF);
    // lambda_1 = 2 and lambda_2 = -1: twice the second's half is taken away again.
    cr_assert_eq(crypto_core_ristretto255_scalar_invert(half, two), 0);
    cr_assert_eq(crypto_scalarmult_ristretto255(replies.evaluated[0][1], half, replies.evaluated[1][0]), 0);
    memcpy(replies.evaluated[1][1], replies.evaluated[1][0], OPRF_ELEMENT_SIZE);
    cr_expect_eq(combine(&replies, indices, 2, 2, out), ERR_PROOF);
    cr_expect_arr_eq(out[0], identity, sizeof(identity), "the output stays untouched");
}
