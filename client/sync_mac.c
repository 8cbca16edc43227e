// SPDX-License-Identifier: Apache-2.0
#include "client/sync_mac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define VALUES_LABEL "signpost sync values 1"

err_t sync_mac(const uint8_t key[HANDLE_KEY_SIZE], const char *label, struct bytes data, uint8_t out[SYNC_MAC_SIZE]) {
    struct buf message = {0};
    uint8_t whole[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    buf_put(&message, label, strlen(label) + 1); // its zero ends the label
    buf_put(&message, data.data, data.len);
    err_t err = buf_check(&message);
    if (err == OK && HMAC(EVP_sha256(), key, HANDLE_KEY_SIZE, message.data, message.len, whole, &len) == NULL) {
        err = err_set(ERR_CRYPTO, "HMAC-SHA-256 failed");
    }
    buf_free(&message);
    if (err == OK) {
        memcpy(out, whole, SYNC_MAC_SIZE);
    }
    return err;
}

err_t sync_values_mac(const uint8_t key[HANDLE_KEY_SIZE], const struct descriptor *descriptor,
                      const struct match_values *values, uint8_t out[SYNC_MAC_SIZE]) {
    struct buf text = {0};
    buf_put(&text, descriptor->matching_digest, sizeof descriptor->matching_digest);
    for (size_t slot = 0; slot < descriptor->slot_count; slot++) {
        size_t len = strlen(values->value[slot]);
        buf_put_u16(&text, (uint16_t)len); // at most MATCH_VALUE_MAX
        buf_put(&text, values->value[slot], len);
    }
    err_t err = buf_check(&text);
    if (err == OK) {
        err = sync_mac(key, VALUES_LABEL, buf_bytes(&text), out);
    }
    buf_free(&text);
    return err;
}
