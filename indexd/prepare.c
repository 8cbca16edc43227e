// SPDX-License-Identifier: Apache-2.0
#include "indexd/prepare.h"

#include <stdlib.h>
#include <string.h>

// Which sets of a request's tokens are looked at: one for each epoch that the index takes.
struct layout {
    size_t slots;
    size_t sets;
    size_t from[MAX_TOKEN_EPOCHS]; // set -> the request's
};

static const struct token_epochs *epochs_of(const struct operation *operation) {
    return operation->kind == OPERATION_QUESTION ? &operation->question.epochs : &operation->changes.epochs;
}

static err_t lay_out(const struct operation *operation, size_t slots, const struct token_epochs *served,
                     struct layout *out) {
    const struct token_epochs *given = epochs_of(operation);
    struct layout layout = {.slots = slots};
    err_t err = token_epochs_check(given);
    for (size_t i = 0; err == OK && i < given->count; i++) {
        if (token_epochs_have(served, given->numbers[i])) {
            layout.from[layout.sets++] = i;
        }
    }
    if (err != OK) {
        return err;
    }
    // Whoever knows the newest epoch and leaves out the other would miss those who have not moved.
    if (layout.sets == 0 || (token_epochs_have(given, served->numbers[0]) && layout.sets < served->count)) {
        return err_set(ERR_STALE, "this index takes tokens of epoch %u%s", served->numbers[0],
                       served->count > 1 ? " together with those of the epoch before" : "");
    }
    *out = layout;
    return OK;
}

static err_t prepare_set(struct pepper_context *context, const char *agency, const struct token_set *tokens,
                         const struct layout *layout, struct prepared_tokens *out) {
    static const uint8_t empty[TOKEN_SIZE];
    bool any = false;
    for (size_t place = 0; place < layout->sets * layout->slots; place++) {
        size_t slot = place % layout->slots;
        const uint8_t *token = tokens->tokens[layout->from[place / layout->slots] * layout->slots + slot];
        out->given[place] = memcmp(token, empty, TOKEN_SIZE) != 0;
        any = any || out->given[place];
        tag_child(context, slot, token, &out->child[place]);
        tag_agency(context, out->child[place], agency, out->agency[place]);
    }
    return any ? OK : err_set(ERR_STALE, "a child without a token of an epoch that this index takes");
}

err_t prepare_tokens(struct pepper_context *context, const char *agency, const struct token_set *tokens, size_t slots,
                     size_t sets, struct prepared_tokens *out) {
    const struct layout layout = {.slots = slots, .sets = sets, .from = {0, 1}};
    return prepare_set(context, agency, tokens, &layout, out);
}

static err_t prepare_item(struct pepper_context *context, const struct operation *operation,
                          const struct layout *layout, size_t i, struct prepared_item *out) {
    const char *agency = operation->actor.agency;
    if (operation->kind == OPERATION_QUESTION) {
        return prepare_set(context, agency, &operation->question.children[i], layout, &out->tokens);
    }
    const struct change *change = &operation->changes.changes[i];
    tag_record(context, agency, change->handle, out->record);
    err_t err = prepare_set(context, agency, &change->tokens, layout, &out->tokens);
    if (err == OK && change->action == ACTION_REPLACE) {
        err = prepare_set(context, agency, &change->old_tokens, layout, &out->old_tokens);
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

static err_t check_change(const struct change *change, size_t width) {
    if (change->action >= ACTION_COUNT) {
        return err_set(ERR_INPUT, "an action that does not exist");
    }
    if (change->action == ACTION_REPLACE && token_set_empty(&change->old_tokens, width)) {
        return err_set(ERR_INPUT, "a replacement without old tokens");
    }
    return OK;
}

static err_t check_item(const struct operation *operation, size_t width, size_t i) {
    bool question = operation->kind == OPERATION_QUESTION;
    const struct token_set *tokens =
        question ? &operation->question.children[i] : &operation->changes.changes[i].tokens;
    if (token_set_empty(tokens, width)) {
        return err_set(ERR_INPUT, "a child without a token");
    }
    return question ? OK : check_change(&operation->changes.changes[i], width);
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
    if (err == OK) {
        err = token_epochs_check(epochs_of(operation));
    }
    for (size_t i = 0; err == OK && i < count; i++) {
        err = check_item(operation, slots * epochs_of(operation)->count, i);
    }
    if (err == OK) {
        *out_count = count;
    }
    return err;
}

err_t prepare(struct pepper *pepper, const struct operation *operation, size_t slots, const struct token_epochs *served,
              struct prepared **out) {
    size_t count = 0;
    struct layout layout = {0};
    struct pepper_context *context = NULL;
    err_t err = check(operation, slots, &count);
    if (err == OK) {
        err = lay_out(operation, slots, served, &layout);
    }
    if (err != OK) {
        return err;
    }
    struct prepared *prepared = calloc(1, sizeof *prepared + count * sizeof prepared->items[0]);
    if (prepared == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    prepared->count = count;
    prepared->width = layout.sets * slots;
    err = pepper_borrow(pepper, &context);
    for (size_t i = 0; err == OK && i < count; i++) {
        err = prepare_item(context, operation, &layout, i, &prepared->items[i]);
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
    size_t given = 0, at = 0;
    for (size_t place = 0; place < MAX_TOKENS; place++) {
        if (memcmp(tokens->tokens[place], empty, TOKEN_SIZE) != 0) {
            given++;
            at = place;
        }
    }
    size_t slot = at % descriptor->slot_count;
    return given == 1 && (memcmp(tokens->tokens[at], descriptor->slots[slot].canary_token, TOKEN_SIZE) == 0 ||
                          (descriptor_rotates(descriptor) &&
                           memcmp(tokens->tokens[at], descriptor->previous.canary_tokens[slot], TOKEN_SIZE) == 0));
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
