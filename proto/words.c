// SPDX-License-Identifier: Apache-2.0
#include "proto/words.h"

#include <assert.h>
#include <string.h>

static err_t unknown(const struct words *words) {
    struct buf list = {0};
    for (size_t i = 0; i < words->count; i++) {
        buf_printf(&list, "%s%s", i > 0 ? ", " : "", words->text[i]);
    }
    const char *text = buf_str(&list);
    err_t err = err_set(ERR_INPUT, "must be one of %s", text != NULL ? text : "the known words");
    buf_free(&list);
    return err;
}

err_t words_find(const struct words *words, const char *text, size_t *out) {
    for (size_t i = 0; i < words->count; i++) {
        if (strcmp(text, words->text[i]) == 0) {
            *out = i;
            return OK;
        }
    }
    return unknown(words);
}

err_t words_read(const struct words *words, const json_t *item, size_t *out) {
    if (!json_is_string(item)) {
        return unknown(words);
    }
    return words_find(words, json_string_value(item), out);
}

void words_put_padded(const struct words *words, size_t value, struct buf *out) {
    assert(value < words->count);
    static const char spaces[] = "                ";
    const char *text = words->text[value];
    size_t len = strlen(text);
    assert(len <= words->width && words->width < sizeof spaces);
    buf_put(out, "\"", 1);
    buf_put(out, text, len);
    buf_put(out, "\"", 1);
    buf_put(out, spaces, words->width - len);
}
