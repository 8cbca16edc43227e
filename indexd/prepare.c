// SPDX-License-Identifier: Apache-2.0
#include "indexd/prepare.h"

#include <stdlib.h>
#include <string.h>

err_t prepare_tokens(struct pepper_context *context, const char *agency, const struct token_set *tokens, size_t slots,
                     struct prepared_tokens *out) {
    static const uint8_t empty[TOKEN_SIZE];
    err_t err = OK;
    for (size_t slot = 0; err == OK && slot < slots; slot++) {
        out->given[slot] = memcmp(tokens->tokens[slot], empty, TOKEN_SIZE) != 0;
        err = tag_child(context, slot, tokens->tokens[slot], &out->child[slot]);
        if (err == OK) {
            err = tag_agency(context, out->child[slot], agency, out->agency[slot]);
        }
    }
    return err;
}

static err_t prepare_item(struct pepper_context *context, const struct operation *operation, size_t slots, size_t i,
                          struct prepared_item *out) {
    const char *agency = operation->actor.agency;
    if (operation->kind == OPERATION_QUESTION) {
        return prepare_tokens(context, agency, &operation->question.children[i], slots, &out->tokens);
    }
    const struct change *change = &operation->changes.changes[i];
    err_t err = tag_record(context, agency, change->handle, out->record);
    if (err == OK) {
        err = prepare_tokens(context, agency, &change->tokens, slots, &out->tokens);
    }
    if (err == OK && change->action == ACTION_REPLACE) {
        err = prepare_tokens(context, agency, &change->old_tokens, slots, &out->old_tokens);
    }
    return err;
}

static err_t check_actor(const struct engine_actor *actor) {
    if (actor->agency[0] == '\0') {
        return err_set(ERR_INPUT, "no agency is named");
    }
    if (strcmp(actor->agency, AGENCY_CANARY) == 0) {
        return err_set(ERR_DENIED, "the agency \"" AGENCY_CANARY "\" is reserved");
    }
    return OK;
}

static err_t check_change(const struct change *change, size_t slots) {
    if (change->action >= ACTION_COUNT) {
        return err_set(ERR_INPUT, "an action that does not exist");
    }
    if (change->action == ACTION_REPLACE && token_set_empty(&change->old_tokens, slots)) {
        return err_set(ERR_INPUT, "a replacement without old tokens");
    }
    return OK;
}

static err_t check_item(const struct operation *operation, size_t slots, size_t i) {
    bool question = operation->kind == OPERATION_QUESTION;
    const struct token_set *tokens =
        question ? &operation->question.children[i] : &operation->changes.changes[i].tokens;
    if (token_set_empty(tokens, slots)) {
        return err_set(ERR_INPUT, "a child without a token");
    }
    return question ? OK : check_change(&operation->changes.changes[i], slots);
}

static err_t check(const struct operation *operation, size_t slots, size_t *out_count) {
    bool question = operation->kind == OPERATION_QUESTION;
    size_t count = question ? operation->question.count : operation->changes.count;
    if ((question ? operation->question.slots : operation->changes.slots) != slots) {
        return err_set(ERR_INPUT, "not the number of slots of this scheme");
    }
    bool may_be_none = !question && !operation->changes.ask;
    if ((count < 1 && !may_be_none) || count > MAX_CHILDREN) {
        return err_set(ERR_INPUT, "must be 1 to %d children", MAX_CHILDREN);
    }
    err_t err = check_actor(&operation->actor);
    for (size_t i = 0; err == OK && i < count; i++) {
        err = check_item(operation, slots, i);
    }
    if (err == OK) {
        *out_count = count;
    }
    return err;
}

err_t prepare(struct pepper *pepper, const struct operation *operation, size_t slots, struct prepared **out) {
    size_t count = 0;
    struct pepper_context *context = NULL;
    err_t err = check(operation, slots, &count);
    if (err != OK) {
        return err;
    }
    struct prepared *prepared = calloc(1, sizeof *prepared + count * sizeof prepared->items[0]);
    if (prepared == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    prepared->count = count;
    err = pepper_borrow(pepper, &context);
    for (size_t i = 0; err == OK && i < count; i++) {
        err = prepare_item(context, operation, slots, i, &prepared->items[i]);
    }
    pepper_return(pepper, context);
    if (err != OK) {
        free(prepared);
        return err;
    }
    *out = prepared;
    return OK;
}

static bool is_canary(const struct token_set *tokens, const struct descriptor *descriptor) {
    static const uint8_t empty[TOKEN_SIZE];
    size_t given = 0;
    size_t at = 0;
    for (size_t slot = 0; slot < descriptor->slot_count; slot++) {
        if (memcmp(tokens->tokens[slot], empty, TOKEN_SIZE) != 0) {
            given++;
            at = slot;
        }
    }
    return given == 1 && memcmp(tokens->tokens[at], descriptor->slots[at].canary_token, TOKEN_SIZE) == 0;
}

void prepare_canaries(struct prepared *prepared, const struct operation *operation,
                      const struct descriptor *descriptor) {
    const bool question = operation->kind == OPERATION_QUESTION;
    for (size_t i = 0; i < prepared->count; i++) {
        const struct token_set *tokens =
            question ? &operation->question.children[i] : &operation->changes.changes[i].tokens;
        prepared->items[i].canary = is_canary(tokens, descriptor);
        prepared->charged += prepared->items[i].canary ? 0 : 1;
    }
}
