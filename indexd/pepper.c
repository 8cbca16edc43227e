// SPDX-License-Identifier: Apache-2.0
#include "indexd/pepper.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sodium.h>

#include "base/file.h"
#include "base/secret.h"
#include "indexd/siv.h"

#define PEPPER_SIZE 32

struct pepper_context {
    struct pepper_context *next; // in the list of those that nobody uses
    EVP_MAC_CTX *mac;
    const struct siv *siv; // borrowed
};

struct pepper {
    uint8_t *key; // locked: the pepper, then the derived SIV key
    EVP_MAC *mac;
    struct siv *siv;
    pthread_mutex_t lock;
    struct pepper_context *idle;
};

static err_t crypto_failed(void) {
    return err_set(ERR_CRYPTO, "OpenSSL refused to compute a tag");
}

err_t pepper_create(const char *path) {
    uint8_t *key = secret_new(PEPPER_SIZE);
    if (key == NULL) {
        return err_set(ERR_MEMORY, "no memory that can be locked");
    }
    randombytes_buf(key, PEPPER_SIZE);
    err_t err = file_create(path, 0600, bytes_of(key, PEPPER_SIZE));
    secret_free(key);
    return err;
}

static void context_free(struct pepper_context *context) {
    if (context == NULL) {
        return;
    }
    EVP_MAC_CTX_free(context->mac);
    free(context);
}

static err_t context_key(const struct pepper *pepper, struct pepper_context *context) {
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_construct_end()};
    context->mac = EVP_MAC_CTX_new(pepper->mac);
    if (context->mac == NULL || EVP_MAC_init(context->mac, pepper->key, PEPPER_SIZE, params) != 1) {
        return crypto_failed();
    }
    context->siv = pepper->siv;
    return OK;
}

static err_t context_new(const struct pepper *pepper, struct pepper_context **out) {
    struct pepper_context *context = calloc(1, sizeof *context);
    if (context == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    err_t err = context_key(pepper, context);
    if (err != OK) {
        context_free(context);
        return err;
    }
    *out = context;
    return OK;
}

// SIV key = HMAC-SHA-256(pepper, "seal" | 1) || HMAC-SHA-256(pepper, "seal" | 2).
static err_t derive_siv_key(const struct pepper *pepper) {
    for (uint8_t half = 1; half <= 2; half++) {
        uint8_t info[] = {'s', 'e', 'a', 'l', half};
        size_t len = 0;
        if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, pepper->key, PEPPER_SIZE, info, sizeof info,
                      pepper->key + PEPPER_SIZE + (half - 1) * PEPPER_MAC_SIZE, PEPPER_MAC_SIZE, &len) == NULL) {
            return crypto_failed();
        }
    }
    return OK;
}

static err_t key_load(const char *path, uint8_t **out) {
    uint8_t *file = NULL;
    size_t len = 0;
    err_t err = file_read_secret(path, PEPPER_SIZE, false, &file, &len);
    if (err == ERR_TOO_LARGE || (err == OK && len != PEPPER_SIZE)) {
        secret_free(file);
        return err_set(ERR_CORRUPT, "%s: a pepper is %d bytes long", path, PEPPER_SIZE);
    }
    if (err != OK) {
        return err;
    }
    uint8_t *key = secret_new(PEPPER_SIZE + SIV_KEY_SIZE);
    if (key == NULL) {
        secret_free(file);
        return err_set(ERR_MEMORY, "no memory that can be locked");
    }
    memcpy(key, file, PEPPER_SIZE);
    secret_free(file);
    *out = key;
    return OK;
}

err_t pepper_load(const char *path, struct pepper **out) {
    struct pepper *pepper = calloc(1, sizeof *pepper);
    if (pepper == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    (void)pthread_mutex_init(&pepper->lock, NULL);
    err_t err = key_load(path, &pepper->key);
    if (err == OK) {
        err = derive_siv_key(pepper);
    }
    if (err == OK) {
        err = siv_new(pepper->key + PEPPER_SIZE, &pepper->siv);
    }
    if (err != OK) {
        goto out;
    }
    pepper->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (pepper->mac == NULL) {
        err = err_set(ERR_CRYPTO, "this OpenSSL has no HMAC");
        goto out;
    }
    *out = pepper;
    pepper = NULL;
out:
    pepper_free(pepper);
    return err;
}

void pepper_free(struct pepper *pepper) {
    if (pepper == NULL) {
        return;
    }
    while (pepper->idle != NULL) {
        struct pepper_context *context = pepper->idle;
        pepper->idle = context->next;
        context_free(context);
    }
    EVP_MAC_free(pepper->mac);
    siv_free(pepper->siv);
    secret_free(pepper->key);
    (void)pthread_mutex_destroy(&pepper->lock);
    free(pepper);
}

err_t pepper_borrow(struct pepper *pepper, struct pepper_context **out) {
    (void)pthread_mutex_lock(&pepper->lock);
    struct pepper_context *context = pepper->idle;
    if (context != NULL) {
        pepper->idle = context->next;
    }
    (void)pthread_mutex_unlock(&pepper->lock);
    if (context == NULL) {
        return context_new(pepper, out);
    }
    *out = context;
    return OK;
}

void pepper_return(struct pepper *pepper, struct pepper_context *context) {
    if (context == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&pepper->lock);
    context->next = pepper->idle;
    pepper->idle = context;
    (void)pthread_mutex_unlock(&pepper->lock);
}

err_t pepper_mac(struct pepper_context *context, const struct bytes *parts, size_t count,
                 uint8_t out[PEPPER_MAC_SIZE]) {
    bool ok = EVP_MAC_init(context->mac, NULL, 0, NULL) == 1;
    for (size_t i = 0; ok && i < count; i++) {
        ok = EVP_MAC_update(context->mac, parts[i].data, parts[i].len) == 1;
    }
    size_t len = 0;
    uint8_t mac[PEPPER_MAC_SIZE];
    if (!ok || EVP_MAC_final(context->mac, mac, &len, sizeof mac) != 1 || len != sizeof mac) {
        return crypto_failed();
    }
    memcpy(out, mac, sizeof mac);
    return OK;
}

err_t pepper_check(struct pepper_context *context, uint8_t out[PEPPER_CHECK_SIZE]) {
    uint8_t mac[PEPPER_MAC_SIZE];
    const struct bytes label = bytes_str("check");
    err_t err = pepper_mac(context, &label, 1, mac);
    if (err == OK) {
        memcpy(out, mac, PEPPER_CHECK_SIZE);
    }
    return err;
}

void pepper_seal(struct pepper_context *context, struct bytes ad, struct bytes plain, uint8_t *out) {
    siv_seal(context->siv, ad, plain, out);
}

err_t pepper_unseal(struct pepper_context *context, struct bytes ad, struct bytes sealed, uint8_t *out) {
    return siv_unseal(context->siv, ad, sealed, out);
}
