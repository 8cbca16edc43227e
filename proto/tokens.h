// SPDX-License-Identifier: Apache-2.0
// The tokens of one record, as messages carry them: an array with one text of base64 for each slot of the scheme's set.
// While the scheme's key is being exchanged a record has the tokens of two epochs, one set behind the other.
#ifndef PROTO_TOKENS_H
#define PROTO_TOKENS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/limits.h"

// The epochs whose tokens a request carries, newest first: 1 or 2 of them.
struct token_epochs {
    size_t count;
    uint32_t numbers[MAX_TOKEN_EPOCHS];
};
static inline struct token_epochs token_epoch(uint32_t number) { // one alone
    return (struct token_epochs){.count = 1, .numbers = {number}};
}
bool token_epochs_have(const struct token_epochs *epochs, uint32_t number);
err_t token_epochs_check(const struct token_epochs *epochs);               // ERR_INPUT names the field
void token_epochs_put(const struct token_epochs *epochs, struct buf *out); // the member "epochs"
err_t token_epochs_read(const json_t *array, struct token_epochs *out);

// One token for each slot of each epoch; an empty slot is all zero, and so are those beyond `count`.
struct token_set {
    uint8_t tokens[MAX_TOKENS][TOKEN_SIZE];
};

bool token_set_empty(const struct token_set *set, size_t count);
void token_set_put(const struct token_set *set, size_t count, struct buf *out);
// ERR_INPUT unless the array holds exactly `count` tokens, one of them at least not empty.
err_t token_set_read(const json_t *array, size_t count, struct token_set *out);

#endif
