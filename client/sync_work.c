// SPDX-License-Identifier: Apache-2.0
#include "client/sync_work.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

static const uint8_t empty[TOKEN_SIZE];

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "no memory for a record");
}

err_t sync_work_begin(const struct sync_terms *terms, const struct sync_order *order, struct sync_state *state,
                      struct sync_work *out) {
    struct sync_work work = {.order = order, .verdict = order->verdict};
    err_t err = sync_state_get(state, order->handle, &work.before);
    if (err != OK && err != ERR_NOT_FOUND) {
        return err;
    }
    // Tokens of another epoch mean nothing to this index: neither to stand nor to go.
    size_t slots = terms->descriptor->slot_count;
    if (err == OK && sync_record_has_any(&work.before, &terms->epochs, slots)) {
        work.moves = !sync_record_has_all(&work.before, &terms->epochs, slots);
        sync_record_lay_out(&work.before, &terms->epochs, slots);
    } else {
        sync_record_free(&work.before);
    }
    *out = work;
    return OK;
}

err_t sync_work_look(const struct sync_terms *terms, struct sync_work *work) {
    const struct caseload_child *child = work->order->child;
    bool waits = child != NULL && (terms->full || work->moves || work->before.count == 0);
    for (size_t i = 0; child != NULL && !waits && i < child->record_count; i++) {
        uint8_t values[SYNC_MAC_SIZE];
        err_t err = sync_values_mac(terms->handle_key, terms->descriptor, &child->records[i].values, values);
        if (err != OK) {
            return err;
        }
        waits = sync_record_find(&work->before, values) == NULL;
    }
    work->waits = waits;
    return OK;
}

static err_t add_set(struct sync_record *record, const struct sync_set *set) {
    struct sync_set *added = sync_record_add(record);
    if (added == NULL) {
        return no_memory();
    }
    *added = *set;
    return OK;
}

static err_t aim_at_child(const struct sync_terms *terms, struct sync_work *work, const struct token_set *tokens) {
    const struct caseload_child *child = work->order->child;
    err_t err = OK;
    for (size_t i = 0; err == OK && i < child->record_count; i++) {
        struct sync_set set = {0};
        err = sync_values_mac(terms->handle_key, terms->descriptor, &child->records[i].values, set.values);
        if (err == OK) {
            const struct sync_set *known = sync_record_find(&work->before, set.values);
            set.tokens = tokens != NULL ? tokens[i] : known->tokens;
            err = add_set(&work->after, &set);
        }
        secret_wipe(&set, sizeof set);
    }
    return err;
}

// Those of the present sets that nothing speaks against.
static err_t aim_at_present(struct sync_work *work) {
    err_t err = OK;
    for (size_t i = 0; err == OK && i < work->before.count; i++) {
        const struct sync_set *set = &work->before.sets[i];
        if (!set->going && sync_record_find(&work->after, set->values) == NULL) {
            err = add_set(&work->after, set);
        }
    }
    return err;
}

static bool stands_in(const struct sync_record *record, size_t slot, const uint8_t token[TOKEN_SIZE]) {
    for (size_t i = 0; i < record->count; i++) {
        if (memcmp(record->sets[i].tokens.tokens[slot], token, TOKEN_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

// Puts the token into the first of the going sets with room in its slot.
static void let_go(struct sync_work *work, size_t slot, const uint8_t token[TOKEN_SIZE]) {
    for (size_t i = 0;; i++) {
        uint8_t *place = work->going[i].tokens[slot];
        bool free_place = memcmp(place, empty, TOKEN_SIZE) == 0;
        if (free_place) {
            memcpy(place, token, TOKEN_SIZE);
            work->going_count = i + 1 > work->going_count ? i + 1 : work->going_count;
        }
        if (free_place || memcmp(place, token, TOKEN_SIZE) == 0) {
            return;
        }
    }
}

static err_t find_going(struct sync_work *work) {
    work->going = calloc(work->before.count + 1, sizeof *work->going);
    if (work->going == NULL) {
        return no_memory();
    }
    for (size_t i = 0; i < work->before.count; i++) {
        for (size_t slot = 0; slot < work->after.slots; slot++) {
            const uint8_t *token = work->before.sets[i].tokens.tokens[slot];
            if (memcmp(token, empty, TOKEN_SIZE) != 0 && !stands_in(&work->after, slot, token)) {
                let_go(work, slot, token);
            }
        }
    }
    return OK;
}

static bool confirmed_elsewhere(const struct sync_terms *terms, const struct sync_record *record) {
    static const uint8_t nowhere[STORE_ID_SIZE];
    return memcmp(record->store_id, nowhere, STORE_ID_SIZE) != 0 &&
           memcmp(record->store_id, terms->store_id, STORE_ID_SIZE) != 0;
}

static enum action action_for(const struct sync_terms *terms, const struct sync_work *work) {
    switch (work->verdict) {
    case SYNC_RENEW:
        return ACTION_RENEW;
    case SYNC_CLOSE: // a new store must learn of what ended in the old one
        return confirmed_elsewhere(terms, &work->before) ? ACTION_OPEN : ACTION_CLOSE;
    case SYNC_OPEN:
    case SYNC_REPLACE:
    case SYNC_UNCHANGED:
    case SYNC_FORGET:
    case SYNC_VERDICT_COUNT:
        break;
    }
    return ACTION_OPEN;
}

static bool is_missing(const struct sync_order *order) {
    return order->child == NULL && !order->held;
}

static void aim_flags(const struct sync_terms *terms, struct sync_work *work) {
    const struct sync_order *order = work->order;
    struct sync_record *after = &work->after;
    memcpy(after->handle, order->handle, HANDLE_SIZE);
    memcpy(after->store_id, terms->store_id, STORE_ID_SIZE);
    after->epoch = terms->epochs.numbers[0];
    after->previous_epoch = terms->epochs.count > 1 ? terms->epochs.numbers[1] : 0;
    after->slots = terms->epochs.count * terms->descriptor->slot_count;
    after->day = terms->day;
    if (order->child != NULL) {
        after->previous = order->child->previous;
        after->quiet = order->child->quiet;
    } else {
        bool closes = is_missing(order) && work->verdict == SYNC_CLOSE;
        after->previous = work->before.previous || closes;
        after->gone = work->before.gone || closes;
        after->quiet = work->before.quiet;
    }
}

err_t sync_work_aim(const struct sync_terms *terms, struct sync_work *work, const struct token_set *tokens) {
    work->waits = false;
    aim_flags(terms, work);
    work->action = action_for(terms, work);
    if (work->verdict == SYNC_FORGET) {
        return OK;
    }
    err_t err = work->order->child != NULL ? aim_at_child(terms, work, tokens) : OK;
    if (err == OK && (work->order->child == NULL || work->order->held)) {
        err = aim_at_present(work);
    }
    return err == OK ? find_going(work) : err;
}

bool sync_work_needs_intent(const struct sync_work *work) {
    return work->verdict != SYNC_RENEW && work->verdict != SYNC_FORGET;
}

static bool same_set(const struct sync_record *record, const struct sync_set *set) {
    const struct sync_set *found = sync_record_find(record, set->values);
    return found != NULL && memcmp(&found->tokens, &set->tokens, sizeof set->tokens) == 0;
}

err_t sync_work_intent(const struct sync_work *work, struct sync_record *out) {
    struct sync_record intent = work->after;
    intent.count = 0;
    intent.sets = NULL;
    intent.pending = true;
    memcpy(intent.store_id, work->before.store_id, STORE_ID_SIZE);
    err_t err = OK;
    for (size_t i = 0; err == OK && i < work->after.count; i++) {
        err = add_set(&intent, &work->after.sets[i]);
    }
    for (size_t i = 0; err == OK && i < work->before.count; i++) {
        if (!same_set(&work->after, &work->before.sets[i])) {
            struct sync_set set = work->before.sets[i];
            set.going = true;
            err = add_set(&intent, &set);
            secret_wipe(&set, sizeof set);
        }
    }
    if (err != OK) {
        sync_record_free(&intent);
        return err;
    }
    *out = intent;
    return OK;
}

size_t sync_work_change_count(const struct sync_work *work) {
    return work->verdict == SYNC_FORGET ? 0 : work->going_count + work->after.count;
}

static struct change *add_change(const struct sync_work *work, struct change *out, enum action action,
                                 const struct sync_set *set) {
    *out = (struct change){.action = action, .tokens = set->tokens};
    memcpy(out->handle, work->after.handle, HANDLE_SIZE);
    out->previous = action == ACTION_OPEN && work->after.previous;
    out->quiet = (action == ACTION_OPEN || action == ACTION_REPLACE) && work->after.quiet;
    return out;
}

void sync_work_changes(const struct sync_work *work, struct change *out) {
    for (size_t i = 0; i < work->going_count; i++) {
        add_change(work, out++, ACTION_REPLACE, &work->after.sets[0])->old_tokens = work->going[i];
    }
    for (size_t i = 0; i < work->after.count; i++) {
        (void)add_change(work, out++, work->action, &work->after.sets[i]);
    }
}

// What a replacement finds does not matter: the old tokens are out, and the rest follows.
void sync_work_results(struct sync_work *work, size_t first, const enum change_result *results, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (first + i >= work->going_count) {
            work->found += results[i] != RESULT_NOT_FOUND ? 1 : 0;
            work->not_found += results[i] == RESULT_NOT_FOUND ? 1 : 0;
        }
    }
}

void sync_work_settle(struct sync_work *work) {
    bool closes = work->action == ACTION_CLOSE;
    bool lost = closes ? work->found == 0 : work->action == ACTION_RENEW && work->not_found > 0;
    if (lost && !(closes && is_missing(work->order))) {
        work->verdict = closes ? SYNC_CLOSE : SYNC_OPEN;
        work->action = ACTION_OPEN; // as ended, where it was to be closed
        work->again = true;
        work->found = 0;
        work->not_found = 0;
        return;
    }
    if (lost) {
        work->after.count = 0; // nothing of it is left anywhere
    }
    work->again = false;
    work->done = true;
}

void sync_work_free(struct sync_work *work) {
    if (work->going != NULL) {
        secret_wipe(work->going, (work->before.count + 1) * sizeof *work->going);
    }
    free(work->going);
    free(work->refusal);
    sync_record_free(&work->before);
    sync_record_free(&work->after);
    *work = (struct sync_work){0};
}
