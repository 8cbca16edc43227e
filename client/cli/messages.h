// SPDX-License-Identifier: Apache-2.0
// What a practitioner reads. The words of the five answers are a contract and stand in one table.
#ifndef CLIENT_CLI_MESSAGES_H
#define CLIENT_CLI_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/err.h"
#include "client/outcome.h"
#include "client/session.h"
#include "proto/question.h"

struct answer_view {
    const struct outcome *outcome;
    const char *purpose;     // its code; NULL where it is not known yet
    const char *contacts;    // the text of the local duty lines; NULL: none are configured
    bool without_identifier; // neither NHS number nor UPN was given
    bool feeds_known;
    uint64_t feeds_fresh, feeds_total;
};

// What the index said about its feeds, where it was opened. `session` may be NULL.
void message_feeds(const struct session *session, struct answer_view *view);

// "YES. Another agency ...": one line without its newline.
void message_answer(const struct answer_view *view, struct buf *out);
// "Local contacts: ...": always there, ends in a newline.
void message_contacts(const struct answer_view *view, struct buf *out);
// "Record: ...", ends in a newline; nothing where the question got no reference.
void message_record(const struct answer_view *view, struct buf *out);

// The three, each after an empty line, the answer wrapped at `width` columns (0: not at all).
err_t message_print(FILE *out, const struct answer_view *view, size_t width);
// The same facts as one line of JSON. ERR_MEMORY, ERR_IO.
err_t message_print_json(FILE *out, const struct answer_view *view);

// "yes", "possibly", "previously", "no" or "could-not-be-answered".
const char *message_answer_code(const struct outcome *outcome);

#endif
