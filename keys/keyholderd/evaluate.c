// SPDX-License-Identifier: Apache-2.0
#include "keys/keyholderd/evaluate.h"

#include <string.h>

#include "keys/oprf.h"
#include "keys/threshold.h"

_Static_assert(MAX_ELEMENTS == OPRF_MAX_BATCH && ELEMENT_SIZE == OPRF_ELEMENT_SIZE && PROOF_SIZE == OPRF_PROOF_SIZE,
               "a request is one batch under one proof");

static err_t check_names(const struct share *share, const struct descriptor *descriptor) {
    if (strcmp(share->scheme, descriptor->scheme) != 0) {
        return err_set(ERR_INPUT, "the share is of the scheme %s, the descriptor of %s", share->scheme,
                       descriptor->scheme);
    }
    if (share->epoch != descriptor->epoch || share->generation != descriptor->generation) {
        return err_set(ERR_STALE, "the share is of epoch %u, generation %u, the descriptor of epoch %u, generation %u",
                       share->epoch, share->generation, descriptor->epoch, descriptor->generation);
    }
    if (share->holder < 1 || share->holder > descriptor->holder_count) {
        return err_set(ERR_INPUT, "the share is holder %u's, and the descriptor has %zu holders", share->holder,
                       descriptor->holder_count);
    }
    return OK;
}

err_t evaluator_init(const struct share *share, const struct descriptor *descriptor, struct evaluator *out) {
    struct threshold_commitments commitments = {.t = descriptor->threshold};
    struct evaluator evaluator = {.share = share};
    memcpy(commitments.points, descriptor->commitments, sizeof(commitments.points));
    err_t err = check_names(share, descriptor);
    if (err == OK) {
        err = threshold_check_share(&commitments, share->holder, share->scalar);
    }
    if (err == OK) {
        err = oprf_public_key(share->scalar, evaluator.public_key);
    }
    if (err == OK) {
        *out = evaluator;
    }
    return err;
}

err_t evaluate(const struct evaluator *evaluator, const struct evaluation_request *request,
               struct evaluation_reply *out) {
    const struct share *share = evaluator->share;
    if (request->epoch != share->epoch || request->generation != share->generation) {
        return err_set(ERR_STALE, "this holder serves epoch %u, generation %u", share->epoch, share->generation);
    }
    err_t err = oprf_blind_evaluate(share->scalar, evaluator->public_key,
                                    (const uint8_t(*)[OPRF_ELEMENT_SIZE])request->elements, request->count, NULL,
                                    out->elements, out->proof);
    if (err == OK) {
        out->holder = share->holder;
        out->epoch = share->epoch;
        out->generation = share->generation;
        out->count = request->count;
    }
    return err;
}

void evaluator_describe(const struct evaluator *evaluator, const struct descriptor *descriptor, struct key_reply *out) {
    const struct share *share = evaluator->share;
    *out = (struct key_reply){.holder = share->holder,
                              .epoch = share->epoch,
                              .generation = share->generation,
                              .threshold = descriptor->threshold,
                              .descriptor_version = descriptor->version};
    memcpy(out->scheme, descriptor->scheme, sizeof(out->scheme));
    memcpy(out->public_key, evaluator->public_key, sizeof(out->public_key));
}
