// SPDX-License-Identifier: Apache-2.0
// POST /v1/questions of the index: is anyone else working with these children?
//
// A reply's length depends on the number of children alone: each answer is padded with spaces after its closing quote
// to the width of the longest.
#ifndef PROTO_QUESTION_H
#define PROTO_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/limits.h"

enum answer { ANSWER_NO, ANSWER_POSSIBLY, ANSWER_PREVIOUSLY, ANSWER_YES };
const char *answer_text(enum answer answer);
err_t answer_parse(const char *text, enum answer *out);

enum purpose {
    PURPOSE_EARLY_HELP,
    PURPOSE_ASSESSMENT,
    PURPOSE_SECTION_47,
    PURPOSE_REFERRAL,
    PURPOSE_LOOKED_AFTER,
    PURPOSE_HEALTH_VISIT,
    PURPOSE_POLICE_REPORT,
    PURPOSE_CASELOAD,
    PURPOSE_CANARY,
    PURPOSE_COUNT,
};
const char *purpose_text(enum purpose purpose);
err_t purpose_parse(const char *text, enum purpose *out);

// The tokens of one record: one for each slot of the scheme's set; an empty slot is all zero.
struct token_set {
    uint8_t tokens[MAX_SLOTS][TOKEN_SIZE];
};

struct question {
    enum purpose purpose;
    char on_behalf_of[MAX_ID + 1]; // a person's id; empty when absent
    size_t slots;                  // of every child
    size_t count;                  // 1..MAX_CHILDREN
    struct token_set *children;
};
err_t question_write(const struct question *question, struct buf *out);
// `slots` is the scheme's number: any other is refused, and so is a child without a single token. Frees nothing that the
// caller gave; question_free the result.
err_t question_read(struct bytes text, size_t slots, struct question *out);
void question_free(struct question *question);

// A reference: 10 characters of Crockford's base32 (50 random bits), "7G2K9-QXM4T" with a hyphen in the middle.
#define REFERENCE_TEXT_SIZE 12
struct answers {
    uint8_t store_id[STORE_ID_SIZE];
    char reference[REFERENCE_TEXT_SIZE];
    int64_t answered_at; // seconds
    size_t count;
    enum answer answers[MAX_CHILDREN];
};
err_t answers_write(const struct answers *answers, struct buf *out);
err_t answers_read(struct bytes text, struct answers *out);
void reference_new(char out[REFERENCE_TEXT_SIZE]);

#endif
