// SPDX-License-Identifier: Apache-2.0
// The TLS profile of both daemons and the client: TLS 1.3 only, both sides with certificates, no tickets, no session
// cache, no early data, records padded. Contexts are OpenSSL's and are shared by threads.
#ifndef PROTO_TLS_H
#define PROTO_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/roster.h"
#include "proto/urn.h"

struct tls_files {
    const char *ca;          // PEM, the scheme's CA
    const char *certificate; // PEM, own chain
    const char *key;         // PEM, 0600
};

// A server's context that demands a client certificate. Fails closed: wrong key, expired own certificate, a key file
// that others may read. ERR_TLS, ERR_IO, ERR_DENIED.
err_t tls_server_context(const struct tls_files *files, SSL_CTX **out);

// Applies the same profile (versions, groups, ciphers, no tickets, padding) to a context that libcurl has made.
err_t tls_client_profile(SSL_CTX *context);

struct tls_peer {
    struct urn identity;
    uint8_t key[KEY_HASH_SIZE];
    int64_t certificate_expires; // seconds
};
// The verified peer of a connection. ERR_DENIED: no SSL, no certificate, not verified, no or more than one SAN URI, not
// an identity of ours.
err_t tls_peer_of(const SSL *ssl, struct tls_peer *out);
// The same facts of a certificate file (client side, ceremony). ERR_TLS, ERR_NOT_FOUND.
err_t tls_peer_of_file(const char *path, struct tls_peer *out);
err_t tls_key_hash(const X509 *certificate, uint8_t out[KEY_HASH_SIZE]);

#endif
