// SPDX-License-Identifier: Apache-2.0
// The scheme's X.509 certificates, by OpenSSL: the CA's own and those that it issues. An identity is the one SAN URI;
// what a certificate may be used for follows from the identity's kind alone, and never from a request.
// The caller frees with X509_free.
#ifndef KEYS_CEREMONY_CERTIFICATE_H
#define KEYS_CEREMONY_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/urn.h"

#define CERTIFICATE_CA_DAYS 3652    // ten years
#define CERTIFICATE_BACKDATED_S 300 // clocks of the scheme's machines differ by seconds, not by more than this

// A self-signed CA that may sign certificates and nothing below them (pathlen 0).
err_t certificate_make_ca(const char *scheme, EVP_PKEY *key, int64_t now_s, X509 **out);

struct certificate_plan {
    struct urn identity;
    const char *const *hosts; // names or addresses: needed for holders and indexes, refused for all others
    size_t host_count;
    int64_t from, until; // seconds; the CA must outlive the certificate
};
err_t certificate_issue(const struct certificate_plan *plan, EVP_PKEY *subject_key, X509 *ca, EVP_PKEY *ca_key,
                        X509 **out);

err_t certificate_write(const X509 *certificate, struct buf *out); // appends PEM
err_t certificate_parse(struct bytes pem, X509 **out);             // the first certificate of the text; ERR_INPUT
err_t certificate_read(const char *path, X509 **out);              // errors name the path

// ERR_DENIED unless this CA has issued it, as a client's certificate, and it is valid now.
err_t certificate_check_client(X509 *certificate, X509 *ca, int64_t now_s);
// The identity in the one SAN URI. ERR_INPUT.
err_t certificate_identity(const X509 *certificate, struct urn *out);
err_t certificate_validity(const X509 *certificate, int64_t *out_from, int64_t *out_until);

#endif
