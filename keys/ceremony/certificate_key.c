// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/certificate_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <string.h>

#include "base/secret.h"
#include "keys/ceremony/pem.h"

#define KEY_PEM_MAX 4096

err_t certificate_key_type_parse(const char *text, enum certificate_key_type *out) {
    static const char *const names[] = {[CERTIFICATE_P256] = "p256", [CERTIFICATE_ED25519] = "ed25519"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (enum certificate_key_type)i;
            return OK;
        }
    }
    return err_set(ERR_INPUT, "the key type is neither p256 nor ed25519");
}

err_t certificate_key_new(enum certificate_key_type type, EVP_PKEY **out) {
    EVP_PKEY *key = type == CERTIFICATE_P256 ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256")
                                             : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (key == NULL) {
        return pem_error(ERR_CRYPTO, "no key was made");
    }
    *out = key;
    return OK;
}

err_t certificate_key_write(EVP_PKEY *key, uint8_t **out, size_t *out_len) {
    uint8_t *secret = secret_new(KEY_PEM_MAX);
    BIO *bio = BIO_new(BIO_s_secmem());
    err_t err = OK;
    if (secret == NULL || bio == NULL) {
        err = err_set(ERR_MEMORY, "no memory that can be locked");
        goto out;
    }
    if (PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1) {
        err = pem_error(ERR_CRYPTO, "a private key was not written");
        goto out;
    }
    int len = BIO_read(bio, secret, KEY_PEM_MAX);
    if (len <= 0 || BIO_pending(bio) != 0) {
        err = err_set(ERR_CRYPTO, "a private key was not written");
        goto out;
    }
    *out = secret;
    *out_len = (size_t)len;
    secret = NULL;
out:
    BIO_free(bio);
    secret_free(secret);
    return err;
}

err_t certificate_key_parse(struct bytes pem, EVP_PKEY **out) {
    BIO *bio = pem_reading(pem);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, pem_no_password, NULL) : NULL;
    BIO_free(bio);
    if (key == NULL) {
        return pem_error(ERR_INPUT, "not a private key in PEM");
    }
    *out = key;
    return OK;
}

static bool has_text(const EVP_PKEY *key, const char *param, const char *value) {
    char text[64];
    return EVP_PKEY_get_utf8_string_param(key, param, text, sizeof text, NULL) == 1 && strcmp(text, value) == 0;
}

// P-256 by its name (parameters spelt out could be another curve) or Ed25519, and a valid point.
static bool key_allowed(EVP_PKEY *key) {
    bool p256 = EVP_PKEY_is_a(key, "EC") && has_text(key, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1") &&
                has_text(key, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_GROUP);
    if (!p256 && !EVP_PKEY_is_a(key, "ED25519")) {
        return false;
    }
    // One way to write a point, so that one key has one hash on the roster.
    if (p256 && EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed") != 1) {
        return false;
    }
    EVP_PKEY_CTX *check = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool valid = check != NULL && EVP_PKEY_public_check(check) == 1;
    EVP_PKEY_CTX_free(check);
    return valid;
}

err_t certificate_request_key(struct bytes pem, EVP_PKEY **out) {
    BIO *bio = pem_reading(pem);
    X509_REQ *request = bio != NULL ? PEM_read_bio_X509_REQ(bio, NULL, pem_no_password, NULL) : NULL;
    EVP_PKEY *key = request != NULL ? X509_REQ_get_pubkey(request) : NULL;
    err_t err = OK;
    if (key == NULL) {
        err = pem_error(ERR_INPUT, "not a certificate request in PEM");
    } else if (X509_REQ_verify(request, key) != 1) {
        err = pem_error(ERR_SIGNATURE, "the request is not signed by its own key");
    } else if (!key_allowed(key)) {
        ERR_clear_error();
        err = err_set(ERR_DENIED, "the request's key is neither P-256 nor Ed25519");
    }
    if (err == OK) {
        *out = key;
        key = NULL;
    }
    EVP_PKEY_free(key);
    X509_REQ_free(request);
    BIO_free(bio);
    return err;
}
