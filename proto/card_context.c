// SPDX-License-Identifier: Apache-2.0
#include "proto/card.h"

static err_t read_certificate(struct card *card, const char *certificate, X509 **out) {
    return card_is_named(certificate) ? card_certificate(card, certificate, out)
                                      : tls_certificate_read(certificate, out);
}

err_t card_client_context(struct card *card, const struct tls_files *files, SSL_CTX **out) {
    struct tls_files own = *files;
    X509 *certificate = NULL;
    EVP_PKEY *public_key = NULL;
    err_t err = read_certificate(card, files->certificate, &certificate);
    if (err == OK) {
        public_key = X509_get_pubkey(certificate);
        err = public_key == NULL ? err_set(ERR_TLS, "%s: its public key cannot be read", files->certificate)
                                 : card_key(card, public_key, &own.own_key);
    }
    if (err == OK) {
        own.own_certificate = card_is_named(files->certificate) ? certificate : NULL;
        err = tls_client_context(&own, out);
    }
    EVP_PKEY_free(own.own_key);
    EVP_PKEY_free(public_key);
    X509_free(certificate);
    return err;
}
