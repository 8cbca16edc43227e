// SPDX-License-Identifier: Apache-2.0
// Documents signed by several certificates: JSON Web Signatures in the general JSON serialization (RFC 7515, section
// 7.2.1), with ES256 for keys on P-256 and EdDSA for Ed25519 (RFC 8037). Each signature's protected header is
//   {"alg": "ES256" | "EdDSA", "typ": TYPE, "x5c": [the signer's certificate]}
// so that it can be checked with the scheme's CA and any JOSE library. (CMS would have been as good a standard, but
// OpenSSL 3.0 cannot make a CMS signature with an Ed25519 key.)
#ifndef PROTO_JWS_H
#define PROTO_JWS_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"

#define JWS_SIGNERS_MAX 2
#define JWS_PAYLOAD_MAX (64 * 1024)
#define JWS_MAX (128 * 1024) // of the whole text

// Appends a document without a signature. ERR_TOO_LARGE, ERR_MEMORY.
err_t jws_new(struct bytes payload, struct buf *out);

// Adds a signature to the document in `text`, which is replaced. ERR_INPUT: not such a document, or the key is of
// another kind; ERR_DENIED: the certificate is not the key's; ERR_EXISTS: it has signed already; ERR_TOO_LARGE;
// ERR_CRYPTO.
err_t jws_sign(struct buf *text, const char *type, X509 *certificate, EVP_PKEY *key);

struct jws {
    struct buf payload;
    X509 *signers[JWS_SIGNERS_MAX];
    size_t count; // of signatures; may be 0
};
// Parses strictly and checks every signature against the certificate that it carries. Whose certificates they are is
// the caller's to judge. ERR_INPUT; ERR_SIGNATURE for a wrong signature. jws_free the result.
err_t jws_open(struct bytes text, const char *type, struct jws *out);
void jws_free(struct jws *jws); // harmless on a zeroed one

#endif
