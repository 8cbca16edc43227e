// SPDX-License-Identifier: Apache-2.0
#include "client/handle.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/secret.h"

#define LABEL "signpost handle 1"

err_t handle_key_load(const char *path, uint8_t **out) {
    uint8_t *key = NULL;
    size_t len = 0;
    err_t err = file_read_secret(path, HANDLE_KEY_SIZE, false, &key, &len);
    if (err != OK) {
        return err;
    }
    if (len != HANDLE_KEY_SIZE) {
        secret_free(key);
        return err_set(ERR_INPUT, "%s: a handle key is %d bytes long", path, HANDLE_KEY_SIZE);
    }
    *out = key;
    return OK;
}

err_t handle_of(const uint8_t key[HANDLE_KEY_SIZE], const char *ref, uint8_t out[HANDLE_SIZE]) {
    if (ref[0] == '\0') {
        return err_set(ERR_INPUT, "a record needs a reference");
    }
    struct buf message = {0};
    buf_put_str(&message, LABEL);
    buf_put_str(&message, ref);
    err_t err = buf_check(&message);
    unsigned len = 0;
    if (err == OK && (HMAC(EVP_sha256(), key, HANDLE_KEY_SIZE, message.data, message.len, out, &len) == NULL ||
                      len != HANDLE_SIZE)) {
        err = err_set(ERR_CRYPTO, "HMAC-SHA-256 failed");
    }
    buf_free(&message);
    return err;
}
