// SPDX-License-Identifier: Apache-2.0
#include "bench/kills_model.h"

#include <sodium.h>
#include <string.h>

// A linear congruential generator: what happens is the same for the same seed.
uint64_t model_random(struct model *model) {
    model->random = model->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return model->random >> 33;
}

void model_tokens(const struct model *model, size_t child, unsigned version, size_t slots, struct token_set *out) {
    *out = (struct token_set){0};
    for (size_t i = 0; i < slots; i++) {
        const uint32_t input[] = {model->writer, (uint32_t)child, version, (uint32_t)i};
        (void)crypto_generichash(out->tokens[i], TOKEN_SIZE, (const uint8_t *)input, sizeof input, NULL, 0);
    }
}

static const struct {
    enum action action;
    enum standing from, to;
    unsigned newer; // versions
} moves[] = {
    {ACTION_OPEN, ABSENT, CURRENT, 1},     {ACTION_OPEN, CURRENT, CURRENT, 0}, // sent again
    {ACTION_RENEW, CURRENT, CURRENT, 0},   {ACTION_REPLACE, CURRENT, CURRENT, 1},
    {ACTION_CLOSE, CURRENT, ENDED, 0},     {ACTION_CLOSE, ENDED, ENDED, 0}, // sent again
    {ACTION_WITHDRAW, CURRENT, ABSENT, 0}, {ACTION_WITHDRAW, ENDED, ABSENT, 0},
};
#define MOVES (sizeof moves / sizeof moves[0])

void model_plan(struct model *model, size_t child, size_t slots, struct change *out) {
    struct standing_of *now = &model->children[child].acknowledged;
    size_t move = (size_t)(model_random(model) % MOVES);
    while (moves[move].from != now->standing) {
        move = (move + 1) % MOVES;
    }
    unsigned version = now->version + moves[move].newer;
    *out = (struct change){.action = moves[move].action};
    const uint32_t handle[] = {model->writer, (uint32_t)child};
    (void)crypto_generichash(out->handle, HANDLE_SIZE, (const uint8_t *)handle, sizeof handle, NULL, 0);
    model_tokens(model, child, version, slots, &out->tokens);
    if (out->action == ACTION_REPLACE) {
        model_tokens(model, child, now->version, slots, &out->old_tokens);
    }
    model->children[child].pending = (struct standing_of){moves[move].to, version};
    model->children[child].in_doubt = true;
}

void model_acknowledge(struct model *model, size_t child) {
    model->children[child].acknowledged = model->children[child].pending;
    model->children[child].in_doubt = false;
}

enum answer model_answer(const struct standing_of *state, unsigned version, enum tier tier) {
    if (state->standing == ABSENT || state->version != version) {
        return ANSWER_NO;
    }
    if (tier == TIER_SIMILAR) {
        return ANSWER_POSSIBLY;
    }
    return state->standing == CURRENT ? ANSWER_YES : ANSWER_PREVIOUSLY;
}

static bool fits(const struct standing_of *state, unsigned version, const struct descriptor *descriptor,
                 const enum answer answers[2][MAX_SLOTS]) {
    for (unsigned v = 0; v < 2; v++) {
        for (size_t slot = 0; slot < descriptor->slot_count; slot++) {
            if (answers[v][slot] != model_answer(state, version + v, descriptor->slots[slot].tier)) {
                return false;
            }
        }
    }
    return true;
}

bool model_settle(struct model *model, size_t child, const struct descriptor *descriptor,
                  const enum answer answers[2][MAX_SLOTS], bool *out_was_in_doubt, bool *out_done) {
    const struct standing_of acknowledged = model->children[child].acknowledged,
                             pending = model->children[child].pending;
    bool in_doubt = model->children[child].in_doubt;
    bool undone = fits(&acknowledged, acknowledged.version, descriptor, answers);
    bool done = in_doubt && fits(&pending, acknowledged.version, descriptor, answers);
    *out_was_in_doubt = in_doubt;
    *out_done = done && !undone; // a change that was sent again leaves no trace
    model->children[child].in_doubt = false;
    if (done) {
        model->children[child].acknowledged = pending;
    }
    return done || undone;
}
