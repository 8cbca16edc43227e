// SPDX-License-Identifier: Apache-2.0
// The derivation of a token, two ways. The one that the parties go: a dealt key, blinded input, t holders with proofs,
// interpolation, finalisation. And a slow second model that shares no code with it: RFC 9497 with the whole key, on
// OpenSSL's hashes. Whatever the name, the epoch, the value, t, n and the holders asked: one token.
//
// Covers: keys/token.c
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "keys/threshold.h"
#include "keys/token.h"
#include "tests/fuzz/fuzz.h"

static void sha512(const struct buf *data, uint8_t out[64]) {
    MUST(EVP_Digest(data->data, data->len, out, NULL, EVP_sha512(), NULL) == 1);
}

// RFC 9380, 5.3.1, for 64 bytes of SHA-512: one block.
static void model_expand(const struct buf *message, const char *dst, uint8_t out[64]) {
    static const uint8_t zeros[128];
    uint8_t b0[64];
    struct buf text = {0};
    buf_put(&text, zeros, sizeof zeros);
    buf_put(&text, message->data, message->len);
    buf_put_u16(&text, 64);
    buf_put_u8(&text, 0);
    buf_put_str(&text, dst);
    buf_put_u8(&text, (uint8_t)strlen(dst));
    sha512(&text, b0);
    buf_reset(&text);
    buf_put(&text, b0, sizeof b0);
    buf_put_u8(&text, 1);
    buf_put_str(&text, dst);
    buf_put_u8(&text, (uint8_t)strlen(dst));
    sha512(&text, out);
    buf_free(&text);
}

// The mode byte is 0x01; the suite's name follows a hyphen.
#define CONTEXT "OPRFV1-\x01-ristretto255-SHA512"

static void model_token(const uint8_t key[32], const struct buf *input, uint8_t out[TOKEN_SIZE]) {
    uint8_t uniform[64], element[32], evaluated[32], output[64], mac[32];
    struct buf text = {0};
    unsigned mac_len = 0;
    model_expand(input, "HashToGroup-" CONTEXT, uniform);
    MUST(crypto_core_ristretto255_from_hash(element, uniform) == 0);
    MUST(crypto_scalarmult_ristretto255(evaluated, key, element) == 0);
    buf_put_u16(&text, (uint16_t)input->len);
    buf_put(&text, input->data, input->len);
    buf_put_u16(&text, 32);
    buf_put(&text, evaluated, 32);
    buf_put_str(&text, "Finalize");
    sha512(&text, output);
    MUST(HMAC(EVP_sha256(), output, 64, (const uint8_t *)"signpost lookup 1", 17, mac, &mac_len) != NULL);
    memcpy(out, mac, TOKEN_SIZE);
    buf_free(&text);
}

struct scheme {
    size_t t, n;
    uint8_t key[32], shares[MAX_HOLDERS][32];
    struct threshold_commitments commitments;
};

// The token as a client gets it from the holders first, first + 1, ...
static void derive(const struct scheme *scheme, size_t first, const struct buf *input, uint8_t out[TOKEN_SIZE]) {
    uint8_t blind[32], blinded[1][32], combined[1][32], proof[64], pk[32], output[64];
    uint8_t evaluations[MAX_HOLDERS][1][32];
    const uint8_t(*evaluated[MAX_HOLDERS])[32];
    size_t indices[MAX_HOLDERS];
    MUST(oprf_blind(buf_bytes(input), blind, blinded[0]) == OK);
    for (size_t i = 0; i < scheme->t; i++) {
        size_t holder = (first + i) % scheme->n;
        indices[i] = holder + 1;
        MUST(threshold_public_key(&scheme->commitments, holder + 1, pk) == OK);
        MUST(threshold_check_share(&scheme->commitments, holder + 1, scheme->shares[holder]) == OK);
        MUST(oprf_blind_evaluate(scheme->shares[holder], pk, (const uint8_t(*)[32])blinded, 1, NULL, evaluations[i],
                                 proof) == OK);
        evaluated[i] = (const uint8_t(*)[32])evaluations[i];
        MUST(oprf_verify_proof(pk, (const uint8_t(*)[32])blinded, evaluated[i], 1, proof) == OK);
    }
    MUST(threshold_combine(indices, scheme->t, evaluated, 1, combined) == OK);
    MUST(oprf_finalize(buf_bytes(input), blind, combined[0], output) == OK);
    MUST(token_of_output(output, out) == OK);
}

// The input in plain words: five parts, each with its length in two bytes but the epoch, which is four.
static void model_input(const char *name, uint32_t epoch, const char *slot, const char *value, struct buf *out) {
    const char *parts[] = {"signpost/1", name, NULL, slot, value};
    for (size_t i = 0; i < 5; i++) {
        if (parts[i] == NULL) {
            buf_put_u32(out, epoch);
        } else {
            buf_put_u16(out, (uint16_t)strlen(parts[i]));
            buf_put_str(out, parts[i]);
        }
    }
}

static void check_token(struct scheme *scheme, size_t first, const struct buf *input) {
    uint8_t one[TOKEN_SIZE], other[TOKEN_SIZE], whole[TOKEN_SIZE], output[64];
    MUST(threshold_deal(scheme->key, scheme->t, scheme->n, scheme->shares, &scheme->commitments) == OK);
    derive(scheme, first, input, one);
    model_token(scheme->key, input, other);
    MUST(memcmp(one, other, TOKEN_SIZE) == 0);
    MUST(oprf_evaluate(scheme->key, buf_bytes(input), output) == OK && token_of_output(output, whole) == OK);
    MUST(memcmp(one, whole, TOKEN_SIZE) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct reader input = reader_of(bytes_of(data, size));
    struct scheme scheme = {.n = 1 + reader_u8(&input) % 5};
    scheme.t = 1 + reader_u8(&input) % scheme.n;
    size_t first = reader_u8(&input);
    uint8_t wide[64] = {1};
    wide[1] = reader_u8(&input);
    crypto_core_ristretto255_scalar_reduce(scheme.key, wide);
    uint32_t epoch = reader_u32(&input);
    char *name = fuzz_text(fuzz_take(&input)), *slot = fuzz_text(fuzz_take(&input)),
         *value = fuzz_text(fuzz_rest(&input));
    struct buf made = {0}, model = {0};
    if (token_input(name, epoch, slot, value, &made) == OK) {
        model_input(name, epoch, slot, value, &model);
        MUST(bytes_equal(buf_bytes(&made), buf_bytes(&model)));
        check_token(&scheme, first, &made);
    }
    buf_free(&made);
    buf_free(&model);
    free(name);
    free(slot);
    free(value);
    return 0;
}
