// SPDX-License-Identifier: Apache-2.0
#include "indexd/decide.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "indexd/apply.h"

#define DAY_MS 86400000

uint16_t quarter_of_day(int64_t day) {
    int year = 0;
    int month = 0;
    int of_month = 0;
    clock_date(day, &year, &month, &of_month);
    return (uint16_t)(year * 4 + (month - 1) / 3);
}

void rules_at(struct rules *rules, const struct descriptor *descriptor, int64_t lapse_days, int64_t now_ms) {
    int64_t day = now_ms / DAY_MS;
    *rules = (struct rules){.slots = descriptor->slots,
                            .slot_count = descriptor->slot_count,
                            .quarter = quarter_of_day(day),
                            .until = quarter_of_day(day + (lapse_days > 0 ? lapse_days : UNTIL_DAYS))};
    for (size_t slot = 0; slot < descriptor->slot_count; slot++) {
        const char *name = descriptor->slots[slot].name;
        rules->identifier[slot] = strcmp(name, "nhs") == 0 || strcmp(name, "upn") == 0;
    }
}

static bool counts_as_current(const struct rules *rules, const struct entry *entry) {
    return (entry->state & ENTRY_CURRENT) != 0 && entry->until >= rules->quarter;
}

// ---- questions

static enum answer answer_of(const struct rules *rules, enum tier tier, const struct entry *entry) {
    return tier == TIER_SIMILAR ? ANSWER_POSSIBLY : counts_as_current(rules, entry) ? ANSWER_YES : ANSWER_PREVIOUSLY;
}

static void note_touch(struct record_touch *touch, enum touch what, enum shield_row kind, uint64_t tag) {
    if (!touch->touched) {
        *touch = (struct record_touch){true, what, kind, tag};
    }
}

// What the entries under one tag say to an agency. The table of docs/protocol.md: the enum's order is the answers'.
static void ask_entries(struct store_txn *txn, const struct rules *rules, enum tier tier, struct entries entries,
                        const uint8_t asker[AGENCY_TAG_SIZE], struct record_child *out) {
    for (size_t i = 0; i < entries.count; i++) {
        const struct entry entry = entries_at(entries, i);
        uint64_t record = apply_record_tag(entry.record);
        bool hidden = store_shielded(txn, SHIELD_RECORD, record);
        if (memcmp(entry.agency, asker, AGENCY_TAG_SIZE) == 0) {
            out->own = true;
            continue;
        }
        if (hidden) {
            note_touch(&out->touch, TOUCH_QUESTION, SHIELD_RECORD, record);
        } else if ((entry.state & ENTRY_QUIET) == 0) {
            enum answer says = answer_of(rules, tier, &entry);
            out->answer = says > out->answer ? says : out->answer;
        }
    }
}

struct lookup {
    uint64_t child;
    uint16_t item;
    uint16_t slot;
};

static int by_child_tag(const void *a, const void *b) {
    const struct lookup *left = a;
    const struct lookup *right = b;
    return left->child < right->child ? -1 : left->child > right->child;
}

static void look_up(struct store_txn *txn, const struct rules *rules, const struct prepared *prepared,
                    const struct lookup *lookup, struct record_child *out) {
    const struct prepared_tokens *tokens = &prepared->items[lookup->item].tokens;
    const struct entries entries = store_get(txn, lookup->child);
    if (!tokens->given[lookup->slot]) {
        return; // looked up like any other, and nothing stands there
    }
    struct record_child *child = &out[lookup->item];
    enum shield_row kind = rules->identifier[lookup->slot] ? SHIELD_IDENTIFIER : SHIELD_NAME;
    enum tier tier = rules->slots[lookup->slot].tier;
    ask_entries(txn, rules, tier, entries, tokens->agency[lookup->slot], child);
    if (tier == TIER_SURE && store_shielded(txn, kind, lookup->child)) {
        note_touch(&child->touch, TOUCH_QUESTION, kind, lookup->child);
    }
}

static void note_tags(const struct rules *rules, const struct prepared_tokens *tokens, struct record_child *out) {
    *out = (struct record_child){.answer = ANSWER_NO};
    for (size_t slot = 0; slot < rules->slot_count; slot++) {
        if (tokens->given[slot]) {
            out->slots[out->tag_count] = (uint8_t)slot;
            out->tags[out->tag_count++] = tokens->child[slot];
        }
    }
}

void decide_question(struct store_txn *txn, const struct rules *rules, const struct prepared *prepared,
                     struct record_child *out) {
    size_t count = prepared->count * rules->slot_count;
    struct lookup *lookups = calloc(count, sizeof *lookups);
    if (lookups == NULL) {
        store_fail(txn, err_set(ERR_MEMORY, "out of memory"));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        size_t item = i / rules->slot_count;
        size_t slot = i % rules->slot_count;
        lookups[i] = (struct lookup){prepared->items[item].tokens.child[slot], (uint16_t)item, (uint16_t)slot};
    }
    for (size_t i = 0; i < prepared->count; i++) {
        note_tags(rules, &prepared->items[i].tokens, &out[i]);
    }
    // In the order of keys, neighbours are found on pages that were just read.
    qsort(lookups, count, sizeof *lookups, by_child_tag);
    for (size_t i = 0; i < count; i++) {
        look_up(txn, rules, prepared, &lookups[i], out);
    }
    free(lookups);
}

// ---- changes

// What stands of one record under a set of tokens.
struct standing {
    size_t given; // slots that are not empty
    size_t found; // of these, with an entry of the record
    bool has[MAX_SLOTS];
    struct entry entries[MAX_SLOTS];
    bool full; // an entry that is missing could not be added
};

static void find_standing(struct store_txn *txn, const struct rules *rules, const struct prepared_tokens *tokens,
                          const uint8_t record[RECORD_TAG_SIZE], struct standing *out) {
    *out = (struct standing){0};
    for (size_t slot = 0; slot < rules->slot_count; slot++) {
        if (!tokens->given[slot]) {
            continue;
        }
        const struct entries entries = store_get(txn, tokens->child[slot]);
        size_t at = entries_find(entries, tokens->agency[slot], record, &out->has[slot]);
        out->given++;
        if (out->has[slot]) {
            out->entries[slot] = entries_at(entries, at);
            out->found++;
        } else if (entries.count >= STORE_ENTRIES_MAX ||
                   entries_of_agency(entries, tokens->agency[slot]) >= STORE_AGENCY_ENTRIES_MAX) {
            out->full = true;
        }
    }
}

static bool any_current(const struct standing *standing) {
    for (size_t slot = 0; slot < MAX_SLOTS; slot++) {
        if (standing->has[slot] && (standing->entries[slot].state & ENTRY_CURRENT) != 0) {
            return true;
        }
    }
    return false;
}

// Whether the record stands under every token in this state, and none of it has lapsed.
static bool stands_so(const struct rules *rules, const struct standing *standing, uint8_t state) {
    if (standing->found != standing->given) {
        return false;
    }
    for (size_t slot = 0; slot < rules->slot_count; slot++) {
        const struct entry *entry = &standing->entries[slot];
        bool lapsed = (state & ENTRY_CURRENT) != 0 && !counts_as_current(rules, entry);
        if (standing->has[slot] && (entry->state != state || lapsed)) {
            return false;
        }
    }
    return true;
}

struct outcome { // the change that is being decided
    struct store_txn *txn;
    const struct rules *rules;
    const struct change *change;
    const struct prepared_item *item;
    struct record_change *out;
    struct standing standing;
};

static struct record_row *add_row(struct outcome *outcome, enum row_kind kind, const struct prepared_tokens *tokens,
                                  size_t slot) {
    struct record_row *row = &outcome->out->rows[outcome->out->row_count++];
    *row = (struct record_row){.kind = kind, .slot = (uint8_t)slot, .child = tokens->child[slot]};
    memcpy(row->agency, tokens->agency[slot], sizeof row->agency);
    return row;
}

static void add_put(struct outcome *outcome, size_t slot, uint8_t state, uint16_t until) {
    struct record_row *row = add_row(outcome, ROW_PUT, &outcome->item->tokens, slot);
    row->state = state;
    row->until = until;
}

// The record now stands under every token, in one state. What has ended is kept from the quarter of its end on.
static void put_everywhere(struct outcome *outcome, uint8_t state) {
    if (outcome->standing.full) {
        store_fail(outcome->txn, err_set(ERR_FULL, "too many records stand under one of these tokens already"));
        return;
    }
    for (size_t slot = 0; slot < outcome->rules->slot_count; slot++) {
        if (outcome->item->tokens.given[slot]) {
            bool current = (state & ENTRY_CURRENT) != 0;
            add_put(outcome, slot, state, current ? outcome->rules->until : outcome->rules->quarter);
        }
    }
}

static enum change_result decide_open(struct outcome *outcome) {
    uint8_t state =
        (uint8_t)((outcome->change->previous ? 0 : ENTRY_CURRENT) | (outcome->change->quiet ? ENTRY_QUIET : 0));
    if (stands_so(outcome->rules, &outcome->standing, state)) {
        return RESULT_UNCHANGED;
    }
    put_everywhere(outcome, state);
    return RESULT_OPENED;
}

static bool same_slot(const struct prepared_item *item, size_t slot) {
    return item->tokens.given[slot] && item->tokens.child[slot] == item->old_tokens.child[slot];
}

// Old entries that do not stand under the new tokens too.
static size_t add_removals(struct outcome *outcome, const struct standing *old) {
    size_t before = outcome->out->row_count;
    for (size_t slot = 0; slot < outcome->rules->slot_count; slot++) {
        if (old->has[slot] && !same_slot(outcome->item, slot)) {
            (void)add_row(outcome, ROW_REMOVE, &outcome->item->old_tokens, slot);
        }
    }
    return outcome->out->row_count - before;
}

static enum change_result decide_replace(struct outcome *outcome) {
    struct standing old;
    find_standing(outcome->txn, outcome->rules, &outcome->item->old_tokens, outcome->item->record, &old);
    bool current = any_current(&old) || (old.found == 0 && any_current(&outcome->standing));
    uint8_t state = (uint8_t)((current ? ENTRY_CURRENT : 0) | (outcome->change->quiet ? ENTRY_QUIET : 0));
    bool stands = stands_so(outcome->rules, &outcome->standing, state);
    if (old.found == 0) {
        return stands ? RESULT_UNCHANGED : RESULT_NOT_FOUND;
    }
    if (add_removals(outcome, &old) == 0 && stands) {
        return RESULT_UNCHANGED;
    }
    put_everywhere(outcome, state);
    return RESULT_REPLACED;
}

static enum change_result decide_renew(struct outcome *outcome) {
    // An ended involvement is not renewed: whoever believes it current must hear that it is not.
    if (!any_current(&outcome->standing)) {
        return RESULT_NOT_FOUND;
    }
    for (size_t slot = 0; slot < outcome->rules->slot_count; slot++) {
        const struct entry *entry = &outcome->standing.entries[slot];
        if (outcome->standing.has[slot] && entry->until != outcome->rules->until) {
            add_put(outcome, slot, entry->state, outcome->rules->until);
        }
    }
    return outcome->out->row_count > 0 ? RESULT_RENEWED : RESULT_UNCHANGED;
}

static enum change_result decide_close(struct outcome *outcome) {
    if (outcome->standing.found == 0) {
        return RESULT_NOT_FOUND;
    }
    for (size_t slot = 0; slot < outcome->rules->slot_count; slot++) {
        const struct entry *entry = &outcome->standing.entries[slot];
        if (outcome->standing.has[slot] && (entry->state & ENTRY_CURRENT) != 0) {
            bool lapsed = entry->until < outcome->rules->quarter;
            add_put(outcome, slot, entry->state & (uint8_t)~ENTRY_CURRENT,
                    lapsed ? entry->until : outcome->rules->quarter);
        }
    }
    return outcome->out->row_count > 0 ? RESULT_CLOSED : RESULT_UNCHANGED;
}

static enum change_result decide_withdraw(struct outcome *outcome) {
    for (size_t slot = 0; slot < outcome->rules->slot_count; slot++) {
        if (outcome->standing.has[slot]) {
            (void)add_row(outcome, ROW_REMOVE, &outcome->item->tokens, slot);
        }
    }
    return outcome->standing.found > 0 ? RESULT_WITHDRAWN : RESULT_NOT_FOUND;
}

static enum change_result (*const deciders[ACTION_COUNT])(struct outcome *) = {
    [ACTION_OPEN] = decide_open,   [ACTION_REPLACE] = decide_replace,   [ACTION_RENEW] = decide_renew,
    [ACTION_CLOSE] = decide_close, [ACTION_WITHDRAW] = decide_withdraw,
};

// A change that left all as it was still tells which child it was about.
static void add_concerned(struct outcome *outcome) {
    for (size_t slot = 0; slot < outcome->rules->slot_count; slot++) {
        if (outcome->item->tokens.given[slot]) {
            (void)add_row(outcome, ROW_CONCERNED, &outcome->item->tokens, slot);
        }
    }
}

// What is fed about a child with a shield: hidden when it bears a shielded number, shown to somebody when it shares
// names alone.
static void find_touch(struct outcome *outcome) {
    bool adds = outcome->out->result == RESULT_OPENED || outcome->out->result == RESULT_REPLACED;
    struct record_touch names = {0};
    for (size_t slot = 0; adds && slot < outcome->rules->slot_count; slot++) {
        uint64_t child = outcome->item->tokens.child[slot];
        enum shield_row kind = outcome->rules->identifier[slot] ? SHIELD_IDENTIFIER : SHIELD_NAME;
        if (!outcome->item->tokens.given[slot] || !store_shielded(outcome->txn, kind, child)) {
            continue;
        }
        if (kind == SHIELD_IDENTIFIER) {
            note_touch(&outcome->out->touch, TOUCH_RECORD, kind, child);
        } else {
            note_touch(&names, TOUCH_NAMES, kind, child);
        }
    }
    if (!outcome->out->touch.touched) {
        outcome->out->touch = names;
    }
}

void decide_change(struct store_txn *txn, const struct rules *rules, const struct change *change,
                   const struct prepared_item *item, struct record_change *out) {
    struct outcome outcome = {.txn = txn, .rules = rules, .change = change, .item = item, .out = out};
    *out = (struct record_change){.action = change->action};
    memcpy(out->record, item->record, sizeof out->record);
    find_standing(txn, rules, &item->tokens, item->record, &outcome.standing);
    out->result = deciders[change->action](&outcome);
    find_touch(&outcome);
    if (out->row_count == 0) {
        add_concerned(&outcome);
    }
}
