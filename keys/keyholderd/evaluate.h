// SPDX-License-Identifier: Apache-2.0
// What a key holder does: evaluates blinded elements with its share and proves it. A request struct in, a reply struct
// out; no network, no clock, no files. Any thread.
#ifndef KEYS_KEYHOLDERD_EVALUATE_H
#define KEYS_KEYHOLDERD_EVALUATE_H

#include "base/err.h"
#include "keys/descriptor.h"
#include "keys/share.h"
#include "proto/evaluation.h"

struct evaluator {
    const struct share *share; // borrowed, in locked memory
    uint8_t public_key[OPRF_ELEMENT_SIZE];
};

// Refuses a share that is not this descriptor's: ERR_INPUT for another scheme or a holder that it does not have,
// ERR_STALE for another epoch or generation, ERR_PROOF for a share that its commitments do not give.
err_t evaluator_init(const struct share *share, const struct descriptor *descriptor, struct evaluator *out);

// ERR_STALE for another epoch or generation than the share's, ERR_PROOF for an element that is the identity or not
// canonical.
err_t evaluate(const struct evaluator *evaluator, const struct evaluation_request *request,
               struct evaluation_reply *out);

// What GET /v1/key says.
void evaluator_describe(const struct evaluator *evaluator, const struct descriptor *descriptor, struct key_reply *out);

#endif
