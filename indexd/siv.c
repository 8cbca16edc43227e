// SPDX-License-Identifier: Apache-2.0
#include "indexd/siv.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/secret.h"

#define BLOCK 16
#define COUNTERS 16 // blocks enciphered at once

struct siv {
    EVP_CIPHER_CTX *mac, *ctr; // AES-256, a block by itself
    uint8_t full[BLOCK];       // CMAC's subkeys (RFC 4493, section 2.3): K1, for a last block that is full
    uint8_t padded[BLOCK];     // K2, for one that is not
    uint8_t start[BLOCK];      // dbl(CMAC(zero)), with which S2V begins
    bool failed;               // OpenSSL refused
};

static void xor_block(uint8_t out[BLOCK], const uint8_t in[BLOCK]) {
    for (size_t i = 0; i < BLOCK; i++) {
        out[i] ^= in[i];
    }
}

// Multiplication by x in GF(2^128), in constant time.
static void doubled(const uint8_t in[BLOCK], uint8_t out[BLOCK]) {
    const uint8_t carry = in[0] >> 7;
    for (size_t i = 0; i + 1 < BLOCK; i++) {
        out[i] = (uint8_t)(in[i] << 1 | in[i + 1] >> 7);
    }
    out[BLOCK - 1] = (uint8_t)(in[BLOCK - 1] << 1 ^ (0x87 & -carry));
}

static void encipher(struct siv *siv, EVP_CIPHER_CTX *cipher, uint8_t *blocks, size_t len) {
    int put = 0;
    if (EVP_EncryptUpdate(cipher, blocks, &put, blocks, (int)len) != 1 || put != (int)len) {
        siv->failed = true;
    }
}

// ---- CMAC (RFC 4493)

static void absorb(struct siv *siv, uint8_t state[BLOCK], const uint8_t *blocks, size_t len) {
    for (size_t at = 0; at < len; at += BLOCK) {
        xor_block(state, blocks + at);
        encipher(siv, siv->mac, state, BLOCK);
    }
}

// The last 1 to 16 bytes.
static void absorb_last(struct siv *siv, uint8_t state[BLOCK], const uint8_t *rest, size_t len) {
    uint8_t block[BLOCK] = {0};
    memcpy(block, rest, len);
    if (len < BLOCK) {
        block[len] = 0x80;
    }
    xor_block(block, len == BLOCK ? siv->full : siv->padded);
    absorb(siv, state, block, BLOCK);
}

static void mac(struct siv *siv, uint8_t state[BLOCK], const uint8_t *data, size_t len) {
    const size_t before = (len - 1) / BLOCK * BLOCK;
    absorb(siv, state, data, before);
    absorb_last(siv, state, data + before, len - before);
}

// ---- S2V (RFC 5297, section 2.4) of `ad` and `plain`

static void seal_of(struct siv *siv, struct bytes ad, struct bytes plain, uint8_t out[BLOCK]) {
    uint8_t sum[BLOCK] = {0};
    uint8_t end[2 * BLOCK] = {0}; // of the text, from the block on into which the sum reaches
    memset(out, 0, BLOCK);
    mac(siv, sum, ad.data, ad.len);
    xor_block(sum, siv->start);
    if (plain.len < BLOCK) {
        doubled(sum, end);
        for (size_t i = 0; i < plain.len; i++) {
            end[i] ^= plain.data[i];
        }
        end[plain.len] ^= 0x80;
        mac(siv, out, end, BLOCK);
        return;
    }
    const size_t before = plain.len / BLOCK * BLOCK - BLOCK;
    const size_t rest = plain.len - before;
    memcpy(end, plain.data + before, rest);
    xor_block(end + rest - BLOCK, sum);
    absorb(siv, out, plain.data, before);
    mac(siv, out, end, rest);
}

// ---- CTR, from the seal on (RFC 5297, section 2.5)

static void count_up(uint8_t counter[BLOCK]) {
    for (size_t i = BLOCK; i-- > 0 && ++counter[i] == 0;) {
    }
}

static void encrypt(struct siv *siv, const uint8_t seal[BLOCK], const uint8_t *in, size_t len, uint8_t *out) {
    uint8_t counter[BLOCK];
    uint8_t stream[COUNTERS * BLOCK];
    memcpy(counter, seal, sizeof counter);
    counter[8] &= 0x7f;
    counter[12] &= 0x7f;
    for (size_t at = 0; at < len;) {
        const size_t part = len - at < sizeof stream ? len - at : sizeof stream;
        const size_t blocks = (part + BLOCK - 1) / BLOCK;
        for (size_t i = 0; i < blocks; i++) {
            memcpy(stream + i * BLOCK, counter, BLOCK);
            count_up(counter);
        }
        encipher(siv, siv->ctr, stream, blocks * BLOCK);
        for (size_t i = 0; i < part; i++) {
            out[at + i] = in[at + i] ^ stream[i];
        }
        at += part;
    }
}

// ----

static err_t outcome(struct siv *siv) {
    err_t err = siv->failed ? err_set(ERR_CRYPTO, "OpenSSL refused to encipher") : OK;
    siv->failed = false;
    return err;
}

static EVP_CIPHER_CTX *keyed(EVP_CIPHER *aes, const uint8_t *key) {
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    if (cipher != NULL && (EVP_EncryptInit_ex2(cipher, aes, key, NULL, NULL) != 1 ||
                           EVP_CIPHER_CTX_set_padding(cipher, 0) != 1)) {
        EVP_CIPHER_CTX_free(cipher);
        return NULL;
    }
    return cipher;
}

static err_t prepare(struct siv *siv, const uint8_t key[SIV_KEY_SIZE]) {
    EVP_CIPHER *aes = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
    siv->mac = keyed(aes, key);
    siv->ctr = keyed(aes, key + SIV_KEY_SIZE / 2);
    EVP_CIPHER_free(aes);
    if (siv->mac == NULL || siv->ctr == NULL) {
        return err_set(ERR_CRYPTO, "this OpenSSL has no AES-256");
    }
    static const uint8_t zero[BLOCK];
    uint8_t block[BLOCK] = {0};
    encipher(siv, siv->mac, block, sizeof block);
    doubled(block, siv->full);
    doubled(siv->full, siv->padded);
    memset(block, 0, sizeof block);
    mac(siv, block, zero, sizeof zero);
    doubled(block, siv->start);
    return outcome(siv);
}

err_t siv_new(const uint8_t key[SIV_KEY_SIZE], struct siv **out) {
    struct siv *siv = secret_new(sizeof *siv);
    if (siv == NULL) {
        return err_set(ERR_MEMORY, "no memory that can be locked");
    }
    err_t err = prepare(siv, key);
    if (err != OK) {
        siv_free(siv);
        return err;
    }
    *out = siv;
    return OK;
}

void siv_free(struct siv *siv) {
    if (siv != NULL) {
        EVP_CIPHER_CTX_free(siv->mac);
        EVP_CIPHER_CTX_free(siv->ctr);
        secret_free(siv);
    }
}

err_t siv_seal(struct siv *siv, struct bytes ad, struct bytes plain, uint8_t *out) {
    assert(ad.len > 0 && plain.len > 0);
    seal_of(siv, ad, plain, out);
    encrypt(siv, out, plain.data, plain.len, out + SIV_SEAL_SIZE);
    return outcome(siv);
}

err_t siv_unseal(struct siv *siv, struct bytes ad, struct bytes sealed, uint8_t *out) {
    assert(ad.len > 0);
    if (sealed.len <= SIV_SEAL_SIZE) {
        return err_set(ERR_CORRUPT, "a sealed value is cut off");
    }
    const size_t len = sealed.len - SIV_SEAL_SIZE;
    uint8_t expected[BLOCK];
    encrypt(siv, sealed.data, sealed.data + SIV_SEAL_SIZE, len, out);
    seal_of(siv, ad, bytes_of(out, len), expected);
    err_t err = outcome(siv);
    if (err == OK && !secret_equal(expected, sealed.data, SIV_SEAL_SIZE)) {
        err = err_set(ERR_CORRUPT, "a value in the store fails its seal");
    }
    if (err != OK) {
        secret_wipe(out, len);
    }
    return err;
}
