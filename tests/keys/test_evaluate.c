// SPDX-License-Identifier: Apache-2.0
#include "keys/keyholderd/evaluate.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "keys/oprf.h"
#include "keys/threshold.h"
#include "scheme.h"

static struct scheme scheme;
static struct evaluation_request request;
static struct evaluation_reply reply;

static void start(void) {
    cr_assert_eq(secret_start(), OK);
    scheme_make(&scheme);
    request = (struct evaluation_request){.epoch = 1, .generation = 1, .count = 3};
    for (size_t i = 0; i < MAX_ELEMENTS; i++) {
        crypto_core_ristretto255_random(request.elements[i]);
    }
    memset(&reply, 0, sizeof(reply));
}

TestSuite(evaluate, .init = start);

static err_t init(const struct share *share, struct evaluator *out) {
    return evaluator_init(share, &scheme.descriptor, out);
}

// What a client does with a reply: PK_i from the descriptor alone.
static err_t verify(size_t holder) {
    const struct threshold_commitments commitments = scheme_commitments(&scheme);
    uint8_t pk[OPRF_ELEMENT_SIZE];
    cr_assert_eq(threshold_public_key(&commitments, holder, pk), OK);
    return oprf_verify_proof(pk, (const uint8_t(*)[32])request.elements, (const uint8_t(*)[32])reply.elements,
                             reply.count, reply.proof);
}

Test(evaluate, each_holder_proves_its_evaluations_under_the_descriptors_key) {
    for (size_t i = 0; i < SCHEME_N; i++) {
        struct evaluator evaluator;
        cr_assert_eq(init(&scheme.shares[i], &evaluator), OK, "%s", err_detail());
        cr_assert_eq(evaluate(&evaluator, &request, &reply), OK, "%s", err_detail());
        cr_expect_eq(reply.holder, i + 1);
        cr_expect_eq(reply.epoch, (uint64_t)1);
        cr_expect_eq(reply.generation, (uint64_t)1);
        cr_expect_eq(reply.count, (size_t)3);
        cr_expect_eq(verify(i + 1), OK);
        cr_expect_eq(verify((i + 1) % SCHEME_N + 1), ERR_PROOF);
    }
}

Test(evaluate, takes_a_full_batch_and_no_more) {
    struct evaluator evaluator;
    cr_assert_eq(init(&scheme.shares[0], &evaluator), OK);
    request.count = MAX_ELEMENTS;
    cr_assert_eq(evaluate(&evaluator, &request, &reply), OK);
    cr_expect_eq(verify(1), OK);
    request.count = MAX_ELEMENTS + 1;
    cr_expect_eq(evaluate(&evaluator, &request, &reply), ERR_INPUT);
    request.count = 0;
    cr_expect_eq(evaluate(&evaluator, &request, &reply), ERR_INPUT);
}

static void expect_refused(const struct evaluator *evaluator, err_t err) {
    static const struct evaluation_reply untouched;
    memset(&reply, 0, sizeof(reply));
    cr_expect_eq(evaluate(evaluator, &request, &reply), err);
    cr_expect_arr_eq(&reply, &untouched, sizeof(reply));
}

Test(evaluate, refuses_another_epoch_or_generation) {
    struct evaluator evaluator;
    cr_assert_eq(init(&scheme.shares[0], &evaluator), OK);
    request.epoch = 2;
    expect_refused(&evaluator, ERR_STALE);
    request.epoch = 1 + ((uint64_t)1 << 32); // 1 in 32 bits
    expect_refused(&evaluator, ERR_STALE);
    request.epoch = 1;
    request.generation = 2;
    expect_refused(&evaluator, ERR_STALE);
    request.generation = 0;
    expect_refused(&evaluator, ERR_STALE);
    cr_expect_not_null(strstr(err_detail(), "epoch 1, generation 1"), "%s", err_detail());
}

Test(evaluate, refuses_the_identity_and_what_is_not_canonical) {
    struct evaluator evaluator;
    cr_assert_eq(init(&scheme.shares[0], &evaluator), OK);
    memset(request.elements[2], 0, ELEMENT_SIZE);
    expect_refused(&evaluator, ERR_PROOF);
    memset(request.elements[2], 0xff, ELEMENT_SIZE);
    expect_refused(&evaluator, ERR_PROOF);
}

static void expect_no_evaluator(const struct share *share, err_t err, const char *word) {
    struct evaluator evaluator = {0};
    cr_expect_eq(init(share, &evaluator), err, "%s", word);
    cr_expect_not_null(strstr(err_detail(), word), "%s", err_detail());
    cr_expect_null(evaluator.share);
}

Test(evaluate, serves_with_no_share_but_the_descriptors_own) {
    struct share share = scheme.shares[0];
    strcpy(share.scheme, "other");
    expect_no_evaluator(&share, ERR_INPUT, "scheme");
    share = scheme.shares[0];
    share.epoch = 2;
    expect_no_evaluator(&share, ERR_STALE, "epoch 2");
    share = scheme.shares[0];
    share.generation = 2;
    expect_no_evaluator(&share, ERR_STALE, "generation 2");
    share = scheme.shares[0];
    share.holder = SCHEME_N + 1;
    expect_no_evaluator(&share, ERR_INPUT, "3 holders");
    share.holder = 0;
    expect_no_evaluator(&share, ERR_INPUT, "3 holders");
    share.holder = 2;
    expect_no_evaluator(&share, ERR_PROOF, "not holder 2's");
    share = scheme.shares[0];
    crypto_core_ristretto255_scalar_random(share.scalar);
    expect_no_evaluator(&share, ERR_PROOF, "not holder 1's");
}

// The figures of epoch and generation alone would let a share of another dealing pass.
Test(evaluate, serves_with_no_share_of_another_dealing_under_the_same_numbers) {
    const struct share old = scheme.shares[0];
    scheme_refresh(&scheme);
    scheme.descriptor.generation = 1;
    expect_no_evaluator(&old, ERR_PROOF, "not holder 1's");
}

Test(evaluate, describes_its_key) {
    struct evaluator evaluator;
    struct key_reply described;
    uint8_t pk[OPRF_ELEMENT_SIZE];
    const struct threshold_commitments commitments = scheme_commitments(&scheme);
    scheme.descriptor.version = 9;
    cr_assert_eq(init(&scheme.shares[1], &evaluator), OK);
    evaluator_describe(&evaluator, &scheme.descriptor, &described);
    cr_expect_str_eq(described.scheme, "demo");
    cr_expect_eq(described.holder, (uint64_t)2);
    cr_expect_eq(described.epoch, (uint64_t)1);
    cr_expect_eq(described.generation, (uint64_t)1);
    cr_expect_eq(described.threshold, (uint64_t)SCHEME_T);
    cr_expect_eq(described.descriptor_version, (uint64_t)9);
    cr_assert_eq(threshold_public_key(&commitments, 2, pk), OK);
    cr_expect_arr_eq(described.public_key, pk, sizeof(pk));
}
