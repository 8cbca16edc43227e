// SPDX-License-Identifier: Apache-2.0
#include "indexd/pepper.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/hmac.h>
#include <sodium.h>

#include "base/file.h"
#include "base/secret.h"
#include "indexd/siv.h"

#define PEPPER_SIZE 32

struct pepper_context {
    struct pepper_context *next; // in the list of those that nobody uses
    struct hmac_sha256_ctx mac;
    const struct siv *siv; // borrowed
};

struct pepper {
    uint8_t *key; // locked: the pepper, then the derived SIV key
    struct siv *siv;
    pthread_mutex_t lock;
    struct pepper_context *idle;
};

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

static err_t context_new(const struct pepper *pepper, struct pepper_context **out) {
    struct pepper_context *context = secret_new(sizeof *context);
    if (context == NULL) {
        return err_set(ERR_MEMORY, "no memory that can be locked");
    }
    hmac_sha256_set_key(&context->mac, PEPPER_SIZE, pepper->key);
    context->siv = pepper->siv;
    *out = context;
    return OK;
}

// SIV key = HMAC-SHA-256(pepper, "seal" | 1) || HMAC-SHA-256(pepper, "seal" | 2).
static void derive_siv_key(uint8_t *key) {
    struct hmac_sha256_ctx mac;
    hmac_sha256_set_key(&mac, PEPPER_SIZE, key);
    for (uint8_t half = 1; half <= 2; half++) {
        uint8_t info[] = {'s', 'e', 'a', 'l', half};
        hmac_sha256_update(&mac, sizeof info, info);
        hmac_sha256_digest(&mac, PEPPER_MAC_SIZE, key + PEPPER_SIZE + (half - 1) * PEPPER_MAC_SIZE);
    }
    secret_wipe(&mac, sizeof mac);
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
        derive_siv_key(pepper->key);
        err = siv_new(pepper->key + PEPPER_SIZE, &pepper->siv);
    }
    if (err != OK) {
        pepper_free(pepper);
        return err;
    }
    *out = pepper;
    return OK;
}

void pepper_free(struct pepper *pepper) {
    if (pepper == NULL) {
        return;
    }
    while (pepper->idle != NULL) {
        struct pepper_context *context = pepper->idle;
        pepper->idle = context->next;
        secret_free(context);
    }
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

void pepper_mac(struct pepper_context *context, const struct bytes *parts, size_t count, uint8_t out[PEPPER_MAC_SIZE]) {
    for (size_t i = 0; i < count; i++) {
        hmac_sha256_update(&context->mac, parts[i].len, parts[i].data);
    }
    hmac_sha256_digest(&context->mac, PEPPER_MAC_SIZE, out); // and begins anew
}

void pepper_check(struct pepper_context *context, uint8_t out[PEPPER_CHECK_SIZE]) {
    uint8_t mac[PEPPER_MAC_SIZE];
    const struct bytes label = bytes_str("check");
    pepper_mac(context, &label, 1, mac);
    memcpy(out, mac, PEPPER_CHECK_SIZE);
}

void pepper_seal(struct pepper_context *context, struct bytes ad, struct bytes plain, uint8_t *out) {
    siv_seal(context->siv, ad, plain, out);
}

err_t pepper_unseal(struct pepper_context *context, struct bytes ad, struct bytes sealed, uint8_t *out) {
    return siv_unseal(context->siv, ad, sealed, out);
}
