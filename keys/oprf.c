// SPDX-License-Identifier: Apache-2.0
#include "keys/oprf.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "keys/expand.h"
#include "keys/weighted_sum.h"

#define CONTEXT "OPRFV1-\x01-ristretto255-SHA512" // RFC 9497, 3.1: "OPRFV1-" || mode || "-" || suite
#define DST_HASH_TO_GROUP "HashToGroup-" CONTEXT
#define DST_HASH_TO_SCALAR "HashToScalar-" CONTEXT
#define DST_DERIVE_KEY_PAIR "DeriveKeyPair" CONTEXT
#define DST_SEED "Seed-" CONTEXT
#define DST_NONCE "Nonce-" CONTEXT // our own: separates the hedged nonce from every hash of the RFC

#define CONST_SCALARS(x) ((const uint8_t(*)[OPRF_SCALAR_SIZE])(x))

// RFC 9496, 4: the generator's encoding.
static const uint8_t generator[OPRF_ELEMENT_SIZE] = {0xe2, 0xf2, 0xae, 0x0a, 0x6a, 0xbc, 0x4e, 0x71, 0xa8, 0x84, 0xa9,
                                                     0x61, 0xc5, 0x00, 0x51, 0x5f, 0x58, 0xe3, 0x0b, 0x6a, 0xa5, 0x82,
                                                     0xdd, 0x8d, 0xb6, 0xa6, 0x59, 0x45, 0xe0, 0x8d, 0x2d, 0x76};

static void put_element(hash_state *state, const uint8_t element[OPRF_ELEMENT_SIZE]) {
    hash_put_sized(state, element, OPRF_ELEMENT_SIZE);
}

// libsodium 1.0.18 (Debian 12) drops the highest bit of an encoding. No canonical one has it: RFC 9496, 4.3.1.
static bool has_stray_bit(const uint8_t element[OPRF_ELEMENT_SIZE]) {
    return element[OPRF_ELEMENT_SIZE - 1] >> 7 != 0;
}

// scalar * element, for an element of somebody else's. Fails where that is not canonical, or the identity.
static int multiply(const uint8_t scalar[OPRF_SCALAR_SIZE], const uint8_t element[OPRF_ELEMENT_SIZE],
                    uint8_t out[OPRF_ELEMENT_SIZE]) {
    return has_stray_bit(element) ? -1 : crypto_scalarmult_ristretto255(out, scalar, element);
}

err_t oprf_check_element(const uint8_t element[OPRF_ELEMENT_SIZE]) {
    // libsodium takes the identity, 32 zero bytes, for a valid point.
    if (sodium_is_zero(element, OPRF_ELEMENT_SIZE) || has_stray_bit(element) ||
        crypto_core_ristretto255_is_valid_point(element) != 1) {
        return err_set(ERR_PROOF, "an element is the identity or not canonical");
    }
    return OK;
}

err_t oprf_check_scalar(const uint8_t scalar[OPRF_SCALAR_SIZE]) {
    uint8_t wide[EXPAND_SIZE] = {0};
    uint8_t reduced[OPRF_SCALAR_SIZE];
    memcpy(wide, scalar, OPRF_SCALAR_SIZE);
    crypto_core_ristretto255_scalar_reduce(reduced, wide);
    const bool canonical = sodium_memcmp(reduced, scalar, OPRF_SCALAR_SIZE) == 0;
    sodium_memzero(wide, sizeof(wide));
    sodium_memzero(reduced, sizeof(reduced));
    if (!canonical || sodium_is_zero(scalar, OPRF_SCALAR_SIZE)) {
        return err_set(ERR_PROOF, "a scalar is zero or not canonical");
    }
    return OK;
}

err_t oprf_public_key(const uint8_t sk[OPRF_SCALAR_SIZE], uint8_t out_pk[OPRF_ELEMENT_SIZE]) {
    uint8_t pk[OPRF_ELEMENT_SIZE];
    err_t err = oprf_check_scalar(sk);
    if (err != OK) {
        return err;
    }
    if (crypto_scalarmult_ristretto255_base(pk, sk) != 0) {
        return err_set(ERR_CRYPTO, "no public key could be made");
    }
    memcpy(out_pk, pk, sizeof(pk));
    return OK;
}

err_t oprf_derive_key_pair(const uint8_t seed[32], struct bytes info, uint8_t out_sk[OPRF_SCALAR_SIZE],
                           uint8_t out_pk[OPRF_ELEMENT_SIZE]) {
    if (info.len > EXPAND_SIZED_MAX) {
        return err_set(ERR_INPUT, "the key info is longer than %d bytes", EXPAND_SIZED_MAX);
    }
    uint8_t sk[OPRF_SCALAR_SIZE] = {0};
    for (unsigned counter = 0; counter <= 255 && sodium_is_zero(sk, sizeof(sk)); counter++) {
        const uint8_t byte = (uint8_t)counter;
        hash_state state;
        expand_begin(&state);
        hash_put(&state, seed, 32);
        hash_put_sized(&state, info.data, info.len);
        hash_put(&state, &byte, 1);
        expand_to_scalar(&state, DST_DERIVE_KEY_PAIR, sk);
    }
    err_t err = oprf_public_key(sk, out_pk);
    if (err == OK) {
        memcpy(out_sk, sk, sizeof(sk));
    }
    sodium_memzero(sk, sizeof(sk));
    return err;
}

static err_t hash_to_group(struct bytes input, uint8_t out[OPRF_ELEMENT_SIZE]) {
    if (input.len > EXPAND_SIZED_MAX) {
        return err_set(ERR_INPUT, "an input is longer than %d bytes", EXPAND_SIZED_MAX);
    }
    hash_state state;
    uint8_t uniform[EXPAND_SIZE];
    expand_begin(&state);
    hash_put(&state, input.data, input.len);
    expand_end(&state, DST_HASH_TO_GROUP, uniform);
    const int mapped = crypto_core_ristretto255_from_hash(out, uniform);
    sodium_memzero(uniform, sizeof(uniform));
    if (mapped != 0 || sodium_is_zero(out, OPRF_ELEMENT_SIZE)) {
        return err_set(ERR_INPUT, "an input hashes to the identity");
    }
    return OK;
}

err_t oprf_blind_with(struct bytes input, const uint8_t blind[OPRF_SCALAR_SIZE],
                      uint8_t out_blinded[OPRF_ELEMENT_SIZE]) {
    uint8_t element[OPRF_ELEMENT_SIZE];
    uint8_t blinded[OPRF_ELEMENT_SIZE];
    err_t err = oprf_check_scalar(blind);
    if (err == OK) {
        err = hash_to_group(input, element);
    }
    if (err != OK) {
        return err;
    }
    // The bare element would let anyone who sees it test guesses for the input.
    const int multiplied = crypto_scalarmult_ristretto255(blinded, blind, element);
    sodium_memzero(element, sizeof(element));
    if (multiplied != 0) {
        return err_set(ERR_CRYPTO, "an element could not be blinded");
    }
    memcpy(out_blinded, blinded, sizeof(blinded));
    return OK;
}

err_t oprf_blind(struct bytes input, uint8_t out_blind[OPRF_SCALAR_SIZE], uint8_t out_blinded[OPRF_ELEMENT_SIZE]) {
    uint8_t blind[OPRF_SCALAR_SIZE];
    crypto_core_ristretto255_scalar_random(blind);
    err_t err = oprf_blind_with(input, blind, out_blinded);
    if (err == OK) {
        memcpy(out_blind, blind, sizeof(blind));
    }
    sodium_memzero(blind, sizeof(blind));
    return err;
}

// RFC 9497, 2.2.1 ComputeComposites: the seed that every weight d_i depends on.
static void composite_seed(const uint8_t pk[OPRF_ELEMENT_SIZE], uint8_t out[EXPAND_SIZE]) {
    hash_state state;
    hash_begin(&state);
    put_element(&state, pk);
    hash_put_sized(&state, DST_SEED, strlen(DST_SEED));
    hash_end(&state, out);
}

static void composite_weights(const uint8_t pk[OPRF_ELEMENT_SIZE], const uint8_t (*blinded)[OPRF_ELEMENT_SIZE],
                              const uint8_t (*evaluated)[OPRF_ELEMENT_SIZE], size_t count,
                              uint8_t (*out)[OPRF_SCALAR_SIZE]) {
    uint8_t seed[EXPAND_SIZE];
    hash_state state;
    composite_seed(pk, seed);
    for (size_t i = 0; i < count; i++) {
        expand_begin(&state);
        hash_put_sized(&state, seed, EXPAND_SIZE);
        hash_put_u16(&state, i);
        put_element(&state, blinded[i]);
        put_element(&state, evaluated[i]);
        hash_put_text(&state, "Composite");
        expand_to_scalar(&state, DST_HASH_TO_SCALAR, out[i]);
    }
}

struct dleq { // what the challenge is taken over, under the RFC's names
    const uint8_t *pk;
    uint8_t m[OPRF_ELEMENT_SIZE], z[OPRF_ELEMENT_SIZE];
    uint8_t t2[OPRF_ELEMENT_SIZE], t3[OPRF_ELEMENT_SIZE];
};

static void dleq_challenge(const struct dleq *dleq, uint8_t out[OPRF_SCALAR_SIZE]) {
    hash_state state;
    expand_begin(&state);
    put_element(&state, dleq->pk);
    put_element(&state, dleq->m);
    put_element(&state, dleq->z);
    put_element(&state, dleq->t2);
    put_element(&state, dleq->t3);
    hash_put_text(&state, "Challenge");
    expand_to_scalar(&state, DST_HASH_TO_SCALAR, out);
}

// A repeated r under another challenge gives the key away. M determines the challenge together with r and pk, so that
// even with a broken random source the same r can only meet the same challenge.
static void hedged_nonce(const uint8_t sk[OPRF_SCALAR_SIZE], const struct dleq *dleq, uint8_t out[OPRF_SCALAR_SIZE]) {
    uint8_t random[EXPAND_SIZE];
    hash_state state;
    randombytes_buf(random, sizeof(random));
    expand_begin(&state);
    hash_put(&state, random, sizeof(random));
    hash_put(&state, sk, OPRF_SCALAR_SIZE);
    put_element(&state, dleq->pk);
    put_element(&state, dleq->m);
    put_element(&state, dleq->z);
    expand_to_scalar(&state, DST_NONCE, out);
    sodium_memzero(random, sizeof(random));
}

// c, then s = r - c * sk.
static err_t dleq_prove(const uint8_t sk[OPRF_SCALAR_SIZE], const uint8_t r[OPRF_SCALAR_SIZE], struct dleq *dleq,
                        uint8_t out_proof[OPRF_PROOF_SIZE]) {
    uint8_t *c = out_proof, *s = out_proof + OPRF_SCALAR_SIZE;
    uint8_t c_sk[OPRF_SCALAR_SIZE];
    if (crypto_scalarmult_ristretto255_base(dleq->t2, r) != 0 ||
        crypto_scalarmult_ristretto255(dleq->t3, r, dleq->m) != 0) {
        return err_set(ERR_CRYPTO, "the proof could not be made");
    }
    dleq_challenge(dleq, c);
    crypto_core_ristretto255_scalar_mul(c_sk, c, sk);
    crypto_core_ristretto255_scalar_sub(s, r, c_sk);
    sodium_memzero(c_sk, sizeof(c_sk));
    return OK;
}

// RFC 9497, 2.2.1 GenerateProof with ComputeCompositesFast: Z = sk * M instead of a second sum.
static err_t generate_proof(const uint8_t sk[OPRF_SCALAR_SIZE], const uint8_t pk[OPRF_ELEMENT_SIZE],
                            const uint8_t (*blinded)[OPRF_ELEMENT_SIZE], const uint8_t (*evaluated)[OPRF_ELEMENT_SIZE],
                            size_t count, const uint8_t nonce[OPRF_SCALAR_SIZE], uint8_t out_proof[OPRF_PROOF_SIZE]) {
    struct dleq dleq = {.pk = pk};
    uint8_t weights[OPRF_MAX_BATCH][OPRF_SCALAR_SIZE], r[OPRF_SCALAR_SIZE];
    composite_weights(pk, blinded, evaluated, count, weights);
    err_t err = weighted_sum(CONST_SCALARS(weights), blinded, count, dleq.m);
    if (err != OK) {
        return err;
    }
    // A batch can be searched for whose weighted sum is the identity; nothing could be proved over it.
    if (crypto_scalarmult_ristretto255(dleq.z, sk, dleq.m) != 0) {
        return err_set(ERR_PROOF, "the elements add up to the identity");
    }
    if (nonce != NULL) {
        memcpy(r, nonce, sizeof(r));
    } else {
        hedged_nonce(sk, &dleq, r);
    }
    err = dleq_prove(sk, r, &dleq, out_proof);
    sodium_memzero(r, sizeof(r));
    return err;
}

static err_t check_batch(size_t count) {
    if (count < 1 || count > OPRF_MAX_BATCH) {
        return err_set(ERR_INPUT, "a batch holds 1 to %d elements", OPRF_MAX_BATCH);
    }
    return OK;
}

err_t oprf_blind_evaluate(const uint8_t sk[OPRF_SCALAR_SIZE], const uint8_t pk[OPRF_ELEMENT_SIZE],
                          const uint8_t (*blinded)[OPRF_ELEMENT_SIZE], size_t count,
                          const uint8_t nonce[OPRF_SCALAR_SIZE], uint8_t (*out_evaluated)[OPRF_ELEMENT_SIZE],
                          uint8_t out_proof[OPRF_PROOF_SIZE]) {
    uint8_t evaluated[OPRF_MAX_BATCH][OPRF_ELEMENT_SIZE];
    uint8_t proof[OPRF_PROOF_SIZE];
    err_t err = check_batch(count);
    if (err == OK) {
        err = oprf_check_scalar(sk);
    }
    if (err == OK && nonce != NULL) {
        err = oprf_check_scalar(nonce);
    }
    for (size_t i = 0; err == OK && i < count; i++) {
        if (multiply(sk, blinded[i], evaluated[i]) != 0) {
            err = err_set(ERR_PROOF, "element %zu is the identity or not canonical", i);
        }
    }
    if (err == OK) {
        err = generate_proof(sk, pk, blinded, (const uint8_t(*)[OPRF_ELEMENT_SIZE])evaluated, count, nonce, proof);
    }
    if (err != OK) {
        return err;
    }
    memcpy(out_evaluated, evaluated, count * OPRF_ELEMENT_SIZE);
    memcpy(out_proof, proof, sizeof(proof));
    return OK;
}

// s * a + c * b.
static err_t two_terms(const uint8_t s[OPRF_SCALAR_SIZE], const uint8_t a[OPRF_ELEMENT_SIZE],
                       const uint8_t c[OPRF_SCALAR_SIZE], const uint8_t b[OPRF_ELEMENT_SIZE],
                       uint8_t out[OPRF_ELEMENT_SIZE]) {
    uint8_t weights[2][OPRF_SCALAR_SIZE], elements[2][OPRF_ELEMENT_SIZE];
    memcpy(weights[0], s, sizeof(weights[0]));
    memcpy(weights[1], c, sizeof(weights[1]));
    memcpy(elements[0], a, sizeof(elements[0]));
    memcpy(elements[1], b, sizeof(elements[1]));
    return weighted_sum(CONST_SCALARS(weights), (const uint8_t(*)[OPRF_ELEMENT_SIZE])elements, 2, out);
}

err_t oprf_verify_proof(const uint8_t pk[OPRF_ELEMENT_SIZE], const uint8_t (*blinded)[OPRF_ELEMENT_SIZE],
                        const uint8_t (*evaluated)[OPRF_ELEMENT_SIZE], size_t count,
                        const uint8_t proof[OPRF_PROOF_SIZE]) {
    const uint8_t *c = proof, *s = proof + OPRF_SCALAR_SIZE;
    struct dleq dleq = {.pk = pk};
    uint8_t weights[OPRF_MAX_BATCH][OPRF_SCALAR_SIZE], expected[OPRF_SCALAR_SIZE];
    err_t err = check_batch(count);
    if (err == OK) {
        err = oprf_check_scalar(c);
    }
    if (err == OK) {
        err = oprf_check_scalar(s);
    }
    if (err != OK) {
        return err;
    }
    composite_weights(pk, blinded, evaluated, count, weights);
    err = weighted_sum(CONST_SCALARS(weights), blinded, count, dleq.m);
    if (err == OK) {
        err = weighted_sum(CONST_SCALARS(weights), evaluated, count, dleq.z);
    }
    if (err != OK) {
        return err;
    }
    if (two_terms(s, generator, c, pk, dleq.t2) != OK || two_terms(s, dleq.m, c, dleq.z, dleq.t3) != OK) {
        return err_set(ERR_PROOF, "the public key or the proof is not valid");
    }
    dleq_challenge(&dleq, expected);
    if (sodium_memcmp(expected, c, sizeof(expected)) != 0) {
        return err_set(ERR_PROOF, "the proof does not hold under this public key");
    }
    return OK;
}

static void finalize_hash(struct bytes input, const uint8_t element[OPRF_ELEMENT_SIZE], uint8_t out[OPRF_OUTPUT_SIZE]) {
    hash_state state;
    hash_begin(&state);
    hash_put_sized(&state, input.data, input.len);
    put_element(&state, element);
    hash_put_text(&state, "Finalize");
    hash_end(&state, out);
}

err_t oprf_finalize(struct bytes input, const uint8_t blind[OPRF_SCALAR_SIZE],
                    const uint8_t evaluated[OPRF_ELEMENT_SIZE], uint8_t out_output[OPRF_OUTPUT_SIZE]) {
    uint8_t inverse[OPRF_SCALAR_SIZE], unblinded[OPRF_ELEMENT_SIZE];
    if (input.len > EXPAND_SIZED_MAX) {
        return err_set(ERR_INPUT, "an input is longer than %d bytes", EXPAND_SIZED_MAX);
    }
    err_t err = oprf_check_scalar(blind);
    if (err != OK) {
        return err;
    }
    if (crypto_core_ristretto255_scalar_invert(inverse, blind) != 0 || multiply(inverse, evaluated, unblinded) != 0) {
        err = err_set(ERR_PROOF, "an evaluated element is the identity or not canonical");
    } else {
        finalize_hash(input, unblinded, out_output);
    }
    sodium_memzero(inverse, sizeof(inverse));
    sodium_memzero(unblinded, sizeof(unblinded));
    return err;
}

err_t oprf_evaluate(const uint8_t sk[OPRF_SCALAR_SIZE], struct bytes input, uint8_t out_output[OPRF_OUTPUT_SIZE]) {
    uint8_t element[OPRF_ELEMENT_SIZE], evaluated[OPRF_ELEMENT_SIZE];
    err_t err = oprf_check_scalar(sk);
    if (err == OK) {
        err = hash_to_group(input, element);
    }
    if (err != OK) {
        return err;
    }
    if (crypto_scalarmult_ristretto255(evaluated, sk, element) != 0) {
        err = err_set(ERR_CRYPTO, "an element could not be evaluated");
    } else {
        finalize_hash(input, evaluated, out_output);
    }
    sodium_memzero(element, sizeof(element));
    sodium_memzero(evaluated, sizeof(evaluated));
    return err;
}
