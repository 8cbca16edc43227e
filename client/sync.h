// SPDX-License-Identifier: Apache-2.0
// Makes the index agree with the agency's whole present caseload. The run may end anywhere, by an error or a crash: the
// next one goes on from what the state says. The state is opened by the caller and belongs to this run alone.
#ifndef CLIENT_SYNC_H
#define CLIENT_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "client/caseload.h"
#include "client/derive.h"
#include "client/outcome.h"
#include "client/session.h"
#include "client/sync_plan.h"
#include "client/sync_state.h"

struct sync_settings {
    const uint8_t *handle_key;
    uint32_t day, term_days;
    bool full;
    bool dry_run; // plans alone: the index is asked for its store and nothing else
    bool allow_shrink;
};

struct sync_refusal { // a child whose changes the index does not take
    size_t line;
    char *ref; // "" and line 0: the caseload does not have it any more
    char *reason;
};

struct sync_report {
    size_t verdicts[SYNC_VERDICT_COUNT]; // done; with dry_run: to be done
    size_t not_done;
    size_t missing;         // of the plan
    size_t elsewhere;       // of the plan
    size_t unmoved;         // during a rotation: records that are registered under the older key alone
    struct outcome failure; // why not, where it was not about single children; CAUSE_NONE: it was
    struct sync_refusal *refusals;
    size_t refusal_count;
};

// `state` NULL only with dry_run: nothing is registered yet. OK also for a run that ended early, with the reason in the
// report; ERR_DENIED: the caseload shrank too much; the errors of session_need_index, and of the state.
err_t sync_run(struct session *session, const struct sync_settings *settings, const struct caseload *caseload,
               struct sync_state *state, struct progress progress, struct sync_report *out);
void sync_report_free(struct sync_report *report);

#endif
