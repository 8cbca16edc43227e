// SPDX-License-Identifier: Apache-2.0
#include "proto/tokens.h"

#include <assert.h>
#include <string.h>

bool token_set_empty(const struct token_set *set, size_t slots) {
    static const struct token_set none;
    assert(slots <= MAX_SLOTS);
    return memcmp(set, &none, slots * TOKEN_SIZE) == 0;
}

void token_set_put(const struct token_set *set, size_t slots, struct buf *out) {
    for (size_t i = 0; i < slots; i++) {
        char text[BASE64_SIZE(TOKEN_SIZE)];
        base64_encode(set->tokens[i], TOKEN_SIZE, text);
        buf_put(out, i == 0 ? "[\"" : ",\"", 2);
        buf_put(out, text, sizeof text - 1);
        buf_put(out, "\"", 1);
    }
    buf_put(out, "]", 1);
}

err_t token_set_read(const json_t *array, size_t slots, struct token_set *out) {
    assert(slots >= 1 && slots <= MAX_SLOTS);
    if (!json_is_array(array) || json_array_size(array) != slots) {
        return err_set(ERR_INPUT, "must be an array of exactly %zu tokens", slots);
    }
    struct token_set set = {0};
    for (size_t i = 0; i < slots; i++) {
        const json_t *item = json_array_get(array, i);
        if (!json_is_string(item) ||
            base64_decode(json_string_value(item), json_string_length(item), set.tokens[i], TOKEN_SIZE) != OK) {
            return err_set(ERR_INPUT, "slot %zu: must be %d bytes in base64", i, TOKEN_SIZE);
        }
    }
    if (token_set_empty(&set, slots)) {
        return err_set(ERR_INPUT, "no token");
    }
    *out = set;
    return OK;
}
