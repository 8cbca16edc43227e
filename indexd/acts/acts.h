// SPDX-License-Identifier: Apache-2.0
// What signed acts (proto/act.h) do at a running index: one row of a table each, with who must sign it, and one file
// for each group. Every act goes the same way: signatures, certificates, roster and deny list, number of signers,
// scheme and store, times; then its own arguments; then, in one transaction, the act into the journal and what it does.
#ifndef INDEXD_ACTS_ACTS_H
#define INDEXD_ACTS_ACTS_H

#include <jansson.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/json.h"
#include "indexd/job.h"
#include "indexd/service.h"
#include "proto/act.h"

struct act_call {
    struct service *service;
    const struct act *act;
    struct bytes document;   // as it was signed
    struct bytes attachment; // what was given beside it; may be empty
    json_t *reply;
};

// Runs the act of `document`. ERR_DENIED: signers; ERR_EXISTS: carried out before; ERR_EXPIRED, ERR_SIGNATURE,
// ERR_INPUT. What is refused is written to the journal as a refusal.
err_t acts_run(struct service *service, struct bytes document, struct bytes attachment, json_t *reply);

// For the files of the acts: the arguments by their table, the attachment whose SHA-256 is the argument "sha256", and
// the last step. Arguments are texts, so that whoever signs can read them.
err_t act_arguments(const struct act_call *call, const struct json_field *fields, size_t count);
err_t act_attachment(const struct act_call *call, const uint8_t digest[32]); // ERR_INPUT: another one, or none
err_t act_carry_out(const struct act_call *call, job_run effect, void *ctx);

err_t act_journal_destroy_key(struct act_call *call); // journal.c
err_t act_agency_purge(struct act_call *call);        // purge.c
err_t act_shield_add(struct act_call *call);          // shield.c
err_t act_subject_access(struct act_call *call);      // subject.c
err_t act_shield_lift(struct act_call *call);         // shield.c
err_t act_unblock(struct act_call *call);             // unblock.c
err_t act_decommission(struct act_call *call);        // decommission.c

#endif
