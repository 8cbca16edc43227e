// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <string.h>

#include "base/secret.h"
#include "keys/ceremony/dealing.h"
#include "keys/threshold.h"
#include "keys/token.h"

static void start(void) {
    cr_assert_eq(secret_start(), OK);
}

TestSuite(dealing, .init = start);

static struct descriptor plan(size_t t, size_t n) {
    return (struct descriptor){
        .scheme = "demo",
        .epoch = 3,
        .generation = 1,
        .threshold = t,
        .holder_count = n,
        .slots = {{.name = "nhs", .canary_value = "9990000018"}, {.name = "upn", .canary_value = "9990000026"}},
        .slot_count = 2};
}

static struct threshold_commitments commitments_of(const struct descriptor *d) {
    struct threshold_commitments commitments = {.t = d->threshold};
    memcpy(commitments.points, d->commitments, d->threshold * ELEMENT_SIZE);
    return commitments;
}

Test(dealing, gives_each_holder_a_share_under_the_commitments) {
    struct descriptor d = plan(3, 5);
    struct dealing *dealing = NULL;
    cr_assert_eq(dealing_make(&d, &dealing), OK, "%s", err_detail());
    struct threshold_commitments commitments = commitments_of(&d);
    for (size_t i = 0; i < 5; i++) {
        cr_expect_eq(threshold_check_share(&commitments, i + 1, dealing->shares[i]), OK);
        cr_expect_neq(threshold_check_share(&commitments, (i + 1) % 5 + 1, dealing->shares[i]), OK);
        for (size_t j = 0; j < i; j++) {
            cr_expect_neq(memcmp(dealing->note_seeds[i], dealing->note_seeds[j], NOTE_SEED_SIZE), 0);
        }
    }
    secret_free(dealing);
}

// A client's way to a token: blind, two holders evaluate, combine, finalise.
static void token_by_holders(const struct dealing *dealing, const struct descriptor *d, size_t slot,
                             uint8_t out[TOKEN_SIZE]) {
    static const size_t holders[] = {3, 1};
    struct threshold_commitments commitments = commitments_of(d);
    uint8_t blind[OPRF_SCALAR_SIZE], blinded[1][OPRF_ELEMENT_SIZE], evaluated[2][1][OPRF_ELEMENT_SIZE];
    uint8_t combined[1][OPRF_ELEMENT_SIZE], output[OPRF_OUTPUT_SIZE], proof[OPRF_PROOF_SIZE];
    struct buf input = {0};
    cr_assert_eq(token_input(d->scheme, d->epoch, d->slots[slot].name, d->slots[slot].canary_value, &input), OK);
    cr_assert_eq(oprf_blind(buf_bytes(&input), blind, blinded[0]), OK);
    for (size_t i = 0; i < 2; i++) {
        uint8_t public_key[OPRF_ELEMENT_SIZE];
        cr_assert_eq(threshold_public_key(&commitments, holders[i], public_key), OK);
        cr_assert_eq(oprf_blind_evaluate(dealing->shares[holders[i] - 1], public_key,
                                         (const uint8_t(*)[OPRF_ELEMENT_SIZE])blinded, 1, NULL, evaluated[i], proof),
                     OK);
        cr_assert_eq(oprf_verify_proof(public_key, (const uint8_t(*)[OPRF_ELEMENT_SIZE])blinded,
                                       (const uint8_t(*)[OPRF_ELEMENT_SIZE])evaluated[i], 1, proof),
                     OK);
    }
    const uint8_t(*const replies[])[OPRF_ELEMENT_SIZE] = {(const uint8_t(*)[OPRF_ELEMENT_SIZE])evaluated[0],
                                                          (const uint8_t(*)[OPRF_ELEMENT_SIZE])evaluated[1]};
    cr_assert_eq(threshold_combine(holders, 2, replies, 1, combined), OK);
    cr_assert_eq(oprf_finalize(buf_bytes(&input), blind, combined[0], output), OK);
    cr_assert_eq(token_of_output(output, out), OK);
    buf_free(&input);
}

Test(dealing, computes_the_canary_tokens_that_the_holders_will) {
    struct descriptor d = plan(2, 3);
    struct dealing *dealing = NULL;
    cr_assert_eq(dealing_make(&d, &dealing), OK, "%s", err_detail());
    for (size_t slot = 0; slot < d.slot_count; slot++) {
        uint8_t token[TOKEN_SIZE];
        token_by_holders(dealing, &d, slot, token);
        cr_expect_arr_eq(token, d.slots[slot].canary_token, TOKEN_SIZE);
    }
    cr_expect_neq(memcmp(d.slots[0].canary_token, d.slots[1].canary_token, TOKEN_SIZE), 0);
    secret_free(dealing);
}

Test(dealing, makes_another_key_each_time) {
    struct descriptor a = plan(1, 1), b = plan(1, 1);
    struct dealing *first = NULL, *second = NULL;
    cr_assert_eq(dealing_make(&a, &first), OK);
    cr_assert_eq(dealing_make(&b, &second), OK);
    cr_expect_neq(memcmp(a.commitments[0], b.commitments[0], ELEMENT_SIZE), 0);
    cr_expect_neq(memcmp(first->shares[0], second->shares[0], OPRF_SCALAR_SIZE), 0);
    secret_free(first);
    secret_free(second);
}

Test(dealing, refuses_a_threshold_above_the_number_of_holders) {
    struct descriptor d = plan(3, 2);
    struct dealing *dealing = NULL;
    cr_expect_eq(dealing_make(&d, &dealing), ERR_INPUT);
    cr_expect_null(dealing);
}
