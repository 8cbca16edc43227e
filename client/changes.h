// SPDX-License-Identifier: Apache-2.0
// Changes of the agency's own involvements: one change for each record (alias) of a child, all under the child's
// handle. Every action may be repeated, so that whatever did not get through is simply sent again.
#ifndef CLIENT_CHANGES_H
#define CLIENT_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/caseload.h"
#include "client/handle.h"
#include "client/outcome.h"
#include "client/questions.h"
#include "client/session.h"
#include "proto/involvement.h"

struct change_order {
    enum action action;
    const uint8_t *handle_key; // HANDLE_KEY_SIZE bytes
    const struct ask *ask; // ACTION_OPEN only: the question is answered in the transaction of the change; NULL: none
};

struct change_outcome {
    enum cause cause;          // CAUSE_NONE: the index has decided
    char detail[512];          // why not
    enum change_result result; // when cause is CAUSE_NONE; RESULT_NOT_FOUND: nothing was changed
    struct outcome answer;     // when asked
};

// `was`: ACTION_REPLACE only: the same children with the details under which they are registered, child for child.
// Always fills outcomes[0..count). After a failure that concerns all, the rest is not sent and shares its outcome.
void changes_send(struct session *session, const struct change_order *order, const struct caseload_child *children,
                  const struct caseload_child *was, size_t count, struct progress progress,
                  struct change_outcome *outcomes);

// One request and its reply, which answers for every change and comes from the session's store. The errors of
// session_post and session_check_store; ERR_UNAVAILABLE for a reply of another length.
err_t changes_post(struct session *session, const struct involvement_request *request, struct involvement_reply *out);

#endif
