// SPDX-License-Identifier: Apache-2.0
#include "proto/card_client.h"

static err_t read_certificate(struct card *card, const char *certificate, X509 **out) {
    return card_is_named(certificate) ? card_certificate(card, certificate, out)
                                      : tls_certificate_read(certificate, out);
}

static err_t make_context(void *ctx, const struct tls_files *files, SSL_CTX **out) {
    struct card *card = ctx;
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

static err_t prove(void *ctx) {
    return card_prove(ctx);
}

static err_t lost(const void *ctx) {
    return card_lost(ctx);
}

static void free_card(void *ctx) {
    card_free(ctx);
}

static err_t client_by_file(const struct http_client_settings *settings, struct http_client **out) {
    if (card_is_named(settings->certificate)) {
        return err_set(ERR_INPUT, "the certificate is on a card, so that `key` must name the key on it (pkcs11:...)");
    }
    return http_client_new(settings, out);
}

err_t card_client_new(const struct http_client_settings *settings, struct card_pin pin, struct http_client **out) {
    struct http_client_settings with = *settings;
    struct http_signer signer = {.context = make_context, .prove = prove, .lost = lost, .free = free_card};
    struct card *card = NULL;
    if (!card_is_named(settings->key)) {
        return client_by_file(settings, out);
    }
    err_t err = card_open(settings->key, pin, &card);
    if (err != OK) {
        return err;
    }
    signer.ctx = card;
    with.signer = &signer;
    return http_client_new(&with, out);
}
