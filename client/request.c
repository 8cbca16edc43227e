// SPDX-License-Identifier: Apache-2.0
#include "client/request.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "proto/tls.h"

static err_t crypto_failed(const char *what) {
    ERR_clear_error();
    return err_set(ERR_CRYPTO, "%s", what);
}

static err_t sign_request(X509_REQ *request, EVP_PKEY *key, EVP_PKEY *public_key) {
    X509_NAME *subject = X509_REQ_get_subject_name(request);
    const unsigned char name[] = "signpost";
    const EVP_MD *digest = EVP_PKEY_is_a(key, "ED25519") == 1 ? NULL : EVP_sha256();
    bool signed_well = X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 &&
                       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0) == 1 &&
                       X509_REQ_set_pubkey(request, public_key) == 1 && X509_REQ_sign(request, key, digest) > 0;
    return signed_well ? OK : crypto_failed("the request was not signed");
}

static err_t write_pem(X509_REQ *request, struct buf *out) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    if (bio == NULL || PEM_write_bio_X509_REQ(bio, request) != 1) {
        BIO_free(bio);
        return crypto_failed("the request was not written");
    }
    long len = BIO_get_mem_data(bio, &text);
    buf_put(out, text, (size_t)len);
    BIO_free(bio);
    return buf_check(out);
}

static err_t request_of(EVP_PKEY *key, EVP_PKEY *public_key, struct buf *out) {
    X509_REQ *request = X509_REQ_new();
    err_t err =
        request == NULL ? err_set(ERR_MEMORY, "no memory for a request") : sign_request(request, key, public_key);
    if (err == OK) {
        err = write_pem(request, out);
    }
    X509_REQ_free(request);
    return err;
}

static err_t request_of_card(const char *uri, struct card_pin pin, struct buf *out) {
    struct card *card = NULL;
    EVP_PKEY *public_key = NULL, *key = NULL;
    err_t err = card_open(uri, pin, &card);
    if (err == OK) {
        err = card_public_key(card, &public_key);
    }
    if (err == OK) {
        err = card_key(card, public_key, &key);
    }
    if (err == OK) {
        err = request_of(key, public_key, out);
    }
    EVP_PKEY_free(key);
    EVP_PKEY_free(public_key);
    card_free(card);
    return err;
}

err_t request_make(const char *key, struct card_pin pin, struct buf *out) {
    EVP_PKEY *own = NULL;
    if (card_is_named(key)) {
        return request_of_card(key, pin, out);
    }
    err_t err = tls_key_load(key, &own);
    if (err == OK) {
        err = request_of(own, own, out);
    }
    EVP_PKEY_free(own);
    return err;
}
