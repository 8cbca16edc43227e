// SPDX-License-Identifier: Apache-2.0
// The reply to a question, of POST /v1/questions and of POST /v1/involvements that asks.
//
// A reply's length depends on the number of children alone: each answer is padded with spaces after its closing quote
// to the width of the longest, and everything else has a fixed width.
#ifndef PROTO_ANSWERS_H
#define PROTO_ANSWERS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/limits.h"

enum answer { ANSWER_NO, ANSWER_POSSIBLY, ANSWER_PREVIOUSLY, ANSWER_YES, ANSWER_COUNT };
const char *answer_text(enum answer answer);
err_t answer_parse(const char *text, enum answer *out); // ERR_INPUT

// A reference: 10 characters of Crockford's base32 (50 random bits), "7G2K9-QXM4T" with a hyphen in the middle.
#define REFERENCE_TEXT_SIZE 12
void reference_new(char out[REFERENCE_TEXT_SIZE]);
bool reference_valid(const char *text); // exactly that form, upper case

struct answers {
    uint8_t store_id[STORE_ID_SIZE];
    char reference[REFERENCE_TEXT_SIZE];
    int64_t answered_at; // seconds
    size_t count;        // 1..MAX_CHILDREN
    enum answer answers[MAX_CHILDREN];
};
err_t answers_write(const struct answers *answers, struct buf *out); // ERR_MEMORY
err_t answers_read(struct bytes text, struct answers *out);          // ERR_INPUT

// For replies that hold answers among other things: appends the members "reference", "answered_at" and "answers",
// without braces; and takes the first and the last from a document that has been read.
void answers_put_members(const struct answers *answers, struct buf *out);
err_t answers_take_members(const char *reference, const json_t *array, struct answers *out);

#endif
