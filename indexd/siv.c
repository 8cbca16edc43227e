// SPDX-License-Identifier: Apache-2.0
#include "indexd/siv.h"

#include <assert.h>

#include <nettle/siv-cmac.h>

#include "base/secret.h"

_Static_assert(SIV_KEY_SIZE == SIV_CMAC_AES256_KEY_SIZE, "two AES-256 keys");
_Static_assert(SIV_SEAL_SIZE == SIV_DIGEST_SIZE, "the seal is the synthetic initialisation vector");

struct siv {
    struct siv_cmac_aes256_ctx keyed;
};

// Nettle wants one. The same for all: equal values are to have equal seals.
static const uint8_t nonce[1];

err_t siv_new(const uint8_t key[SIV_KEY_SIZE], struct siv **out) {
    struct siv *siv = secret_new(sizeof *siv);
    if (siv == NULL) {
        return err_set(ERR_MEMORY, "no memory that can be locked");
    }
    siv_cmac_aes256_set_key(&siv->keyed, key);
    *out = siv;
    return OK;
}

void siv_free(struct siv *siv) {
    secret_free(siv);
}

void siv_seal(const struct siv *siv, struct bytes ad, struct bytes plain, uint8_t *out) {
    assert(ad.len > 0 && plain.len > 0);
    siv_cmac_aes256_encrypt_message(&siv->keyed, sizeof nonce, nonce, ad.len, ad.data, plain.len + SIV_SEAL_SIZE, out,
                                    plain.data);
}

err_t siv_unseal(const struct siv *siv, struct bytes ad, struct bytes sealed, uint8_t *out) {
    assert(ad.len > 0);
    if (sealed.len <= SIV_SEAL_SIZE) {
        return err_set(ERR_CORRUPT, "a sealed value is cut off");
    }
    const size_t len = sealed.len - SIV_SEAL_SIZE;
    if (siv_cmac_aes256_decrypt_message(&siv->keyed, sizeof nonce, nonce, ad.len, ad.data, len, out, sealed.data) !=
        1) {
        secret_wipe(out, len);
        return err_set(ERR_CORRUPT, "a value in the store fails its seal");
    }
    return OK;
}
