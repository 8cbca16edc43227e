// SPDX-License-Identifier: Apache-2.0
// The cryptography of one batch of match values: blinding, the check of one holder's reply, and the tokens from t valid
// replies. Each step is a job that may run on any thread; the struct says which job may touch what.
#ifndef CLIENT_BATCH_H
#define CLIENT_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "client/derive.h"
#include "client/pool.h"
#include "keys/descriptor.h"
#include "keys/oprf.h"
#include "proto/evaluation.h"

struct batch;

struct batch_job {
    struct pool_job pool; // first, so that a pool_job is its batch_job
    struct batch *batch;
    void (*then)(void *ctx, struct batch_job *job); // on the submitting thread, when the job has ended
    err_t err;                                      // the job's outcome and its reason
    char detail[200];
};

struct batch_reply { // one holder's reply to one batch
    struct batch_job job;
    size_t holder; // 1..n
    const uint8_t *public_key;
    struct buf body;                 // the reply as it came
    struct evaluation_reply *parsed; // set by the check when job.err is OK
};

struct batch {
    struct batch_job job; // blinding, later finishing: never both
    const struct descriptor *descriptor;
    bool subject_access;
    const struct derive_value *values; // borrowed
    size_t count;                      // 1..MAX_ELEMENTS
    size_t turn;                       // which holder is asked first
    struct batch *next_ready;
    uint32_t asked;   // a bit for each holder
    uint32_t put_off; // and one for each that was asked and is too busy
    size_t checking, valid;
    struct batch_reply replies[MAX_HOLDERS];
    struct buf body; // the request, the same for every holder
    uint8_t blinds[MAX_ELEMENTS][OPRF_SCALAR_SIZE];
    uint8_t blinded[MAX_ELEMENTS][OPRF_ELEMENT_SIZE];
    uint8_t tokens[MAX_ELEMENTS][TOKEN_SIZE];
};

void batch_free(struct batch *batch); // wipes what it holds; not the struct itself

// The jobs; each is the pool.run of its batch_job.
void batch_blind(struct pool_job *job);
void batch_check(struct pool_job *job);  // of a batch_reply
void batch_finish(struct pool_job *job); // with at least `threshold` valid replies

#endif
