// SPDX-License-Identifier: Apache-2.0
#include "keys/token.h"

#include <sodium.h>
#include <string.h>

#define LABEL_INPUT "signpost/1"
#define LABEL_TOKEN "signpost lookup 1"
#define MAX_PART 65535

static err_t check_part(const char *name, const char *part) {
    const size_t len = strlen(part);
    if (len == 0 || len > MAX_PART) {
        return err_set(ERR_INPUT, "the %s is empty or longer than %d bytes", name, MAX_PART);
    }
    return OK;
}

static void put_part(struct buf *out, const char *part) {
    const size_t len = strlen(part);
    buf_put_u16(out, (uint16_t)len);
    buf_put(out, part, len);
}

err_t token_input(const char *scheme, uint32_t epoch, const char *slot, const char *value, struct buf *out) {
    err_t err = check_part("scheme", scheme);
    if (err == OK) {
        err = check_part("slot", slot);
    }
    if (err == OK) {
        err = check_part("value", value);
    }
    if (err != OK) {
        return err;
    }
    put_part(out, LABEL_INPUT);
    put_part(out, scheme);
    buf_put_u32(out, epoch);
    put_part(out, slot);
    put_part(out, value);
    return buf_check(out);
}

err_t token_of_output(const uint8_t output[OPRF_OUTPUT_SIZE], uint8_t out_token[TOKEN_SIZE]) {
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, output, OPRF_OUTPUT_SIZE);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)LABEL_TOKEN, strlen(LABEL_TOKEN));
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(&state, sizeof(state));
    const int empty = sodium_is_zero(mac, TOKEN_SIZE);
    if (!empty) {
        memcpy(out_token, mac, TOKEN_SIZE);
    }
    sodium_memzero(mac, sizeof(mac));
    return empty ? err_set(ERR_CRYPTO, "a token came out as that of an empty slot") : OK;
}
