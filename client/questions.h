// SPDX-License-Identifier: Apache-2.0
// Questions about children, and answers that may be believed.
//
// The scheme's canaries travel in the first question of a session: one child for each slot, that has this slot alone.
// Unless the index answers `yes` for the sure slots and `possibly` for the others, nothing that it says is believed. A
// child with aliases is asked record by record and gets one answer, the strongest.
#ifndef CLIENT_QUESTIONS_H
#define CLIENT_QUESTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "client/caseload.h"
#include "client/outcome.h"
#include "client/session.h"
#include "proto/question.h"

struct ask {
    enum purpose purpose;
    const char *on_behalf_of; // NULL: nobody
};

// Always fills outcomes[0..count). `progress` counts children. After a failure that concerns all, the children that are
// left are not asked, and share its outcome.
void questions_ask(struct session *session, const struct ask *ask, const struct caseload_child *children, size_t count,
                   struct progress progress, struct outcome *outcomes);

// Asks for the canaries alone, where they have not passed yet: before answers that come by another way are believed.
// False: they do not pass, for the reason in *failure.
bool questions_canaries(struct session *session, struct outcome *failure);

enum answer answer_strongest(enum answer a, enum answer b);
// No record of the child has an NHS number or a UPN.
bool child_without_identifier(const struct match_set *set, const struct caseload_child *child);

// For progress that counts children while a part of them is being worked at.
struct child_progress {
    struct progress outer;
    size_t before, children, total;
};
struct progress child_progress(struct child_progress *progress);

#endif
