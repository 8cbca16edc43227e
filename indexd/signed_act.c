// SPDX-License-Identifier: Apache-2.0
// A signed act and what it does, in one transaction.
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "indexd/engine.h"
#include "indexd/job.h"

struct signed_act {
    const struct act *act;
    struct bytes document;
    job_run effect;
    void *ctx;
};

static void put_act(struct job *job, const struct signed_act *given) {
    const struct act *act = given->act;
    struct record record = {.kind = RECORD_SIGNED, .document = given->document};
    assert(act->signer_count <= 2);
    (void)snprintf(record.texts[0], sizeof record.texts[0], "%s", act->name);
    for (size_t i = 0; i < act->signer_count; i++) {
        urn_format(&act->signers[i].identity, record.texts[i + 1]);
    }
    memcpy(record.nonce, act->nonce, sizeof record.nonce);
    job_put(job, &record);
}

static void run_act(struct job *job, void *ctx) {
    const struct signed_act *given = ctx;
    uint64_t before = store_get_nonce(job->txn, given->act->nonce);
    if (before != 0) {
        store_fail(job->txn, err_set(ERR_EXISTS, "this act was carried out before, by record %llu of the journal",
                                     (unsigned long long)before));
    }
    if (store_error(job->txn) != OK) {
        return;
    }
    put_act(job, given);
    if (given->effect != NULL && store_error(job->txn) == OK) {
        given->effect(job, given->ctx);
    }
}

err_t engine_act(struct engine *engine, const struct act *act, struct bytes document, job_run effect, void *ctx) {
    struct signed_act given = {act, document, effect, ctx};
    return engine_run_job(engine, run_act, &given);
}
