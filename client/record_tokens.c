// SPDX-License-Identifier: Apache-2.0
#include "client/record_tokens.h"

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

static void plan_collect(const struct plan *plan, size_t slots, size_t records, struct token_set *out) {
    memset(out, 0, records * sizeof *out);
    for (size_t i = 0; i < records * slots; i++) {
        if (plan->places[i] != EMPTY) {
            memcpy(out[i / slots].tokens[i % slots], plan->tokens[plan->places[i]], TOKEN_SIZE);
        }
    }
}

static err_t derive_with_index(struct session *session, struct plan *plan, struct progress progress) {
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
    if (err == ERR_UNAVAILABLE && session->derive_before != NULL) {
        err_t before =
            derive_tokens(session->derive_before, plan->values, plan->value_count, NULL, 0, progress, plan->tokens);
        err = before == OK ? OK : err;
    }
    return err == OK ? OK : err_set(err, "%s", detail);
}

err_t record_tokens(struct session *session, const struct caseload_child *children, size_t count,
                    struct progress progress, struct token_set *out) {
    size_t records = record_count(children, count);
    struct plan plan = {0};
    err_t err = plan_new(records, session->set->slot_count, &plan);
    if (err == OK) {
        plan_children(&plan, session->set, children, count);
        err = derive_with_index(session, &plan, progress);
    }
    if (err == OK) {
        plan_collect(&plan, session->set->slot_count, records, out);
    }
    plan_free(&plan);
    return err;
}
