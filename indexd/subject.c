// SPDX-License-Identifier: Apache-2.0
#include "indexd/subject.h"

#include <stdlib.h>
#include <string.h>

#include "indexd/apply.h"
#include "indexd/prepare.h"

struct tag { // of the child
    uint64_t child;
    size_t slot;
};

struct found { // a record that was shown
    uint8_t record[RECORD_TAG_SIZE];
};

struct search {
    const struct rules *rules;
    const struct subject_visitor *visitor;
    struct tag *tags;
    size_t tag_count;
    struct found *found;
    size_t found_count, found_cap;
    bool shielded;
};

static bool is_sure(const struct search *search, size_t slot) {
    return search->rules->slots[slot].tier == TIER_SURE;
}

// ---- the tags

static void add_tags(struct store_txn *txn, struct search *search, const struct token_set *child, size_t epochs) {
    struct prepared_tokens tokens = {0};
    store_fail(txn, prepare_tokens(store_pepper(txn), "", child, search->rules->slot_count, epochs, &tokens));
    for (size_t place = 0; store_error(txn) == OK && place < search->rules->slot_count * epochs; place++) {
        if (tokens.given[place]) {
            search->tags[search->tag_count++] = (struct tag){tokens.child[place], place % search->rules->slot_count};
        }
    }
}

static bool has_number(const struct search *search) {
    for (size_t i = 0; i < search->tag_count; i++) {
        if (search->rules->identifier[search->tags[i].slot]) {
            return true;
        }
    }
    return false;
}

// ---- what is recorded

static bool see(struct store_txn *txn, struct search *search, const uint8_t record[RECORD_TAG_SIZE]) {
    for (size_t i = 0; i < search->found_count; i++) {
        if (memcmp(search->found[i].record, record, RECORD_TAG_SIZE) == 0) {
            return false;
        }
    }
    if (search->found_count == search->found_cap) {
        size_t cap = search->found_cap * 2 + 64;
        struct found *found = realloc(search->found, cap * sizeof *found);
        if (found == NULL) {
            store_fail(txn, err_set(ERR_MEMORY, "out of memory"));
            return false;
        }
        search->found = found;
        search->found_cap = cap;
    }
    memcpy(search->found[search->found_count++].record, record, RECORD_TAG_SIZE);
    return true;
}

static void show_entries(struct store_txn *txn, struct search *search, const struct tag *tag) {
    const struct entries entries = store_get(txn, tag->child);
    for (size_t i = 0; i < entries.count && store_error(txn) == OK; i++) {
        struct subject_recorded recorded = {
            .child = tag->child, .entry = entries_at(entries, i), .sure = is_sure(search, tag->slot)};
        if (see(txn, search, recorded.entry.record)) {
            recorded.shielded = store_shielded(txn, SHIELD_RECORD, apply_record_tag(recorded.entry.record));
            recorded.current =
                (recorded.entry.state & ENTRY_CURRENT) != 0 && recorded.entry.until >= search->rules->quarter;
            search->visitor->recorded(search->visitor->ctx, &recorded);
        }
    }
}

// Sure tags first, so that a record that shares both is shown as sure.
static void show_recorded(struct store_txn *txn, struct search *search) {
    for (int sure = 1; sure >= 0; sure--) {
        for (size_t i = 0; i < search->tag_count; i++) {
            if (is_sure(search, search->tags[i].slot) == (sure == 1)) {
                show_entries(txn, search, &search->tags[i]);
            }
        }
    }
    for (size_t i = 0; i < search->tag_count; i++) {
        search->shielded = search->shielded || (search->rules->identifier[search->tags[i].slot] &&
                                                store_shielded(txn, SHIELD_IDENTIFIER, search->tags[i].child));
    }
}

// ---- who asked

static bool matches(const struct search *search, const struct record_child *child, bool *out_sure) {
    bool any = false;
    *out_sure = false;
    for (size_t i = 0; i < child->tag_count; i++) {
        for (size_t j = 0; j < search->tag_count; j++) {
            if (child->tags[i] == search->tags[j].child && child->slots[i] == search->tags[j].slot) {
                any = true;
                *out_sure = *out_sure || is_sure(search, search->tags[j].slot);
            }
        }
    }
    return any;
}

static void review_record(void *ctx, const struct record *record) {
    const struct search *search = ctx;
    for (size_t i = 0; record->kind == RECORD_QUESTION && i < record->count; i++) {
        struct subject_asked asked = {.record = record, .answer = record->children[i].answer};
        if (matches(search, &record->children[i], &asked.sure)) {
            search->visitor->asked(search->visitor->ctx, &asked);
        }
    }
}

static void review_month(void *ctx, const struct review_month *month) {
    const struct search *search = ctx;
    search->visitor->month(search->visitor->ctx, month);
}

static err_t search_store(struct store *store, struct search *search, const struct subject *subject) {
    struct store_txn *txn = NULL;
    err_t err = store_begin(store, false, &txn);
    if (err != OK) {
        return err;
    }
    for (size_t i = 0; i < subject->set_count; i++) {
        const struct subject_tokens *set = &subject->sets[i];
        for (size_t j = 0; j < set->child_count; j++) {
            add_tags(txn, search, &set->children[j], set->epochs);
        }
    }
    if (store_error(txn) == OK && !has_number(search)) {
        store_fail(txn, err_set(ERR_INPUT, "an NHS number or a UPN is needed: names alone may be another child's"));
    }
    if (store_error(txn) == OK) {
        show_recorded(txn, search);
    }
    return store_end(txn, false);
}

err_t subject_search(struct store *store, const struct journal *journal, const struct rules *rules,
                     const struct subject *subject, const struct subject_visitor *visitor, bool *out_shielded) {
    struct search search = {.rules = rules, .visitor = visitor};
    if (subject->slots != rules->slot_count) {
        return err_set(ERR_INPUT, "the tokens are of another set of match keys");
    }
    size_t most = 1;
    for (size_t i = 0; i < subject->set_count; i++) {
        most += subject->sets[i].child_count * subject->sets[i].epochs * rules->slot_count;
    }
    struct tag *tags = calloc(most, sizeof *tags);
    search.tags = tags;
    err_t err = tags == NULL ? err_set(ERR_MEMORY, "out of memory") : search_store(store, &search, subject);
    if (err == OK) {
        const struct review review = {review_record, review_month, &search, visitor->stop};
        *out_shielded = search.shielded; // before anything is shown of the journal
        err = review_journal(journal, &review);
    }
    free(tags);
    free(search.found);
    return err;
}
