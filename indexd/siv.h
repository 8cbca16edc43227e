// SPDX-License-Identifier: Apache-2.0
// AES-256-SIV (RFC 5297): sealing that needs no random nonce, so that a store made anew is the same byte for byte.
// Nettle's, keyed once: OpenSSL's has to be keyed or copied for each message, which takes several times as long as
// sealing a row does.
#ifndef INDEXD_SIV_H
#define INDEXD_SIV_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define SIV_KEY_SIZE 64 // two AES-256 keys: of the seal, and of the ciphertext
#define SIV_SEAL_SIZE 16

// Any thread. Key and what is made from it lie in locked memory.
struct siv;

err_t siv_new(const uint8_t key[SIV_KEY_SIZE], struct siv **out);
// NULL is harmless.
void siv_free(struct siv *siv);

// out = seal 16 || ciphertext, plain.len + SIV_SEAL_SIZE bytes. Neither `ad` nor `plain` may be empty.
void siv_seal(const struct siv *siv, struct bytes ad, struct bytes plain, uint8_t *out);
// out = sealed.len - SIV_SEAL_SIZE bytes, zeros unless OK. ERR_CORRUPT when the bytes or `ad` are not those sealed.
err_t siv_unseal(const struct siv *siv, struct bytes ad, struct bytes sealed, uint8_t *out);

#endif
