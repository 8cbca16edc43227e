// SPDX-License-Identifier: Apache-2.0
#include "proto/tokens.h"

#include <assert.h>
#include <string.h>

#include "base/json.h"

bool token_epochs_have(const struct token_epochs *epochs, uint32_t number) {
    for (size_t i = 0; i < epochs->count; i++) {
        if (epochs->numbers[i] == number) {
            return true;
        }
    }
    return false;
}

err_t token_epochs_check(const struct token_epochs *epochs) {
    bool good = epochs->count >= 1 && epochs->count <= MAX_TOKEN_EPOCHS;
    for (size_t i = 0; good && i < epochs->count; i++) {
        good = epochs->numbers[i] >= 1 && (i == 0 || epochs->numbers[i] < epochs->numbers[i - 1]);
    }
    return good ? OK
                : err_set(ERR_INPUT, "field \"epochs\": must be 1 to %d different epochs, the newest first",
                          MAX_TOKEN_EPOCHS);
}

void token_epochs_put(const struct token_epochs *epochs, struct buf *out) {
    for (size_t i = 0; i < epochs->count; i++) {
        buf_printf(out, "%s%u", i == 0 ? "\"epochs\":[" : ",", epochs->numbers[i]);
    }
    buf_put_str(out, "]");
}

err_t token_epochs_read(const json_t *array, struct token_epochs *out) {
    struct token_epochs epochs = {.count = json_array_size(array)};
    for (size_t i = 0; i < epochs.count && i < MAX_TOKEN_EPOCHS; i++) {
        uint64_t number = 0;
        const struct json_field item = {"epochs", JSON_FIELD_NUMBER, true, MAX_EPOCH, &number};
        err_t err = json_read_item(array, i, &item);
        if (err != OK) {
            return err;
        }
        epochs.numbers[i] = (uint32_t)number;
    }
    err_t err = token_epochs_check(&epochs);
    if (err == OK) {
        *out = epochs;
    }
    return err;
}

bool token_set_empty(const struct token_set *set, size_t count) {
    static const struct token_set none;
    assert(count <= MAX_TOKENS);
    return memcmp(set, &none, count * TOKEN_SIZE) == 0;
}

void token_set_put(const struct token_set *set, size_t count, struct buf *out) {
    for (size_t i = 0; i < count; i++) {
        char text[BASE64_SIZE(TOKEN_SIZE)];
        base64_encode(set->tokens[i], TOKEN_SIZE, text);
        buf_put(out, i == 0 ? "[\"" : ",\"", 2);
        buf_put(out, text, sizeof text - 1);
        buf_put(out, "\"", 1);
    }
    buf_put(out, "]", 1);
}

err_t token_set_read(const json_t *array, size_t count, struct token_set *out) {
    assert(count >= 1 && count <= MAX_TOKENS);
    if (!json_is_array(array) || json_array_size(array) != count) {
        return err_set(ERR_INPUT, "must be an array of exactly %zu tokens", count);
    }
    struct token_set set = {0};
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(array, i);
        if (!json_is_string(item) ||
            base64_decode(json_string_value(item), json_string_length(item), set.tokens[i], TOKEN_SIZE) != OK) {
            return err_set(ERR_INPUT, "slot %zu: must be %d bytes in base64", i, TOKEN_SIZE);
        }
    }
    if (token_set_empty(&set, count)) {
        return err_set(ERR_INPUT, "no token");
    }
    *out = set;
    return OK;
}
