// SPDX-License-Identifier: Apache-2.0
// The act "unblock": a person or an agency that came to a daily cap may ask again, and the caps count anew.
#include "indexd/acts/acts.h"

#include <string.h>

#include "indexd/blocks.h"

struct unblock {
    char account[ACCOUNT_NAME_SIZE];
    char who[MAX_URN + 1]; // signed it
};

static void lift(struct job *job, void *ctx) {
    const struct unblock *unblock = ctx;
    struct block_facts facts;
    struct record record = {.kind = RECORD_BLOCK};
    if (!store_get_block(job->txn, unblock->account, &facts)) {
        store_fail(job->txn, err_set(ERR_NOT_FOUND, "nobody of this identity is blocked"));
        return;
    }
    memcpy(record.texts[0], unblock->account, sizeof unblock->account);
    memcpy(record.texts[1], BLOCK_LIFTED, sizeof BLOCK_LIFTED);
    memcpy(record.texts[2], unblock->who, sizeof unblock->who);
    job_put(job, &record);
}

err_t act_unblock(struct act_call *call) {
    const char *identity = NULL;
    const struct json_field fields[] = {{"who", JSON_FIELD_TEXT, true, MAX_URN, &identity}};
    struct unblock unblock = {0};
    struct urn urn;
    err_t err = act_arguments(call, fields, 1);
    if (!err) {
        err = urn_parse(identity, &urn);
    }
    if (!err && ((urn.kind != URN_AGENCY && urn.kind != URN_PERSON) || strcmp(urn.scheme, call->act->scheme) != 0)) {
        err = err_set(ERR_INPUT, "must be an agency or a person of this scheme");
    }
    if (err) {
        return err;
    }
    account_name(urn.id, urn.person, unblock.account);
    urn_format(&call->act->signers[0].identity, unblock.who);
    return act_carry_out(call, lift, &unblock);
}
