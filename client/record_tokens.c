// SPDX-License-Identifier: Apache-2.0
#include "client/record_tokens.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

// Where the token of one slot of one record comes from: entry `place` of the values that are asked.
#define EMPTY SIZE_MAX

struct plan {
    struct derive_value *values;
    size_t value_count;
    size_t *places; // record * slot_count + slot
    uint8_t (*tokens)[TOKEN_SIZE];
};

size_t record_count(const struct caseload_child *children, size_t count) {
    size_t records = 0;
    for (size_t i = 0; i < count; i++) {
        records += children[i].record_count;
    }
    return records;
}

static err_t plan_new(size_t records, size_t slots, struct plan *out) {
    size_t most = records * slots + 1;
    out->values = calloc(most, sizeof *out->values);
    out->places = calloc(most, sizeof *out->places);
    out->tokens = calloc(most, sizeof *out->tokens);
    if (out->values == NULL || out->places == NULL || out->tokens == NULL) {
        return err_set(ERR_MEMORY, "no memory for %zu records", records);
    }
    return OK;
}

static void plan_free(struct plan *plan) {
    if (plan->tokens != NULL) {
        secret_wipe(plan->tokens, plan->value_count * TOKEN_SIZE);
    }
    free(plan->tokens);
    free(plan->places);
    free(plan->values);
}

// Aliases share most of their values, and budgets count what is asked: a value of the record before is not asked again.
static void plan_record(struct plan *plan, const struct match_set *set, const struct caseload_record *record,
                        const struct caseload_record *before, size_t *places) {
    for (size_t slot = 0; slot < set->slot_count; slot++) {
        const char *value = record->values.value[slot];
        if (value[0] == '\0') {
            places[slot] = EMPTY;
        } else if (before != NULL && strcmp(value, before->values.value[slot]) == 0) {
            places[slot] = *(places + slot - set->slot_count);
        } else {
            places[slot] = plan->value_count;
            plan->values[plan->value_count++] = (struct derive_value){.slot = set->slots[slot].name, .value = value};
        }
    }
}

static void plan_children(struct plan *plan, const struct match_set *set, const struct caseload_child *children,
                          size_t count) {
    size_t *places = plan->places;
    for (size_t i = 0; i < count; i++) {
        for (size_t r = 0; r < children[i].record_count; r++) {
            const struct caseload_record *record = &children[i].records[r];
            plan_record(plan, set, record, r > 0 ? record - 1 : NULL, places);
            places += set->slot_count;
        }
    }
}

// `at` is the place of the epoch's first slot.
static void plan_collect(const struct plan *plan, size_t slots, size_t records, size_t at, struct token_set *out) {
    for (size_t i = 0; i < records * slots; i++) {
        if (plan->places[i] != EMPTY) {
            memcpy(out[i / slots].tokens[at + i % slots], plan->tokens[plan->places[i]], TOKEN_SIZE);
        }
    }
}

static err_t derive_by(struct derive *derive, struct plan *plan, struct progress progress) {
    return derive_tokens(derive, plan->values, plan->value_count, NULL, 0, progress, plan->tokens);
}

// By the present key, and beside it the index's status.
static err_t derive_present(struct session *session, struct plan *plan, struct progress progress) {
    struct http_exchange index;
    size_t alongside = session->index_open ? 0 : 1;
    session_index_request(session, &index);
    err_t err =
        derive_tokens(session->derive, plan->values, plan->value_count, &index, alongside, progress, plan->tokens);
    char detail[512]; // of the holders, which further trouble must not cover
    (void)snprintf(detail, sizeof detail, "%s", err_detail());
    if (alongside == 1) {
        session_index_reply(session, &index);
    }
    bool same_key = session->derive_before != NULL && !descriptor_rotates(&session->descriptor);
    if (err == ERR_UNAVAILABLE && same_key && derive_by(session->derive_before, plan, progress) == OK) {
        err = OK;
    }
    return err == OK ? OK : err_set(err, "%s", detail);
}

// Whether the index takes tokens of this epoch, as far as is known.
static bool wanted(const struct session *session, uint32_t epoch) {
    const struct token_epochs epochs = session_epochs(session);
    return token_epochs_have(&epochs, epoch);
}

static err_t derive_all(struct session *session, struct plan *plan, size_t records, struct progress progress,
                        struct token_set *out) {
    const struct descriptor *descriptor = &session->descriptor;
    size_t slots = descriptor->slot_count;
    memset(out, 0, records * sizeof *out);
    err_t err = wanted(session, descriptor->epoch) ? derive_present(session, plan, progress) : OK;
    if (err == OK) {
        plan_collect(plan, slots, records, 0, out);
    } else if (!wanted(session, descriptor->epoch)) {
        err = OK; // the index has turned out to take those of the epoch before alone
    }
    if (err == OK && descriptor_rotates(descriptor) && wanted(session, descriptor->previous.epoch)) {
        err = derive_by(session->derive_before, plan, progress);
        if (err == OK) {
            plan_collect(plan, slots, records, slots, out);
        }
    }
    return err;
}

err_t record_tokens(struct session *session, const struct caseload_child *children, size_t count,
                    struct progress progress, struct token_set *out) {
    size_t records = record_count(children, count);
    struct plan plan = {0};
    err_t err = plan_new(records, session->set->slot_count, &plan);
    if (err == OK) {
        plan_children(&plan, session->set, children, count);
        err = derive_all(session, &plan, records, progress, out);
    }
    plan_free(&plan);
    return err;
}

static err_t derive_retired(struct session *session, const struct descriptor_key *key, struct plan *plan) {
    struct descriptor then;
    struct derive *derive = NULL;
    descriptor_with_key(&session->descriptor, key, &then);
    const struct derive_settings settings = {.descriptor = &then,
                                             .transport = &session->transport,
                                             .pool = session->pool,
                                             .first_holder = 1,
                                             .subject_access = true};
    err_t err = derive_new(&settings, &derive);
    if (err == OK) {
        err = derive_by(derive, plan, (struct progress){0});
    }
    derive_free(derive);
    return err;
}

err_t record_tokens_retired(struct session *session, const struct descriptor_key *key,
                            const struct caseload_child *children, size_t count, struct token_set *out) {
    size_t records = record_count(children, count), slots = session->set->slot_count;
    struct plan plan = {0};
    err_t err = plan_new(records, slots, &plan);
    if (err == OK) {
        plan_children(&plan, session->set, children, count);
        err = derive_retired(session, key, &plan);
    }
    if (err == OK) {
        memset(out, 0, records * sizeof *out);
        plan_collect(&plan, slots, records, 0, out);
    }
    plan_free(&plan);
    return err;
}
