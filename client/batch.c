// SPDX-License-Identifier: Apache-2.0
#include "client/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "client/combine.h"
#include "keys/threshold.h"
#include "keys/token.h"

// The detail of an error belongs to the thread that met it, so that it travels in the job.
static void job_end(struct batch_job *job, err_t err) {
    job->err = err;
    if (err != OK) {
        snprintf(job->detail, sizeof job->detail, "%s", err_detail());
    }
}

static err_t input_of(const struct batch *batch, size_t i, struct buf *out) {
    const struct descriptor *descriptor = batch->descriptor;
    buf_reset(out);
    return token_input(descriptor->scheme, descriptor->epoch, batch->values[i].slot, batch->values[i].value, out);
}

static err_t blind_all(struct batch *batch) {
    struct buf input = {0};
    err_t err = OK;
    for (size_t i = 0; i < batch->count && err == OK; i++) {
        err = input_of(batch, i, &input);
        if (err == OK) {
            err = oprf_blind(buf_bytes(&input), batch->blinds[i], batch->blinded[i]);
        }
    }
    buf_free(&input);
    return err;
}

static err_t write_request(struct batch *batch) {
    struct evaluation_request *request = calloc(1, sizeof *request);
    if (request == NULL) {
        return err_set(ERR_MEMORY, "no memory for a request");
    }
    request->epoch = batch->descriptor->epoch;
    request->generation = batch->descriptor->generation;
    request->count = batch->count;
    request->subject_access = batch->subject_access;
    memcpy(request->elements, batch->blinded, batch->count * OPRF_ELEMENT_SIZE);
    err_t err = evaluation_request_write(request, &batch->body);
    free(request);
    return err;
}

void batch_blind(struct pool_job *job) {
    struct batch *batch = ((struct batch_job *)job)->batch;
    err_t err = blind_all(batch);
    if (err == OK) {
        err = write_request(batch);
    }
    job_end(&batch->job, err);
}

// A reply must be of the holder that was asked: otherwise one holder could stand in for t of them.
static err_t check_names(const struct batch *batch, const struct batch_reply *reply,
                         const struct evaluation_reply *parsed) {
    const struct descriptor *descriptor = batch->descriptor;
    if (parsed->holder != reply->holder) {
        return err_set(ERR_PROOF, "answered as another holder");
    }
    if (parsed->epoch != descriptor->epoch || parsed->generation != descriptor->generation) {
        return err_set(ERR_STALE, "answered for another epoch or generation of the key");
    }
    if (parsed->count != batch->count) {
        return err_set(ERR_PROOF, "answered with another number of elements");
    }
    return OK;
}

static err_t check_reply(const struct batch *batch, struct batch_reply *reply, struct evaluation_reply *parsed) {
    err_t err = evaluation_reply_read(buf_bytes(&reply->body), parsed);
    if (err != OK) {
        return err_prefix(err, "unreadable reply");
    }
    err = check_names(batch, reply, parsed);
    if (err != OK) {
        return err;
    }
    err = oprf_verify_proof(reply->public_key, (const uint8_t(*)[OPRF_ELEMENT_SIZE])batch->blinded,
                            (const uint8_t(*)[OPRF_ELEMENT_SIZE])parsed->elements, batch->count, parsed->proof);
    return err == OK ? OK : err_set(ERR_PROOF, "its proof is not valid");
}

void batch_check(struct pool_job *job) {
    struct batch_reply *reply = (struct batch_reply *)job;
    struct evaluation_reply *parsed = calloc(1, sizeof *parsed);
    err_t err =
        parsed == NULL ? err_set(ERR_MEMORY, "no memory for a reply") : check_reply(reply->job.batch, reply, parsed);
    if (err == OK) {
        reply->parsed = parsed;
    } else {
        free(parsed);
    }
    buf_free(&reply->body);
    job_end(&reply->job, err);
}

// The t replies that are combined: the first valid ones.
struct chosen {
    size_t t;
    size_t indices[MAX_HOLDERS];
    const uint8_t (*elements[MAX_HOLDERS])[OPRF_ELEMENT_SIZE];
};

static void choose(const struct batch *batch, struct chosen *out) {
    out->t = 0;
    for (size_t i = 0; i < MAX_HOLDERS && out->t < batch->descriptor->threshold; i++) {
        const struct batch_reply *reply = &batch->replies[i];
        if (reply->parsed != NULL) {
            out->indices[out->t] = reply->holder;
            out->elements[out->t++] = (const uint8_t(*)[OPRF_ELEMENT_SIZE])reply->parsed->elements;
        }
    }
}

// One element's output: the short way where the combination is small, otherwise from what was combined before.
static err_t finalize_one(const struct batch *batch, const struct chosen *chosen, const struct combination *small,
                          const uint8_t (*combined)[OPRF_ELEMENT_SIZE], size_t i, struct bytes input,
                          uint8_t out[OPRF_OUTPUT_SIZE]) {
    const uint8_t *evaluated[MAX_HOLDERS];
    if (small == NULL) {
        return oprf_finalize(input, batch->blinds[i], combined[i], out);
    }
    for (size_t h = 0; h < chosen->t; h++) {
        evaluated[h] = chosen->elements[h][i];
    }
    return combination_finalize(small, input, batch->blinds[i], evaluated, out);
}

static err_t finalize_all(struct batch *batch, const struct chosen *chosen, const struct combination *small,
                          const uint8_t (*combined)[OPRF_ELEMENT_SIZE]) {
    struct buf input = {0};
    uint8_t output[OPRF_OUTPUT_SIZE];
    err_t err = OK;
    for (size_t i = 0; i < batch->count && err == OK; i++) {
        err = input_of(batch, i, &input);
        if (err == OK) {
            err = finalize_one(batch, chosen, small, combined, i, buf_bytes(&input), output);
        }
        if (err == OK) {
            err = token_of_output(output, batch->tokens[i]);
        }
    }
    secret_wipe(output, sizeof output);
    buf_free(&input);
    return err;
}

void batch_finish(struct pool_job *job) {
    struct batch *batch = ((struct batch_job *)job)->batch;
    uint8_t combined[MAX_ELEMENTS][OPRF_ELEMENT_SIZE];
    struct chosen chosen;
    struct combination small;
    choose(batch, &chosen);
    bool is_small = combination_of(chosen.indices, chosen.t, &small);
    err_t err = is_small ? OK : threshold_combine(chosen.indices, chosen.t, chosen.elements, batch->count, combined);
    if (err == OK) {
        err = finalize_all(batch, &chosen, is_small ? &small : NULL, (const uint8_t(*)[OPRF_ELEMENT_SIZE])combined);
    }
    job_end(&batch->job, err);
}

void batch_free(struct batch *batch) {
    for (size_t i = 0; i < MAX_HOLDERS; i++) {
        buf_free(&batch->replies[i].body);
        free(batch->replies[i].parsed);
        batch->replies[i].parsed = NULL;
    }
    buf_free(&batch->body);
    secret_wipe(batch->blinds, sizeof batch->blinds);
    secret_wipe(batch->tokens, sizeof batch->tokens);
}
