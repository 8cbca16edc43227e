// SPDX-License-Identifier: Apache-2.0
// One request to /v1/questions, with the canaries in front where they have not passed in this session.
#ifndef CLIENT_CANARIES_H
#define CLIENT_CANARIES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "client/questions.h"
#include "client/session.h"

struct guarded_question {
    struct token_set children[MAX_CHILDREN]; // the canaries first
    size_t canaries;
    size_t count; // with the canaries
    struct answers answers;
};

// Lays the canaries, if they are due; the caller adds children up to MAX_CHILDREN.
void guarded_begin(const struct session *session, struct guarded_question *question);
// Sends; the reply's number of answers and its store are checked. Errors of session_post; ERR_UNAVAILABLE.
err_t guarded_send(struct session *session, const struct ask *ask, struct guarded_question *question);
// Whether the answers may be believed, from now on in this session.
bool guarded_believable(struct session *session, const struct guarded_question *question);
// The outcome of a question that may not be.
void canaries_failed(const struct guarded_question *question, struct outcome *out);

#endif
