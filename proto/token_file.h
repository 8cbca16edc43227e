// SPDX-License-Identifier: Apache-2.0
// The tokens of one child, as an authorised person's client derives them for an act at the index: a shield, or the
// child's own right of access. They are personal data: the file is 0600, and to be removed when the act is done.
//   {"tokens_for": "shield" | "subject-access", "scheme": ..., "slots": ..., "epochs": [...], "children": [[token,
//   ...],
//   ...],
//    "records": [{"agency": ..., "handle": ...}, ...],
//    "retired": [{"epoch": ..., "children": [[token, ...], ...]}, ...]}
// One child stands there by each of its names, with the tokens of each epoch in turn. Records are named by agency and
// handle; there may be none. For a subject access alone the same names stand there under retired keys too, newest
// first.
#ifndef PROTO_TOKEN_FILE_H
#define PROTO_TOKEN_FILE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/tokens.h"

#define TOKEN_FILE_SHIELD "shield"
#define TOKEN_FILE_SUBJECT_ACCESS "subject-access"
#define TOKEN_FILE_MAX_CHILDREN 64
#define TOKEN_FILE_MAX_RECORDS 64

struct token_record {
    char agency[MAX_ID + 1];
    uint8_t handle[HANDLE_SIZE];
};

struct token_retired { // the same children, by the key of an epoch that is over
    uint32_t epoch;
    struct token_set children[TOKEN_FILE_MAX_CHILDREN];
};

struct token_file {
    char scheme[MAX_ID + 1];
    struct token_epochs epochs;
    size_t slots, child_count, record_count;
    struct token_set children[TOKEN_FILE_MAX_CHILDREN];
    struct token_record records[TOKEN_FILE_MAX_RECORDS];
    size_t retired_count;
    struct token_retired retired[MAX_RETIRED];
};

err_t token_file_write(const struct token_file *file, const char *use, struct buf *out); // appends
// ERR_INPUT, also for a file that was made for another use.
err_t token_file_read(struct bytes text, const char *use, struct token_file *out);

#endif
