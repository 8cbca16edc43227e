// SPDX-License-Identifier: Apache-2.0
// Elements, scalars and proofs as peers send them. The first byte chooses: bytes taken as they are, or an honest
// evaluation of which the input alters some: no altered element, evaluation or proof may verify. The sums of a proof
// are compared with those of libsodium.
//
// Covers: keys/oprf.c keys/threshold.c keys/expand.c keys/weighted_sum.c
#include <sodium.h>
#include <string.h>

#include "keys/oprf.h"
#include "keys/threshold.h"
#include "tests/fuzz/fuzz.h"
#include "tests/keys/plain_sum.h"

#define COUNT_MAX 3
#define SUM_MAX 40 // more than are added up at a time

struct exchange {
    size_t count;
    uint8_t pk[OPRF_ELEMENT_SIZE];
    uint8_t blinded[COUNT_MAX][OPRF_ELEMENT_SIZE], evaluated[COUNT_MAX][OPRF_ELEMENT_SIZE];
    uint8_t proof[OPRF_PROOF_SIZE];
};

static err_t verify(const struct exchange *exchange) {
    return oprf_verify_proof(exchange->pk, exchange->blinded, exchange->evaluated, exchange->count, exchange->proof);
}

static void try_raw(struct reader *input) {
    struct exchange exchange = {.count = 1 + reader_u8(input) % COUNT_MAX};
    reader_copy(input, exchange.pk, sizeof exchange.pk);
    reader_copy(input, exchange.blinded, sizeof exchange.blinded);
    reader_copy(input, exchange.evaluated, sizeof exchange.evaluated);
    reader_copy(input, exchange.proof, sizeof exchange.proof);
    MUST(verify(&exchange) != OK || oprf_check_element(exchange.pk) == OK);
    for (size_t i = 0; i < exchange.count; i++) {
        bool valid = oprf_check_element(exchange.blinded[i]) == OK;
        MUST(!valid || !sodium_is_zero(exchange.blinded[i], OPRF_ELEMENT_SIZE));
        MUST(!valid || crypto_core_ristretto255_is_valid_point(exchange.blinded[i]) == 1);
    }
}

static void make_honest(struct exchange *out, const uint8_t sk[OPRF_SCALAR_SIZE], struct bytes input) {
    MUST(oprf_public_key(sk, out->pk) == OK);
    for (size_t i = 0; i < out->count; i++) {
        uint8_t blind[OPRF_SCALAR_SIZE] = {0};
        uint8_t text[64] = {(uint8_t)i};
        struct reader given = reader_of(input);
        reader_copy(&given, text + 1, input.len < 60 ? input.len : 60);
        blind[0] = (uint8_t)(i + 1);
        MUST(oprf_blind_with(bytes_of(text, sizeof text), blind, out->blinded[i]) == OK);
    }
    MUST(oprf_blind_evaluate(sk, out->pk, out->blinded, out->count, NULL, out->evaluated, out->proof) == OK);
    MUST(verify(out) == OK);
}

static void try_altered(struct reader *input) {
    uint8_t seed[32] = {0}, sk[OPRF_SCALAR_SIZE], pk[OPRF_ELEMENT_SIZE];
    struct exchange honest = {.count = 1 + reader_u8(input) % COUNT_MAX}, altered;
    struct bytes info = fuzz_take(input);
    MUST(oprf_derive_key_pair(seed, info, sk, pk) == OK);
    make_honest(&honest, sk, info);
    MUST(memcmp(pk, honest.pk, sizeof pk) == 0);
    altered = honest;
    uint8_t *fields[] = {altered.pk, altered.blinded[0], altered.evaluated[0], altered.proof};
    const size_t sizes[] = {OPRF_ELEMENT_SIZE, OPRF_ELEMENT_SIZE, OPRF_ELEMENT_SIZE, OPRF_PROOF_SIZE};
    while (input->left >= 3) {
        size_t field = reader_u8(input) % 4;
        size_t at = reader_u8(input) % sizes[field];
        fields[field][at] ^= reader_u8(input);
    }
    if (memcmp(&altered, &honest, sizeof honest) != 0) {
        MUST(verify(&altered) != OK);
    }
}

// Holder numbers as a caller may give them: only t different ones of 1..n combine.
static void try_combine(struct reader *input) {
    size_t indices[4], t = 1 + reader_u8(input) % 4;
    uint8_t elements[4][1][OPRF_ELEMENT_SIZE], out[1][OPRF_ELEMENT_SIZE];
    const uint8_t(*evaluated[4])[OPRF_ELEMENT_SIZE];
    bool distinct = true, valid = true;
    for (size_t i = 0; i < t; i++) {
        indices[i] = reader_u8(input) % (MAX_HOLDERS + 3);
        uint8_t hash[64] = {0};
        hash[0] = reader_u8(input);
        MUST(crypto_core_ristretto255_from_hash(elements[i][0], hash) == 0);
        elements[i][0][5] ^= reader_u8(input) % 4 == 1 ? 1 : 0;
        evaluated[i] = (const uint8_t(*)[OPRF_ELEMENT_SIZE])elements[i];
        distinct = distinct && indices[i] >= 1 && indices[i] <= MAX_HOLDERS;
        valid = valid && oprf_check_element(elements[i][0]) == OK;
        for (size_t j = 0; j < i; j++) {
            distinct = distinct && indices[i] != indices[j];
        }
    }
    err_t err = threshold_combine(indices, t, evaluated, 1, out);
    MUST(distinct || err == ERR_INPUT);
    MUST(!distinct || valid || err == ERR_PROOF);
    MUST(err != OK || oprf_check_element(out[0]) == OK);
}

static void try_commitments(struct reader *input) {
    struct threshold_commitments commitments = {.t = reader_u8(input) % (MAX_HOLDERS + 2)};
    uint8_t pk[OPRF_ELEMENT_SIZE], share[OPRF_SCALAR_SIZE];
    size_t index = reader_u8(input);
    reader_copy(input, share, sizeof share);
    for (size_t i = 0; i < MAX_HOLDERS; i++) {
        reader_copy(input, commitments.points[i], OPRF_ELEMENT_SIZE);
    }
    err_t err = threshold_public_key(&commitments, index, pk);
    MUST(err != OK || (commitments.t >= 1 && index >= 1 && index <= MAX_HOLDERS && oprf_check_element(pk) == OK));
    (void)threshold_check_share(&commitments, index, share);
    (void)oprf_check_scalar(share);
}

// What a client does with a reply, and the ceremony with the whole key.
static void try_finalize(struct reader *input) {
    uint8_t blind[OPRF_SCALAR_SIZE], blinded[OPRF_ELEMENT_SIZE], output[OPRF_OUTPUT_SIZE], sk[OPRF_SCALAR_SIZE];
    uint8_t evaluated[1][OPRF_ELEMENT_SIZE], proof[OPRF_PROOF_SIZE], nonce[OPRF_SCALAR_SIZE], pk[OPRF_ELEMENT_SIZE];
    bool too_long = reader_u8(input) % 8 == 7;
    static const uint8_t zeros[65536];
    reader_copy(input, sk, sizeof sk);
    reader_copy(input, nonce, sizeof nonce);
    reader_copy(input, evaluated[0], sizeof evaluated[0]);
    struct bytes text = too_long ? bytes_of(zeros, sizeof zeros) : fuzz_rest(input);
    MUST(oprf_blind(text, blind, blinded) == (too_long ? ERR_INPUT : OK));
    memset(blind, too_long ? 1 : 0, 1);
    err_t err = oprf_finalize(text, blind, evaluated[0], output);
    MUST(err == OK ? !too_long && oprf_check_element(evaluated[0]) == OK : err == ERR_INPUT || err == ERR_PROOF);
    (void)oprf_evaluate(sk, text, output);
    const uint8_t(*elements)[OPRF_ELEMENT_SIZE] = (const uint8_t(*)[OPRF_ELEMENT_SIZE])evaluated;
    MUST(oprf_verify_proof(evaluated[0], elements, elements, 0, proof) == ERR_INPUT);
    if (oprf_public_key(sk, pk) == OK) {
        (void)oprf_blind_evaluate(sk, pk, elements, 1, nonce, evaluated, proof);
    }
}

// A new element, the one before once more, its negative, or any 32 bytes.
static void take_element(struct reader *input, const uint8_t *before, uint8_t out[WEIGHTED_SUM_SIZE]) {
    static const uint8_t identity[WEIGHTED_SUM_SIZE] = {0};
    uint8_t kind = reader_u8(input) % 4, hash[64] = {0};
    hash[0] = reader_u8(input);
    MUST(crypto_core_ristretto255_from_hash(out, hash) == 0);
    if (kind == 1 && before != NULL) {
        memcpy(out, before, WEIGHTED_SUM_SIZE);
    } else if (kind == 2 && before != NULL && crypto_core_ristretto255_sub(out, identity, before) != 0) {
        memcpy(out, before, WEIGHTED_SUM_SIZE); // which is not valid
    } else if (kind == 3) {
        reader_copy(input, out, WEIGHTED_SUM_SIZE);
    }
}

static void try_sum(struct reader *input) {
    uint8_t weights[SUM_MAX][WEIGHTED_SUM_SIZE] = {{0}}, elements[SUM_MAX][WEIGHTED_SUM_SIZE];
    uint8_t sum[WEIGHTED_SUM_SIZE], plain[WEIGHTED_SUM_SIZE];
    size_t count = reader_u8(input) % (SUM_MAX + 1);
    for (size_t i = 0; i < count; i++) {
        take_element(input, i == 0 ? NULL : elements[i - 1], elements[i]);
        reader_copy(input, weights[i], reader_u8(input) % (WEIGHTED_SUM_SIZE + 1));
    }
    err_t err = weighted_sum((const uint8_t(*)[32])weights, (const uint8_t(*)[32])elements, count, sum);
    MUST(err == plain_sum((const uint8_t(*)[32])weights, (const uint8_t(*)[32])elements, count, plain));
    MUST(err != OK || memcmp(sum, plain, sizeof sum) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const tries[])(struct reader *) = {try_raw,         try_altered,  try_combine,
                                                     try_commitments, try_finalize, try_sum};
    struct reader input = reader_of(bytes_of(data, size));
    tries[reader_u8(&input) % 6](&input);
    return 0;
}
