// SPDX-License-Identifier: Apache-2.0
// What the files behind signpost.h share: how a call is tried, and how what came of it becomes a reply.
#ifndef CLIENT_LIBRARY_H
#define CLIENT_LIBRARY_H

#include "client/given.h"
#include "client/questions.h"
#include "client/signpost.h"
#include "client/standing.h"

struct signpost {
    struct standing *standing;
};

// What one attempt at a call came to. One that did nothing on a session that was opened earlier is made once more on a
// new session: the scheme may have moved on since.
struct attempt {
    bool fresh;
    size_t done;
};
bool attempt_again(const struct standing *standing, const struct attempt *attempt);

enum signpost_problem problem_of_cause(enum cause cause);
// Ends a call: keeps the reason for signpost_reason and returns the problem.
enum signpost_problem library_end(enum signpost_problem problem, const char *reason);

// A question's words, checked. ERR_INPUT.
err_t library_question(const struct standing *standing, const struct signpost_question *question, struct ask *out);

// A reply from an outcome and what was noted of the child; `session` is open.
void reply_of_outcome(const struct session *session, const struct outcome *outcome, const struct caseload_child *child,
                      const struct given_note *note, struct signpost_reply *out);
void reply_not_answered(enum signpost_problem problem, const char *reason, struct signpost_reply *out);
// "first; second", or the one that there is.
void library_join(const char *first, const char *second, char out[SIGNPOST_REASON_SIZE]);

#endif
