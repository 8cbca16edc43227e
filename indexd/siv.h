// SPDX-License-Identifier: Apache-2.0
// AES-256-SIV (RFC 5297) with one string of associated data, over OpenSSL's AES. OpenSSL's own SIV has to be keyed or
// copied for each message, which takes ten times as long as sealing a row does; its results are the same.
//
// One thread at a time. OpenSSL keeps its copies of the key outside locked memory and wipes them in siv_free.
#ifndef INDEXD_SIV_H
#define INDEXD_SIV_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define SIV_KEY_SIZE 64 // two AES-256 keys: of the seal, and of the ciphertext
#define SIV_SEAL_SIZE 16

struct siv;

err_t siv_new(const uint8_t key[SIV_KEY_SIZE], struct siv **out);
// NULL is harmless.
void siv_free(struct siv *siv);

// out = seal 16 || ciphertext, plain.len + SIV_SEAL_SIZE bytes. Neither `ad` nor `plain` may be empty.
err_t siv_seal(struct siv *siv, struct bytes ad, struct bytes plain, uint8_t *out);
// out = sealed.len - SIV_SEAL_SIZE bytes, zeros unless OK. ERR_CORRUPT when the bytes or `ad` are not those sealed.
err_t siv_unseal(struct siv *siv, struct bytes ad, struct bytes sealed, uint8_t *out);

#endif
