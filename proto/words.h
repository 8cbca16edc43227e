// SPDX-License-Identifier: Apache-2.0
// The words that stand for an enum on the wire: one table for each, indexed by the enum's value.
#ifndef PROTO_WORDS_H
#define PROTO_WORDS_H

#include <jansson.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"

struct words {
    const char *const *text;
    size_t count;
    size_t width; // of the longest
};

// ERR_INPUT, with the list of the words that would do.
err_t words_find(const struct words *words, const char *text, size_t *out);
// One item of an array of words. ERR_INPUT.
err_t words_read(const struct words *words, const json_t *item, size_t *out);
// Appends the word in quotes, and spaces after the closing quote up to the width of the longest: what is written has
// the same length whatever the word.
void words_put_padded(const struct words *words, size_t value, struct buf *out);

#endif
