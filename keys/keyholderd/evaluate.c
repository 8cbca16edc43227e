// SPDX-License-Identifier: Apache-2.0
#include "keys/keyholderd/evaluate.h"

#include <string.h>

#include "keys/oprf.h"

_Static_assert(MAX_ELEMENTS == OPRF_MAX_BATCH && ELEMENT_SIZE == OPRF_ELEMENT_SIZE && PROOF_SIZE == OPRF_PROOF_SIZE,
               "a request is one batch under one proof");

err_t evaluator_init(const struct share *share, const struct descriptor *descriptor, struct evaluator *out) {
    struct evaluator evaluator = {.share = share};
    err_t err = share_belongs(share, descriptor);
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
