// SPDX-License-Identifier: Apache-2.0
// What one agency's system knows of its own records while its index is killed again and again: for each child what was
// acknowledged last, and what was in hand when no reply came. One thread at a time.
#ifndef BENCH_KILLS_MODEL_H
#define BENCH_KILLS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keys/descriptor.h"
#include "proto/answers.h"
#include "proto/involvement.h"

#define MODEL_CHILDREN 24

enum standing { ABSENT, CURRENT, ENDED };

struct standing_of { // a child's record: whether there is one, and under the tokens of which version
    enum standing standing;
    unsigned version;
};

struct model {
    unsigned writer; // no two have a child in common
    uint64_t random;
    struct {
        struct standing_of acknowledged, pending;
        bool in_doubt; // sent, and no reply came
    } children[MODEL_CHILDREN];
};

uint64_t model_random(struct model *model);
void model_tokens(const struct model *model, size_t child, unsigned version, size_t slots, struct token_set *out);

// A change that makes sense for the child as it stands; notes what it leads to as pending.
void model_plan(struct model *model, size_t child, size_t slots, struct change *out);
// The reply to it came.
void model_acknowledge(struct model *model, size_t child);

// What another agency hears of a child under the token of one slot and version.
enum answer model_answer(const struct standing_of *state, unsigned version, enum tier tier);
// Judges what the index says of a child after it was killed: answers[v][slot] under the tokens of the acknowledged
// version and of the next. False: neither what was acknowledged nor what was in hand, or half of each. The child is
// then known again. `*out_done`: what was in doubt had been done.
bool model_settle(struct model *model, size_t child, const struct descriptor *descriptor,
                  const enum answer answers[2][MAX_SLOTS], bool *out_was_in_doubt, bool *out_done);

#endif
