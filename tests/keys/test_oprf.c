// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "keys/oprf.h"
#include "vectors.h"

typedef uint8_t element_t[OPRF_ELEMENT_SIZE];
#define CONST_ELEMENTS(x) ((const uint8_t(*)[OPRF_ELEMENT_SIZE])(x))

// Encodings that no element has: RFC 9496, A.3.
static const char *const bad_elements[] = {
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", // not reduced
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // not reduced: another zero
    "0100000000000000000000000000000000000000000000000000000000000000", // negative
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371", // not a square
    "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2df6", // the generator, with the highest bit set
};
#define BAD_ELEMENTS (sizeof(bad_elements) / sizeof(bad_elements[0]))
// The order of the group, and its neighbours.
static const char order_hex[] = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
static const char order_plus_one_hex[] = "eed3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
static const char order_minus_one_hex[] = "ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

static void unhex32(const char *hex, uint8_t out[32]) {
    cr_assert_eq(test_unhex(hex, strlen(hex), out, 32), (size_t)32);
}

static void start(void) {
    cr_assert_eq(secret_start(), OK);
}

TestSuite(oprf, .init = start);

struct batch { // evaluated under a fresh key
    uint8_t sk[OPRF_SCALAR_SIZE], pk[OPRF_ELEMENT_SIZE];
    size_t count;
    uint8_t blinds[OPRF_MAX_BATCH][OPRF_SCALAR_SIZE];
    element_t blinded[OPRF_MAX_BATCH], evaluated[OPRF_MAX_BATCH];
    uint8_t proof[OPRF_PROOF_SIZE];
};

static err_t evaluate(struct batch *batch) {
    return oprf_blind_evaluate(batch->sk, batch->pk, CONST_ELEMENTS(batch->blinded), batch->count, NULL,
                               batch->evaluated, batch->proof);
}

static err_t verify(const struct batch *batch) {
    return oprf_verify_proof(batch->pk, CONST_ELEMENTS(batch->blinded), CONST_ELEMENTS(batch->evaluated), batch->count,
                             batch->proof);
}

static void make_batch(struct batch *batch, size_t count) {
    memset(batch, 0, sizeof(*batch));
    crypto_core_ristretto255_scalar_random(batch->sk);
    cr_assert_eq(oprf_public_key(batch->sk, batch->pk), OK);
    batch->count = count;
    for (size_t i = 0; i < count; i++) {
        const uint8_t input[2] = {(uint8_t)(i >> 8), (uint8_t)i};
        cr_assert_eq(oprf_blind(bytes_of(input, sizeof(input)), batch->blinds[i], batch->blinded[i]), OK);
    }
    cr_assert_eq(evaluate(batch), OK);
    cr_assert_eq(verify(batch), OK);
}

Test(oprf, gives_the_quoted_vector_of_the_rfc) {
    // RFC 9497, A.1.2, test vector 1.
    uint8_t seed[32], sk[32], pk[32], blind[32], nonce[32], want[64], output[64], proof[64], want_proof[64];
    element_t blinded[1], evaluated[1], want_element;
    const uint8_t input[1] = {0};
    memset(seed, 0xa3, sizeof(seed));
    cr_assert_eq(oprf_derive_key_pair(seed, bytes_str("test key"), sk, pk), OK);
    unhex32("e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909", want_element);
    cr_expect_arr_eq(sk, want_element, 32);
    unhex32("c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e", want_element);
    cr_expect_arr_eq(pk, want_element, 32);
    unhex32("64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706", blind);
    cr_assert_eq(oprf_blind_with(bytes_of(input, 1), blind, blinded[0]), OK);
    unhex32("863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945", want_element);
    cr_expect_arr_eq(blinded[0], want_element, 32);
    unhex32("222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e", nonce);
    cr_assert_eq(oprf_blind_evaluate(sk, pk, CONST_ELEMENTS(blinded), 1, nonce, evaluated, proof), OK);
    unhex32("aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e", want_element);
    cr_expect_arr_eq(evaluated[0], want_element, 32);
    const char proof_hex[] = "ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd06"
                             "6d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d";
    test_unhex(proof_hex, strlen(proof_hex), want_proof, 64);
    cr_expect_arr_eq(proof, want_proof, 64);
    cr_expect_eq(oprf_verify_proof(pk, CONST_ELEMENTS(blinded), CONST_ELEMENTS(evaluated), 1, proof), OK);
    const char output_hex[] = "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d"
                              "a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c";
    test_unhex(output_hex, strlen(output_hex), want, 64);
    cr_assert_eq(oprf_finalize(bytes_of(input, 1), blind, evaluated[0], output), OK);
    cr_expect_arr_eq(output, want, 64);
}

Test(oprf, derives_the_key_pair_of_the_vectors) {
    struct vectors vectors;
    uint8_t sk[32], pk[32];
    vectors_load(&vectors);
    cr_assert_eq(oprf_derive_key_pair(vectors.seed, bytes_of(vectors.info, vectors.info_len), sk, pk), OK);
    cr_expect_arr_eq(sk, vectors.sk, 32);
    cr_expect_arr_eq(pk, vectors.pk, 32);
}

static void check_vector(const struct vectors *vectors, const struct vector *vector) {
    element_t blinded[VECTOR_BATCH_MAX], evaluated[VECTOR_BATCH_MAX];
    uint8_t proof[64], output[64];
    for (size_t i = 0; i < vector->count; i++) {
        cr_assert_eq(oprf_blind_with(vector_input(vector, i), vector->blind[i], blinded[i]), OK);
        cr_expect_arr_eq(blinded[i], vector->blinded[i], 32);
    }
    cr_assert_eq(oprf_blind_evaluate(vectors->sk, vectors->pk, CONST_ELEMENTS(blinded), vector->count, vector->nonce,
                                     evaluated, proof),
                 OK);
    cr_expect_arr_eq(evaluated, vector->evaluated, vector->count * 32);
    cr_expect_arr_eq(proof, vector->proof, 64);
    cr_expect_eq(oprf_verify_proof(vectors->pk, vector->blinded, vector->evaluated, vector->count, vector->proof), OK);
    for (size_t i = 0; i < vector->count; i++) {
        cr_assert_eq(oprf_finalize(vector_input(vector, i), vector->blind[i], evaluated[i], output), OK);
        cr_expect_arr_eq(output, vector->output[i], 64);
        cr_assert_eq(oprf_evaluate(vectors->sk, vector_input(vector, i), output), OK);
        cr_expect_arr_eq(output, vector->output[i], 64);
    }
}

Test(oprf, gives_every_single_and_batch_vector) {
    struct vectors vectors;
    size_t single = 0, batch = 0;
    vectors_load(&vectors);
    for (size_t i = 0; i < vectors.count; i++) {
        check_vector(&vectors, &vectors.vectors[i]);
        single += vectors.vectors[i].count == 1;
        batch += vectors.vectors[i].count > 1;
    }
    cr_expect_gt(single, (size_t)0);
    cr_expect_gt(batch, (size_t)0);
}

Test(oprf, gives_the_same_output_for_any_blind_and_another_for_another_input) {
    struct batch *batch = malloc(sizeof(*batch));
    uint8_t direct[64], blinded_way[64], other[64];
    const uint8_t input[2] = {0, 1};
    make_batch(batch, 2);
    cr_assert_eq(oprf_evaluate(batch->sk, bytes_of(input, 2), direct), OK);
    cr_assert_eq(oprf_finalize(bytes_of(input, 2), batch->blinds[1], batch->evaluated[1], blinded_way), OK);
    cr_expect_arr_eq(direct, blinded_way, 64);
    cr_assert_eq(oprf_evaluate(batch->sk, bytes_of(input, 1), other), OK);
    cr_expect_arr_neq(direct, other, 64);
    free(batch);
}

Test(oprf, blinds_the_same_input_afresh_each_time) {
    uint8_t blinds[2][32];
    element_t blinded[2];
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(oprf_blind(bytes_str("child"), blinds[i], blinded[i]), OK);
    }
    cr_expect_arr_neq(blinds[0], blinds[1], 32);
    cr_expect_arr_neq(blinded[0], blinded[1], 32);
}

Test(oprf, takes_inputs_up_to_65535_bytes_and_refuses_longer) {
    uint8_t *input = calloc(1, 65536);
    uint8_t blind[32], output[64], sk[32], pk[32];
    element_t blinded;
    const uint8_t seed[32] = {1};
    cr_expect_eq(oprf_blind(bytes_of(input, 65535), blind, blinded), OK);
    cr_expect_eq(oprf_finalize(bytes_of(input, 65535), blind, blinded, output), OK);
    cr_expect_eq(oprf_blind(bytes_of(input, 65536), blind, blinded), ERR_INPUT);
    cr_expect_eq(oprf_finalize(bytes_of(input, 65536), blind, blinded, output), ERR_INPUT);
    cr_expect_eq(oprf_evaluate(blind, bytes_of(input, 65536), output), ERR_INPUT);
    cr_expect_eq(oprf_derive_key_pair(seed, bytes_of(input, 65535), sk, pk), OK);
    cr_expect_eq(oprf_derive_key_pair(seed, bytes_of(input, 65536), sk, pk), ERR_INPUT);
    free(input);
}

Test(oprf, refuses_the_identity_and_elements_that_are_not_canonical) {
    element_t element = {0};
    cr_expect_eq(oprf_check_element(element), ERR_PROOF);
    for (size_t i = 0; i < BAD_ELEMENTS; i++) {
        unhex32(bad_elements[i], element);
        cr_expect_eq(oprf_check_element(element), ERR_PROOF, "%s", bad_elements[i]);
    }
    crypto_core_ristretto255_random(element);
    cr_expect_eq(oprf_check_element(element), OK);
}

Test(oprf, refuses_zero_and_scalars_that_are_not_reduced) {
    uint8_t scalar[32] = {0};
    cr_expect_eq(oprf_check_scalar(scalar), ERR_PROOF);
    unhex32(order_hex, scalar);
    cr_expect_eq(oprf_check_scalar(scalar), ERR_PROOF);
    unhex32(order_plus_one_hex, scalar);
    cr_expect_eq(oprf_check_scalar(scalar), ERR_PROOF);
    memset(scalar, 0xff, sizeof(scalar));
    cr_expect_eq(oprf_check_scalar(scalar), ERR_PROOF);
    unhex32(order_minus_one_hex, scalar);
    cr_expect_eq(oprf_check_scalar(scalar), OK);
    scalar[31] |= 0x80; // which the multiplication would silently drop
    cr_expect_eq(oprf_check_scalar(scalar), ERR_PROOF);
}

Test(oprf, refuses_bad_keys_blinds_and_nonces) {
    struct batch *batch = malloc(sizeof(*batch));
    uint8_t bad[3][32] = {{0}}, output[64];
    element_t element;
    make_batch(batch, 1);
    unhex32(order_hex, bad[1]);
    memset(bad[2], 0xff, 32);
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(oprf_public_key(bad[i], element), ERR_PROOF);
        cr_expect_eq(oprf_blind_with(bytes_str("x"), bad[i], element), ERR_PROOF);
        cr_expect_eq(oprf_finalize(bytes_str("x"), bad[i], batch->evaluated[0], output), ERR_PROOF);
        cr_expect_eq(oprf_evaluate(bad[i], bytes_str("x"), output), ERR_PROOF);
        cr_expect_eq(oprf_blind_evaluate(bad[i], batch->pk, CONST_ELEMENTS(batch->blinded), 1, NULL, batch->evaluated,
                                         batch->proof),
                     ERR_PROOF);
        cr_expect_eq(oprf_blind_evaluate(batch->sk, batch->pk, CONST_ELEMENTS(batch->blinded), 1, bad[i],
                                         batch->evaluated, batch->proof),
                     ERR_PROOF);
    }
    free(batch);
}

Test(oprf, evaluates_no_batch_that_holds_a_bad_element_and_leaves_its_outputs_alone) {
    struct batch *batch = malloc(sizeof(*batch)), *before = malloc(sizeof(*before));
    make_batch(batch, 3);
    for (size_t i = 0; i <= BAD_ELEMENTS; i++) {
        memset(batch->blinded[2], 0, 32); // the identity, which libsodium's check of a point lets pass
        if (i < BAD_ELEMENTS) {
            unhex32(bad_elements[i], batch->blinded[2]);
        }
        *before = *batch;
        cr_expect_eq(evaluate(batch), ERR_PROOF);
        cr_expect_arr_eq(batch, before, sizeof(*batch));
    }
    free(before);
    free(batch);
}

Test(oprf, takes_batches_of_1_to_256) {
    struct batch *batch = malloc(sizeof(*batch));
    make_batch(batch, OPRF_MAX_BATCH);
    batch->count = 0;
    cr_expect_eq(evaluate(batch), ERR_INPUT);
    cr_expect_eq(verify(batch), ERR_INPUT);
    batch->count = OPRF_MAX_BATCH + 1;
    cr_expect_eq(evaluate(batch), ERR_INPUT);
    cr_expect_eq(verify(batch), ERR_INPUT);
    free(batch);
}

Test(oprf, evaluates_in_place) {
    struct batch *batch = malloc(sizeof(*batch));
    element_t elements[4];
    uint8_t proof[OPRF_PROOF_SIZE];
    make_batch(batch, 4);
    memcpy(elements, batch->blinded, sizeof(elements));
    cr_assert_eq(oprf_blind_evaluate(batch->sk, batch->pk, CONST_ELEMENTS(elements), 4, NULL, elements, proof), OK);
    cr_expect_arr_eq(elements, batch->evaluated, sizeof(elements));
    free(batch);
}

Test(oprf, refuses_a_proof_with_any_bit_changed) {
    struct batch *batch = malloc(sizeof(*batch));
    make_batch(batch, 1);
    for (size_t bit = 0; bit < 8 * OPRF_PROOF_SIZE; bit++) {
        batch->proof[bit / 8] ^= (uint8_t)(1 << bit % 8);
        cr_expect_eq(verify(batch), ERR_PROOF, "bit %zu", bit);
        batch->proof[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    cr_expect_eq(verify(batch), OK);
    free(batch);
}

Test(oprf, refuses_a_proof_for_other_elements_another_order_or_another_key) {
    struct batch *batch = malloc(sizeof(*batch)), *changed = malloc(sizeof(*changed));
    make_batch(batch, 3);
    *changed = *batch;
    crypto_core_ristretto255_random(changed->evaluated[1]);
    cr_expect_eq(verify(changed), ERR_PROOF);
    *changed = *batch;
    crypto_core_ristretto255_random(changed->blinded[1]);
    cr_expect_eq(verify(changed), ERR_PROOF);
    *changed = *batch;
    memcpy(changed->evaluated[0], batch->evaluated[1], 32);
    memcpy(changed->evaluated[1], batch->evaluated[0], 32);
    cr_expect_eq(verify(changed), ERR_PROOF);
    *changed = *batch;
    changed->count = 2;
    cr_expect_eq(verify(changed), ERR_PROOF);
    *changed = *batch;
    crypto_core_ristretto255_random(changed->pk);
    cr_expect_eq(verify(changed), ERR_PROOF);
    free(changed);
    free(batch);
}

Test(oprf, verifies_nothing_that_holds_a_bad_element_key_or_scalar) {
    struct batch *batch = malloc(sizeof(*batch)), *changed = malloc(sizeof(*changed));
    make_batch(batch, 2);
    for (size_t i = 0; i <= BAD_ELEMENTS; i++) {
        element_t bad = {0};
        if (i < BAD_ELEMENTS) {
            unhex32(bad_elements[i], bad);
        }
        *changed = *batch;
        memcpy(changed->blinded[1], bad, 32);
        cr_expect_eq(verify(changed), ERR_PROOF);
        *changed = *batch;
        memcpy(changed->evaluated[0], bad, 32);
        cr_expect_eq(verify(changed), ERR_PROOF);
        *changed = *batch;
        memcpy(changed->pk, bad, 32);
        cr_expect_eq(verify(changed), ERR_PROOF);
    }
    free(changed);
    free(batch);
}

// s + order proves the same to arithmetic modulo the order, and would make a proof malleable.
Test(oprf, refuses_a_proof_whose_scalar_is_not_reduced) {
    struct batch *batch = malloc(sizeof(*batch));
    uint8_t order[32];
    make_batch(batch, 1);
    unhex32(order_hex, order);
    sodium_add(batch->proof + 32, order, 32);
    cr_expect_eq(verify(batch), ERR_PROOF);
    free(batch);
}

Test(oprf, never_proves_twice_with_the_same_nonce) {
    struct batch *batch = malloc(sizeof(*batch));
    uint8_t first[OPRF_PROOF_SIZE];
    make_batch(batch, 1);
    memcpy(first, batch->proof, sizeof(first));
    cr_assert_eq(evaluate(batch), OK);
    cr_expect_eq(verify(batch), OK);
    cr_expect_arr_neq(first, batch->proof, 32);
    free(batch);
}

static const char *stuck_name(void) {
    return "stuck";
}
static uint32_t stuck_random(void) {
    return 0;
}
static void stuck_buf(void *const buf, const size_t size) {
    memset(buf, 0, size);
}

// With a random source that is stuck, nonces still differ between keys and batches; the same r under two challenges
// would satisfy s1 - s2 = (c2 - c1) * sk.
Test(oprf, hedges_its_nonce_against_a_stuck_random_source) {
    struct batch *batch = malloc(sizeof(*batch));
    uint8_t first[OPRF_PROOF_SIZE], s_difference[32], c_difference[32], leak[32];
    static randombytes_implementation stuck = {
        .implementation_name = stuck_name, .random = stuck_random, .buf = stuck_buf};
    make_batch(batch, 1);
    cr_assert_eq(randombytes_set_implementation(&stuck), 0);
    cr_assert_eq(evaluate(batch), OK);
    memcpy(first, batch->proof, sizeof(first));
    cr_assert_eq(evaluate(batch), OK);
    cr_expect_arr_eq(first, batch->proof, sizeof(first), "the source is not stuck");
    memcpy(batch->blinded[0], batch->evaluated[0], 32);
    cr_assert_eq(evaluate(batch), OK);
    crypto_core_ristretto255_scalar_sub(s_difference, first + 32, batch->proof + 32);
    crypto_core_ristretto255_scalar_sub(c_difference, batch->proof, first);
    crypto_core_ristretto255_scalar_mul(leak, c_difference, batch->sk);
    cr_expect_arr_neq(s_difference, leak, 32);
    free(batch);
}

Test(oprf, finalizes_no_bad_element) {
    uint8_t blind[32], output[64];
    element_t element = {0};
    crypto_core_ristretto255_scalar_random(blind);
    cr_expect_eq(oprf_finalize(bytes_str("x"), blind, element, output), ERR_PROOF);
    for (size_t i = 0; i < BAD_ELEMENTS; i++) {
        unhex32(bad_elements[i], element);
        cr_expect_eq(oprf_finalize(bytes_str("x"), blind, element, output), ERR_PROOF);
    }
}
