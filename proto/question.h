// SPDX-License-Identifier: Apache-2.0
// POST /v1/questions of the index: is anyone else working with these children? The reply is in proto/answers.h.
#ifndef PROTO_QUESTION_H
#define PROTO_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/answers.h"
#include "proto/limits.h"
#include "proto/tokens.h"

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
err_t purpose_parse(const char *text, enum purpose *out); // ERR_INPUT

struct question {
    enum purpose purpose;
    char on_behalf_of[MAX_ID + 1]; // a person's id; empty when absent
    size_t slots;                  // of the scheme's set
    struct token_epochs epochs;    // every child has `slots` tokens for each of them
    size_t count;                  // 1..MAX_CHILDREN
    struct token_set *children;
};
// ERR_INPUT for what question_read would refuse; then nothing was appended.
err_t question_write(const struct question *question, struct buf *out);
// `slots` is the scheme's number: any other is refused, and so is a child without a single token. Frees nothing that
// the caller gave; question_free the result.
err_t question_read(struct bytes text, size_t slots, struct question *out);
void question_free(struct question *question);

// For requests that ask among other things: the members "purpose" and "on_behalf_of", without braces. When read, an
// absent person is NULL; in our structs it is empty.
err_t question_take_members(const char *purpose, const char *on_behalf_of, enum purpose *out_purpose,
                            char out_on_behalf_of[MAX_ID + 1]);
err_t question_check_members(enum purpose purpose, const char *on_behalf_of); // ERR_INPUT: not to be written
void question_put_members(enum purpose purpose, const char *on_behalf_of, struct buf *out);

#endif
