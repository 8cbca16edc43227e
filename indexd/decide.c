// SPDX-License-Identifier: Apache-2.0
#include "indexd/decide.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "indexd/apply.h"

#define DAY_MS 86400000
#define BUCKETS 256 // of child tags, by their first byte

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
    uint16_t place;
};

// Nearly in the order of keys: neighbours are found on pages that were just read.
static void order(const struct lookup *lookups, size_t count, struct lookup *out) {
    size_t next[BUCKETS + 1] = {0};
    for (size_t i = 0; i < count; i++) {
        next[(lookups[i].child >> 56) + 1]++;
    }
    for (size_t bucket = 0; bucket < BUCKETS; bucket++) {
        next[bucket + 1] += next[bucket];
    }
    for (size_t i = 0; i < count; i++) {
        out[next[lookups[i].child >> 56]++] = lookups[i];
    }
}

static void look_up(struct store_txn *txn, const struct rules *rules, const struct prepared *prepared,
                    const struct lookup *lookup, struct record_child *out) {
    const struct prepared_tokens *tokens = &prepared->items[lookup->item].tokens;
    const struct entries entries = store_get(txn, lookup->child);
    if (!tokens->given[lookup->place]) {
        return; // looked up like any other, and nothing stands there
    }
    struct record_child *child = &out[lookup->item];
    enum shield_row kind = rules->identifier[lookup->place % rules->slot_count] ? SHIELD_IDENTIFIER : SHIELD_NAME;
    enum tier tier = rules->slots[lookup->place % rules->slot_count].tier;
    ask_entries(txn, rules, tier, entries, tokens->agency[lookup->place], child);
    if (entries.count == 0) { // the same work as for one entry (see unseal_decoy in child_rows.c)
        (void)store_shielded(txn, SHIELD_RECORD, lookup->child);
    }
    if (tier == TIER_SURE && store_shielded(txn, kind, lookup->child)) {
        note_touch(&child->touch, TOUCH_QUESTION, kind, lookup->child);
    }
}

static void note_tags(const struct rules *rules, const struct prepared_tokens *tokens, struct record_child *out) {
    *out = (struct record_child){.answer = ANSWER_NO};
    for (size_t place = 0; place < MAX_TOKENS; place++) {
        if (tokens->given[place]) {
            out->slots[out->tag_count] = (uint8_t)(place % rules->slot_count);
            out->tags[out->tag_count++] = tokens->child[place];
        }
    }
}

void decide_question(struct store_txn *txn, const struct rules *rules, const struct prepared *prepared,
                     struct record_child *out) {
    size_t count = prepared->count * prepared->width;
    struct lookup *lookups = calloc(2 * count, sizeof *lookups);
    if (lookups == NULL) {
        store_fail(txn, err_set(ERR_MEMORY, "out of memory"));
        return;
    }
    struct lookup *ordered = lookups + count;
    for (size_t i = 0; i < count; i++) {
        size_t item = i / prepared->width;
        size_t place = i % prepared->width;
        lookups[i] = (struct lookup){prepared->items[item].tokens.child[place], (uint16_t)item, (uint16_t)place};
    }
    for (size_t i = 0; i < prepared->count; i++) {
        note_tags(rules, &prepared->items[i].tokens, &out[i]);
        out[i].canary = prepared->items[i].canary;
    }
    order(lookups, count, ordered);
    for (size_t i = 0; i < count; i++) {
        look_up(txn, rules, prepared, &ordered[i], out);
    }
    free(lookups);
}

// ---- changes

// What stands of one record under a set of tokens.
struct standing {
    size_t given; // slots that are not empty
    size_t found; // of these, with an entry of the record
    bool has[MAX_TOKENS];
    struct entry entries[MAX_TOKENS];
    bool full; // an entry that is missing could not be added
};

static void find_standing(struct store_txn *txn, const struct prepared_tokens *tokens,
                          const uint8_t record[RECORD_TAG_SIZE], struct standing *out) {
    *out = (struct standing){0};
    for (size_t place = 0; place < MAX_TOKENS; place++) {
        if (!tokens->given[place]) {
            continue;
        }
        const struct entries entries = store_get(txn, tokens->child[place]);
        size_t at = entries_find(entries, tokens->agency[place], record, &out->has[place]);
        out->given++;
        if (out->has[place]) {
            out->entries[place] = entries_at(entries, at);
            out->found++;
        } else if (entries.count >= STORE_ENTRIES_MAX ||
                   entries_of_agency(entries, tokens->agency[place]) >= STORE_AGENCY_ENTRIES_MAX) {
            out->full = true;
        }
    }
}

static bool any_current(const struct standing *standing) {
    for (size_t place = 0; place < MAX_TOKENS; place++) {
        if (standing->has[place] && (standing->entries[place].state & ENTRY_CURRENT) != 0) {
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
    for (size_t place = 0; place < MAX_TOKENS; place++) {
        const struct entry *entry = &standing->entries[place];
        bool lapsed = (state & ENTRY_CURRENT) != 0 && !counts_as_current(rules, entry);
        if (standing->has[place] && (entry->state != state || lapsed)) {
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
                                  size_t place) {
    struct record_row *row = &outcome->out->rows[outcome->out->row_count++];
    *row = (struct record_row){
        .kind = kind, .slot = (uint8_t)(place % outcome->rules->slot_count), .child = tokens->child[place]};
    memcpy(row->agency, tokens->agency[place], sizeof row->agency);
    return row;
}

static void add_put(struct outcome *outcome, size_t place, uint8_t state, uint16_t until) {
    struct record_row *row = add_row(outcome, ROW_PUT, &outcome->item->tokens, place);
    row->state = state;
    row->until = until;
}

// The record now stands under every token, in one state. What has ended is kept from the quarter of its end on.
static void put_everywhere(struct outcome *outcome, uint8_t state) {
    if (outcome->standing.full) {
        store_fail(outcome->txn, err_set(ERR_FULL, "too many records stand under one of these tokens already"));
        return;
    }
    for (size_t place = 0; place < MAX_TOKENS; place++) {
        if (outcome->item->tokens.given[place]) {
            bool current = (state & ENTRY_CURRENT) != 0;
            add_put(outcome, place, state, current ? outcome->rules->until : outcome->rules->quarter);
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

static bool same_place(const struct prepared_item *item, size_t place) {
    return item->tokens.given[place] && item->tokens.child[place] == item->old_tokens.child[place];
}

// Old entries that do not stand under the new tokens too.
static size_t add_removals(struct outcome *outcome, const struct standing *old) {
    size_t before = outcome->out->row_count;
    for (size_t place = 0; place < MAX_TOKENS; place++) {
        if (old->has[place] && !same_place(outcome->item, place)) {
            (void)add_row(outcome, ROW_REMOVE, &outcome->item->old_tokens, place);
        }
    }
    return outcome->out->row_count - before;
}

static enum change_result decide_replace(struct outcome *outcome) {
    struct standing old;
    find_standing(outcome->txn, &outcome->item->old_tokens, outcome->item->record, &old);
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
    for (size_t place = 0; place < MAX_TOKENS; place++) {
        const struct entry *entry = &outcome->standing.entries[place];
        if (outcome->standing.has[place] && entry->until != outcome->rules->until) {
            add_put(outcome, place, entry->state, outcome->rules->until);
        }
    }
    return outcome->out->row_count > 0 ? RESULT_RENEWED : RESULT_UNCHANGED;
}

static enum change_result decide_close(struct outcome *outcome) {
    if (outcome->standing.found == 0) {
        return RESULT_NOT_FOUND;
    }
    for (size_t place = 0; place < MAX_TOKENS; place++) {
        const struct entry *entry = &outcome->standing.entries[place];
        if (outcome->standing.has[place] && (entry->state & ENTRY_CURRENT) != 0) {
            bool lapsed = entry->until < outcome->rules->quarter;
            add_put(outcome, place, entry->state & (uint8_t)~ENTRY_CURRENT,
                    lapsed ? entry->until : outcome->rules->quarter);
        }
    }
    return outcome->out->row_count > 0 ? RESULT_CLOSED : RESULT_UNCHANGED;
}

static enum change_result decide_withdraw(struct outcome *outcome) {
    for (size_t place = 0; place < MAX_TOKENS; place++) {
        if (outcome->standing.has[place]) {
            (void)add_row(outcome, ROW_REMOVE, &outcome->item->tokens, place);
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
    for (size_t place = 0; place < MAX_TOKENS; place++) {
        if (outcome->item->tokens.given[place]) {
            (void)add_row(outcome, ROW_CONCERNED, &outcome->item->tokens, place);
        }
    }
}

// What is fed about a child with a shield: hidden when it bears a shielded number, shown to somebody when it shares
// names alone.
static void find_touch(struct outcome *outcome) {
    bool adds = outcome->out->result == RESULT_OPENED || outcome->out->result == RESULT_REPLACED;
    struct record_touch names = {0};
    for (size_t place = 0; adds && place < MAX_TOKENS; place++) {
        uint64_t child = outcome->item->tokens.child[place];
        enum shield_row kind =
            outcome->rules->identifier[place % outcome->rules->slot_count] ? SHIELD_IDENTIFIER : SHIELD_NAME;
        if (!outcome->item->tokens.given[place] || !store_shielded(outcome->txn, kind, child)) {
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
    find_standing(txn, &item->tokens, item->record, &outcome.standing);
    out->result = deciders[change->action](&outcome);
    find_touch(&outcome);
    if (out->row_count == 0) {
        add_concerned(&outcome);
    }
}
