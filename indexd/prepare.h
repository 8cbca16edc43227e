// SPDX-License-Identifier: Apache-2.0
// The part of an operation's work that needs no store: checking it, and computing its tags. Any thread.
#ifndef INDEXD_PREPARE_H
#define INDEXD_PREPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "indexd/budget.h"
#include "indexd/engine.h"
#include "indexd/pepper.h"
#include "indexd/tags.h"
#include "proto/limits.h"

// Of every epoch that the index takes, one set of slots behind the other: place p is slot p % slots.
struct prepared_tokens {
    bool given[MAX_TOKENS]; // the slot is not empty
    uint64_t child[MAX_TOKENS];
    uint8_t agency[MAX_TOKENS][AGENCY_TAG_SIZE]; // the actor's, under that child tag
};

struct prepared_item {
    struct prepared_tokens tokens;
    struct prepared_tokens old_tokens; // replace only
    uint8_t record[RECORD_TAG_SIZE];   // changes only
    bool canary;                       // asked about to test the index, and free
};

struct prepared {
    size_t count;
    size_t width;   // places of each set of tokens
    size_t next;    // the first change that was not decided yet
    size_t charged; // children that are not canaries
    bool reserve;   // asked beyond the limits
    err_t refused;  // ERR_BUDGET: not decided, for this reason
    struct refusal refusal;
    struct prepared_item items[];
};

// Marks the canaries among those that are asked about: a child that has one slot alone, with the descriptor's token.
void prepare_canaries(struct prepared *prepared, const struct operation *operation,
                      const struct descriptor *descriptor);

// `served` are the epochs whose tokens the index takes. Tokens of others are passed over; but who knows the newest of
// them must send all of them, and somebody must send one: ERR_STALE. ERR_INPUT, ERR_DENIED (the reserved agency),
// ERR_MEMORY, ERR_CRYPTO. free() the result.
err_t prepare(struct pepper *pepper, const struct operation *operation, size_t slots, const struct token_epochs *served,
              struct prepared **out);

// The parts of it, for one set of tokens of `sets` epochs.
err_t prepare_tokens(struct pepper_context *context, const char *agency, const struct token_set *tokens, size_t slots,
                     size_t sets, struct prepared_tokens *out);

#endif
