// SPDX-License-Identifier: Apache-2.0
#include "client/change_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "client/record_tokens.h"

static err_t list_new(size_t most, struct change_list *out) {
    struct change_list list = {.changes = calloc(most + 1, sizeof *list.changes),
                               .owner = calloc(most + 1, sizeof *list.owner)};
    if (list.changes == NULL || list.owner == NULL) {
        change_list_free(&list);
        return err_set(ERR_MEMORY, "no memory for %zu changes", most);
    }
    *out = list;
    return OK;
}

void change_list_free(struct change_list *list) {
    if (list->changes != NULL) {
        secret_wipe(list->changes, list->count * sizeof *list->changes);
    }
    free(list->changes);
    free(list->owner);
    *list = (struct change_list){0};
}

static struct change *list_add(struct change_list *list, size_t child, const uint8_t handle[HANDLE_SIZE],
                               enum action action) {
    struct change *change = &list->changes[list->count];
    list->owner[list->count++] = child;
    change->action = action;
    memcpy(change->handle, handle, HANDLE_SIZE);
    return change;
}

// Only the actions that write rows say what kind of rows.
static void describe(struct change *change, const struct caseload_child *child) {
    change->previous = change->action == ACTION_OPEN && child->previous;
    change->quiet = (change->action == ACTION_OPEN || change->action == ACTION_REPLACE) && child->quiet;
}

static err_t add_records(struct change_list *list, const struct change_order *order, size_t index,
                         const struct caseload_child *child, const struct token_set *tokens) {
    uint8_t handle[HANDLE_SIZE];
    err_t err = handle_of(order->handle_key, child->ref, handle);
    for (size_t r = 0; err == OK && r < child->record_count; r++) {
        struct change *change = list_add(list, index, handle, order->action);
        change->tokens = tokens[r];
        describe(change, child);
    }
    return err;
}

static err_t add_replacements(struct change_list *list, const struct change_order *order, size_t index,
                              const struct caseload_child *child, const struct token_set *tokens,
                              const struct caseload_child *was, const struct token_set *old_tokens) {
    uint8_t handle[HANDLE_SIZE];
    err_t err = handle_of(order->handle_key, child->ref, handle);
    for (size_t r = 0; err == OK && r < was->record_count; r++) {
        struct change *change = list_add(list, index, handle, ACTION_REPLACE);
        change->tokens = tokens[0];
        change->old_tokens = old_tokens[r];
        describe(change, child);
    }
    return err;
}

err_t change_list_make(const struct change_order *order, const struct child_tokens *now, const struct child_tokens *was,
                       struct change_list *out) {
    const struct child_tokens *longest = was == NULL ? now : was;
    struct change_list list;
    err_t err = list_new(record_count(longest->children, longest->count), &list);
    if (err != OK) {
        return err;
    }
    size_t at = 0, old_at = 0;
    for (size_t i = 0; err == OK && i < now->count; i++) {
        const struct caseload_child *child = &now->children[i];
        if (was == NULL) {
            err = add_records(&list, order, i, child, now->tokens + at);
        } else {
            err = add_replacements(&list, order, i, child, now->tokens + at, &was->children[i], was->tokens + old_at);
            old_at += was->children[i].record_count;
        }
        at += child->record_count;
    }
    if (err != OK) {
        change_list_free(&list);
        return err;
    }
    *out = list;
    return OK;
}

err_t change_list_aliases(const struct change_order *order, const struct child_tokens *now,
                          const struct change_outcome *outcomes, struct change_list *out) {
    struct change_order open = {.action = ACTION_OPEN, .handle_key = order->handle_key};
    struct change_list list;
    err_t err = list_new(record_count(now->children, now->count), &list);
    if (err != OK) {
        return err;
    }
    for (size_t i = 0, at = 0; err == OK && i < now->count; at += now->children[i++].record_count) {
        struct caseload_child aliases = now->children[i];
        if (outcomes[i].cause != CAUSE_NONE || outcomes[i].result == RESULT_NOT_FOUND || aliases.record_count < 2) {
            continue;
        }
        aliases.record_count--;
        err = add_records(&list, &open, i, &aliases, now->tokens + at + 1);
    }
    if (err != OK) {
        change_list_free(&list);
        return err;
    }
    *out = list;
    return OK;
}
