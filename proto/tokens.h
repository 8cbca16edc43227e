// SPDX-License-Identifier: Apache-2.0
// The tokens of one record, as messages carry them: an array with one text of base64 for each slot of the scheme's set.
#ifndef PROTO_TOKENS_H
#define PROTO_TOKENS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/limits.h"

// One token for each slot; an empty slot is all zero, and so are those beyond the scheme's number.
struct token_set {
    uint8_t tokens[MAX_SLOTS][TOKEN_SIZE];
};

bool token_set_empty(const struct token_set *set, size_t slots);
void token_set_put(const struct token_set *set, size_t slots, struct buf *out);
// ERR_INPUT unless the array holds exactly `slots` tokens, one of them at least not empty.
err_t token_set_read(const json_t *array, size_t slots, struct token_set *out);

#endif
