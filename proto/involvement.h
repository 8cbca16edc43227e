// SPDX-License-Identifier: Apache-2.0
// POST /v1/involvements of the index: changes of an agency's own records, and on request the question about the same
// children, answered inside the transaction that holds the changes.
#ifndef PROTO_INVOLVEMENT_H
#define PROTO_INVOLVEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/question.h"

enum action { ACTION_OPEN, ACTION_REPLACE, ACTION_RENEW, ACTION_CLOSE, ACTION_WITHDRAW, ACTION_COUNT };
const char *action_text(enum action action);

struct change {
    enum action action;
    uint8_t handle[HANDLE_SIZE];
    struct token_set tokens;
    struct token_set old_tokens; // replace only
    bool previous;               // open only: registers an involvement that has already ended
    bool quiet;                  // open and replace: never counts in anybody's answer
};

struct involvement_request {
    bool ask; // with `purpose`
    enum purpose purpose;
    char on_behalf_of[MAX_ID + 1];
    size_t slots;
    struct token_epochs epochs; // every change has `slots` tokens for each of them
    bool moved;                 // with these changes all that the agency holds is registered under all of `epochs`
    size_t count;               // 1..MAX_CHILDREN; 0, without `ask`: all is as it was, and the feed counts as fresh
    struct change *changes;
};
// ERR_INPUT for what involvement_request_read would refuse; then nothing was appended.
err_t involvement_request_write(const struct involvement_request *request, struct buf *out);
// `slots` is the scheme's number. ERR_INPUT names the change and the field. involvement_request_free the result.
err_t involvement_request_read(struct bytes text, size_t slots, struct involvement_request *out);
void involvement_request_free(struct involvement_request *request);

enum change_result {
    RESULT_OPENED,
    RESULT_REPLACED,
    RESULT_RENEWED,
    RESULT_CLOSED,
    RESULT_WITHDRAWN,
    RESULT_UNCHANGED, // already so: the request was repeated
    RESULT_NOT_FOUND, // this agency has no record of that handle under these tokens; nothing was changed
    RESULT_COUNT,
};
const char *change_result_text(enum change_result result);

struct involvement_reply {
    struct answers answers; // count 0 when nothing was asked, otherwise as many as results; store_id always
    size_t count;           // 0..MAX_CHILDREN
    enum change_result results[MAX_CHILDREN];
};
// As constant in length as answers are: each result is padded to the width of the longest.
err_t involvement_reply_write(const struct involvement_reply *reply, struct buf *out);
err_t involvement_reply_read(struct bytes text, struct involvement_reply *out);

#endif
