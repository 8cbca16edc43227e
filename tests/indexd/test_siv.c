// SPDX-License-Identifier: Apache-2.0
#include "indexd/siv.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/secret.h"
#include "tests/base/refusal.h"

#define LEN_MAX 600 // more than once round the blocks of a turn

static uint8_t key[SIV_KEY_SIZE];
static uint8_t text[LEN_MAX];
static struct siv *siv;

static void start(void) {
    assert_ok(secret_start());
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = (uint8_t)(7 * i + 1);
    }
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (uint8_t)(i * i + 3 * i);
    }
    assert_ok(siv_new(key, &siv));
}

static void end(void) {
    siv_free(siv);
}

TestSuite(siv, .init = start, .fini = end);

static const uint8_t nonce[1]; // what a seal covers besides

static void seal_by_openssl(struct bytes ad, struct bytes plain, uint8_t *out) {
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-SIV", NULL);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int len = 0;
    cr_assert_eq(EVP_EncryptInit_ex2(context, cipher, key, NULL, NULL), 1);
    cr_assert_eq(EVP_EncryptUpdate(context, NULL, &len, ad.data, (int)ad.len), 1);
    cr_assert_eq(EVP_EncryptUpdate(context, NULL, &len, nonce, sizeof nonce), 1);
    cr_assert_eq(EVP_EncryptUpdate(context, out + SIV_SEAL_SIZE, &len, plain.data, (int)plain.len), 1);
    cr_assert_eq(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, SIV_SEAL_SIZE, out), 1);
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
}

static void check(size_t ad_len, size_t len) {
    const struct bytes ad = bytes_of(text + 1, ad_len);
    uint8_t expected[LEN_MAX + SIV_SEAL_SIZE], sealed[LEN_MAX + SIV_SEAL_SIZE], back[LEN_MAX];
    seal_by_openssl(ad, bytes_of(text, len), expected);
    siv_seal(siv, ad, bytes_of(text, len), sealed);
    cr_assert_arr_eq(sealed, expected, len + SIV_SEAL_SIZE, "%zu bytes with %zu beside", len, ad_len);
    assert_ok(siv_unseal(siv, ad, bytes_of(expected, len + SIV_SEAL_SIZE), back));
    cr_assert_arr_eq(back, text, len, "%zu bytes with %zu beside", len, ad_len);
}

Test(siv, seals_as_openssl_does_at_every_length) {
    for (size_t len = 1; len < LEN_MAX; len++) {
        check(8, len);
    }
    for (size_t ad_len = 1; ad_len < 80; ad_len++) {
        check(ad_len, 17);
        check(ad_len, 5);
    }
}

// The counter starts at the seal: that of some carries into the next byte, and of a few into the one after it.
Test(siv, seals_as_openssl_does_under_many_seals) {
    uint8_t plain[64] = {0}, expected[sizeof plain + SIV_SEAL_SIZE], sealed[sizeof plain + SIV_SEAL_SIZE];
    for (uint32_t i = 0; i < 50000; i++) {
        memcpy(plain, &i, sizeof i);
        seal_by_openssl(bytes_str("ad"), bytes_of(plain, sizeof plain), expected);
        siv_seal(siv, bytes_str("ad"), bytes_of(plain, sizeof plain), sealed);
        cr_assert_arr_eq(sealed, expected, sizeof sealed);
    }
}

Test(siv, refuses_whatever_was_altered_and_gives_nothing_away) {
    static const uint8_t nothing[40];
    uint8_t sealed[40 + SIV_SEAL_SIZE], back[40];
    siv_seal(siv, bytes_str("ad"), bytes_of(text, 40), sealed);
    for (size_t i = 0; i < sizeof sealed * 8; i++) {
        sealed[i / 8] ^= (uint8_t)(1 << i % 8);
        cr_assert_eq(siv_unseal(siv, bytes_str("ad"), bytes_of(sealed, sizeof sealed), back), ERR_CORRUPT);
        cr_assert_arr_eq(back, nothing, sizeof back);
        sealed[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    assert_refused(siv_unseal(siv, bytes_str("Ad"), bytes_of(sealed, sizeof sealed), back), ERR_CORRUPT, "seal");
    assert_refused(siv_unseal(siv, bytes_str("ad"), bytes_of(sealed, sizeof sealed - 1), back), ERR_CORRUPT, "seal");
    assert_refused(siv_unseal(siv, bytes_str("ad"), bytes_of(sealed, SIV_SEAL_SIZE), back), ERR_CORRUPT, "cut off");
    assert_ok(siv_unseal(siv, bytes_str("ad"), bytes_of(sealed, sizeof sealed), back));
}

Test(siv, seals_otherwise_with_another_half_of_the_key) {
    uint8_t sealed[40 + SIV_SEAL_SIZE], back[40];
    struct siv *other = NULL;
    siv_seal(siv, bytes_str("ad"), bytes_of(text, 40), sealed);
    for (size_t half = 0; half < 2; half++) {
        key[half * SIV_KEY_SIZE / 2] ^= 1;
        assert_ok(siv_new(key, &other));
        assert_refused(siv_unseal(other, bytes_str("ad"), bytes_of(sealed, sizeof sealed), back), ERR_CORRUPT, "seal");
        siv_free(other);
    }
}
