// SPDX-License-Identifier: Apache-2.0
// The TLS profile of both daemons and the client: TLS 1.3 only, both sides with certificates, no tickets, no session
// cache, no early data, records padded. Contexts are OpenSSL's and are shared by threads; SSL_CTX_free releases them.
#ifndef PROTO_TLS_H
#define PROTO_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/roster.h"
#include "proto/urn.h"

#define TLS_RECORD_PADDING 512 // a record's plaintext is padded to a multiple of this

struct tls_files {
    const char *ca;          // PEM, the scheme's CA; nothing else is trusted
    const char *certificate; // PEM, own chain
    const char *key;         // PEM, 0600, without passphrase
    // In place of the files, borrowed; NULL: the files are read.
    X509 *own_certificate;
    EVP_PKEY *own_key;
};

// Contexts with the profile, the CA, and the own certificate and key. They fail closed: a key file that others may read
// is ERR_DENIED; an own certificate that the CA did not issue for this side, or that does not fit the key, is ERR_TLS;
// one outside its validity is ERR_EXPIRED. Also ERR_NOT_FOUND, ERR_IO, ERR_MEMORY. secret_start() comes first.
//
// The server demands a client certificate for clientAuth, the client a server certificate for serverAuth; a client must
// still set the name that it expects (libcurl does).
err_t tls_server_context(const struct tls_files *files, SSL_CTX **out);
err_t tls_client_context(const struct tls_files *files, SSL_CTX **out);

// Gives a context that libcurl has made everything of `model`, a client's context: nothing is read or parsed again.
err_t tls_client_apply(SSL_CTX *model, SSL_CTX *target);

// A private key in PEM, 0600, without passphrase. ERR_DENIED when others may read it; ERR_TLS, ERR_NOT_FOUND, ERR_IO.
err_t tls_key_load(const char *path, EVP_PKEY **out);

struct tls_peer {
    struct urn identity;
    uint8_t key[KEY_HASH_SIZE];
    int64_t certificate_expires; // seconds
};
// The verified peer of a connection. ERR_DENIED: no SSL, no certificate, not verified, no or more than one SAN URI, not
// an identity of ours.
err_t tls_peer_of(const SSL *ssl, struct tls_peer *out);
err_t tls_peer_of_certificate(const X509 *certificate, struct tls_peer *out); // ERR_DENIED
// The same facts of a certificate file (client side, ceremony). ERR_TLS, ERR_NOT_FOUND.
err_t tls_peer_of_file(const char *path, struct tls_peer *out);
// The first certificate of a file. X509_free it. ERR_TLS, ERR_NOT_FOUND.
err_t tls_certificate_read(const char *path, X509 **out);
// When any certificate file ends: also a CA's, which has no identity. Seconds. ERR_TLS, ERR_NOT_FOUND.
err_t tls_expiry_of_file(const char *path, int64_t *out_s);
err_t tls_key_hash(const X509 *certificate, uint8_t out[KEY_HASH_SIZE]);

#endif
