// SPDX-License-Identifier: Apache-2.0
// Keys of certificates: P-256 or Ed25519, and none other. Private keys lie in OpenSSL's secure heap (the program starts
// it) or in locked memory. The caller frees with EVP_PKEY_free and secret_free.
#ifndef KEYS_CEREMONY_CERTIFICATE_KEY_H
#define KEYS_CEREMONY_CERTIFICATE_KEY_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

enum certificate_key_type { CERTIFICATE_P256, CERTIFICATE_ED25519 };
// "p256" or "ed25519". ERR_INPUT.
err_t certificate_key_type_parse(const char *text, enum certificate_key_type *out);
err_t certificate_key_new(enum certificate_key_type type, EVP_PKEY **out);

// PKCS#8 PEM, unencrypted, in locked memory.
err_t certificate_key_write(EVP_PKEY *key, uint8_t **out, size_t *out_len);
err_t certificate_key_parse(struct bytes pem, EVP_PKEY **out); // ERR_INPUT

// The public key of a PEM certificate request: nothing else of the request is looked at. ERR_INPUT for another format,
// ERR_DENIED for another kind of key, ERR_SIGNATURE when the request is not signed by that key.
err_t certificate_request_key(struct bytes pem, EVP_PKEY **out);

#endif
