// SPDX-License-Identifier: Apache-2.0
#include "client/sync_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "client/handle.h"

// ---- one reference

static bool confirmed_here(const struct sync_terms *terms, const struct sync_record *record) {
    return memcmp(record->store_id, terms->store_id, STORE_ID_SIZE) == 0;
}

static bool usable(const struct sync_terms *terms, const struct sync_record *record) {
    return record != NULL && sync_record_has_any(record, &terms->epochs, terms->descriptor->slot_count);
}

static bool has_moved(const struct sync_terms *terms, const struct sync_record *record) {
    return sync_record_has_all(record, &terms->epochs, terms->descriptor->slot_count);
}

static bool due(const struct sync_terms *terms, const struct sync_record *record) {
    uint32_t half = terms->term_days / 2, spread = half / 4;
    uint32_t from = half - spread + (spread == 0 ? 0 : record->handle[0] * spread / 256);
    return terms->day >= record->day && terms->day - record->day >= from;
}

// What changed for a child that has a record: `details` whether other tokens must stand.
static err_t compare_details(const struct sync_terms *terms, const struct sync_order *order,
                             const struct sync_record *record, bool *details) {
    size_t standing = 0;
    bool changed = false;
    for (size_t i = 0; i < record->count; i++) {
        standing += record->sets[i].going ? 0 : 1;
        changed = changed || record->sets[i].going;
    }
    size_t known = 0;
    for (size_t i = 0; i < order->child->record_count; i++) {
        uint8_t values[SYNC_MAC_SIZE];
        err_t err = sync_values_mac(terms->handle_key, terms->descriptor, &order->child->records[i].values, values);
        if (err != OK) {
            return err;
        }
        const struct sync_set *set = sync_record_find(record, values);
        changed = changed || set == NULL || set->going;
        known += set != NULL && !set->going ? 1 : 0;
    }
    *details = changed || (!order->held && known < standing);
    return OK;
}

static enum sync_verdict judge_missing(const struct sync_terms *terms, bool keep_missing,
                                       const struct sync_record *record) {
    if (record == NULL || !usable(terms, record)) {
        return SYNC_FORGET;
    }
    if (record->gone && !record->pending && terms->day >= record->day && terms->day - record->day > terms->term_days) {
        return SYNC_FORGET;
    }
    if (record->gone && !record->pending && confirmed_here(terms, record)) {
        return SYNC_UNCHANGED;
    }
    if (keep_missing && !record->gone) {
        return !record->previous && due(terms, record) ? SYNC_RENEW : SYNC_UNCHANGED;
    }
    return SYNC_CLOSE;
}

static enum sync_verdict judge_standing(const struct sync_terms *terms, bool previous,
                                        const struct sync_record *record) {
    if (terms->full || record->pending || !confirmed_here(terms, record) || (record->previous && !previous)) {
        return SYNC_OPEN;
    }
    if (previous && !record->previous) {
        return SYNC_CLOSE;
    }
    return !previous && due(terms, record) ? SYNC_RENEW : SYNC_UNCHANGED;
}

static err_t judge_child(const struct sync_terms *terms, const struct sync_order *order,
                         const struct sync_record *record, enum sync_verdict *out) {
    bool details = false;
    err_t err = compare_details(terms, order, record, &details);
    if (err != OK) {
        return err;
    }
    const struct caseload_child *child = order->child;
    bool first = record->pending && memcmp(record->store_id, (uint8_t[STORE_ID_SIZE]){0}, STORE_ID_SIZE) == 0;
    bool reopens = record->gone || (record->previous && !child->previous);
    if ((details || record->quiet != child->quiet) && !first && !reopens) {
        *out = SYNC_REPLACE;
    } else {
        bool opens = reopens || details || record->quiet != child->quiet || !has_moved(terms, record);
        *out = opens ? SYNC_OPEN : judge_standing(terms, child->previous, record);
    }
    return OK;
}

err_t sync_judge(const struct sync_terms *terms, const struct sync_order *order, bool keep_missing,
                 const struct sync_record *record, enum sync_verdict *out) {
    if (order->child == NULL && !order->held) {
        *out = judge_missing(terms, keep_missing, record);
    } else if (order->child == NULL) { // rejected rows alone: it stays as it is
        *out = usable(terms, record) ? judge_standing(terms, record->previous, record) : SYNC_UNCHANGED;
    } else if (!usable(terms, record)) {
        *out = SYNC_OPEN;
    } else {
        return judge_child(terms, order, record, out);
    }
    return OK;
}

// ---- the whole caseload

static int by_handle(const void *a, const void *b) {
    const struct sync_order *x = a, *y = b;
    return memcmp(x->handle, y->handle, HANDLE_SIZE);
}

// One reference may come as a child and by several rejects.
static size_t merge(struct sync_order *orders, size_t count) {
    size_t kept = 0;
    if (count > 0) {
        qsort(orders, count, sizeof *orders, by_handle);
    }
    for (size_t i = 0; i < count; i++) {
        struct sync_order *last = kept > 0 ? &orders[kept - 1] : NULL;
        if (last != NULL && by_handle(last, &orders[i]) == 0) {
            last->child = last->child != NULL ? last->child : orders[i].child;
            last->held = last->held || orders[i].held;
        } else {
            orders[kept++] = orders[i];
        }
    }
    return kept;
}

struct planner {
    const struct sync_terms *terms;
    bool keep_missing;
    struct sync_order *present; // the caseload's references, by handle
    size_t present_count, at;
    size_t room; // of the plan's orders
    struct sync_plan plan;
};

static err_t collect(struct planner *planner, const struct caseload *caseload) {
    planner->present = calloc(caseload->child_count + caseload->reject_count + 1, sizeof *planner->present);
    if (planner->present == NULL) {
        return err_set(ERR_MEMORY, "no memory for %zu children", caseload->child_count);
    }
    size_t count = 0;
    err_t err = OK;
    for (size_t i = 0; err == OK && i < caseload->child_count; i++) {
        struct sync_order *order = &planner->present[count++];
        order->child = &caseload->children[i];
        err = handle_of(planner->terms->handle_key, order->child->ref, order->handle);
    }
    for (size_t i = 0; err == OK && i < caseload->reject_count; i++) {
        if (caseload->rejects[i].ref[0] == '\0') {
            planner->keep_missing = true;
            continue;
        }
        struct sync_order *order = &planner->present[count++];
        order->held = true;
        err = handle_of(planner->terms->handle_key, caseload->rejects[i].ref, order->handle);
    }
    planner->present_count = merge(planner->present, count);
    planner->plan.present = planner->present_count;
    return err;
}

static err_t add_order(struct planner *planner, const struct sync_order *order) {
    struct sync_plan *plan = &planner->plan;
    if (plan->count == planner->room) {
        size_t room = planner->room == 0 ? 256 : planner->room * 2;
        struct sync_order *orders = reallocarray(plan->orders, room, sizeof *orders);
        if (orders == NULL) {
            return err_set(ERR_MEMORY, "no memory for the plan");
        }
        plan->orders = orders;
        planner->room = room;
    }
    plan->orders[plan->count++] = *order;
    return OK;
}

// What the counts say is of the caseload: a record that went long ago, and rejected rows, are in none of them.
static err_t judge(struct planner *planner, const struct sync_order *reference, const struct sync_record *record) {
    struct sync_order order = *reference;
    err_t err = sync_judge(planner->terms, &order, planner->keep_missing, record, &order.verdict);
    if (err != OK) {
        return err;
    }
    if (order.verdict != SYNC_UNCHANGED || order.child != NULL) {
        planner->plan.verdicts[order.verdict]++;
    }
    return order.verdict == SYNC_UNCHANGED ? OK : add_order(planner, &order);
}

static err_t judge_new_before(struct planner *planner, const uint8_t *handle) {
    err_t err = OK;
    while (err == OK && planner->at < planner->present_count &&
           (handle == NULL || memcmp(planner->present[planner->at].handle, handle, HANDLE_SIZE) < 0)) {
        const struct sync_order *order = &planner->present[planner->at++];
        err = judge(planner, order, NULL);
    }
    return err;
}

static void count_record(struct planner *planner, const struct sync_record *record, bool missing) {
    struct sync_plan *plan = &planner->plan;
    if (!record->gone) {
        plan->registered++;
        plan->missing += missing && planner->keep_missing ? 1 : 0;
    }
    if (usable(planner->terms, record) && !record->pending && !confirmed_here(planner->terms, record)) {
        plan->elsewhere++;
    }
}

// Both sides come in the order of handles.
static err_t judge_record(void *ctx, const struct sync_record *record) {
    struct planner *planner = ctx;
    err_t err = judge_new_before(planner, record->handle);
    if (err != OK) {
        return err;
    }
    struct sync_order order = {0};
    memcpy(order.handle, record->handle, HANDLE_SIZE);
    bool found = planner->at < planner->present_count &&
                 memcmp(planner->present[planner->at].handle, record->handle, HANDLE_SIZE) == 0;
    if (found) {
        order = planner->present[planner->at++];
    }
    count_record(planner, record, !found);
    return judge(planner, &order, record);
}

err_t sync_plan_make(const struct sync_terms *terms, const struct caseload *caseload, struct sync_state *state,
                     struct sync_plan *out) {
    struct planner planner = {.terms = terms};
    err_t err = collect(&planner, caseload);
    if (err == OK && state != NULL) {
        err = sync_state_walk(state, judge_record, &planner);
    }
    if (err == OK) {
        err = judge_new_before(&planner, NULL);
    }
    free(planner.present);
    if (err != OK) {
        sync_plan_free(&planner.plan);
        return err;
    }
    *out = planner.plan;
    return OK;
}

void sync_plan_free(struct sync_plan *plan) {
    free(plan->orders);
    *plan = (struct sync_plan){0};
}

bool sync_plan_shrinks(const struct sync_plan *plan) {
    return plan->present < plan->registered && (plan->registered - plan->present) * 5 > plan->registered;
}
