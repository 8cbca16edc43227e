// SPDX-License-Identifier: Apache-2.0
#include "indexd/shield.h"

#include <stdlib.h>
#include <string.h>

#include "indexd/apply.h"
#include "indexd/prepare.h"

struct covers {
    struct job *job;
    struct record_cover *items; // RECORD_COVERS_MAX
    size_t count;
};

static bool has_cover(const struct covers *covers, enum shield_row kind, uint64_t tag) {
    for (size_t i = 0; i < covers->count; i++) {
        if (covers->items[i].kind == kind && covers->items[i].tag == tag) {
            return true;
        }
    }
    return false;
}

// True when it was not there yet.
static bool add_cover(struct covers *covers, enum shield_row kind, uint64_t tag) {
    if (has_cover(covers, kind, tag)) {
        return false;
    }
    if (covers->count == RECORD_COVERS_MAX) {
        store_fail(covers->job->txn, err_set(ERR_TOO_LARGE, "a shield covers at most %d records", RECORD_COVERS_MAX));
        return false;
    }
    covers->items[covers->count++] = (struct record_cover){kind, tag};
    return true;
}

// ---- adding

// A canary under a shield would stop the index.
static bool is_canary(const struct job *job, size_t slot, const uint8_t token[TOKEN_SIZE]) {
    return memcmp(job->descriptor->slots[slot].canary_token, token, TOKEN_SIZE) == 0 ||
           (descriptor_rotates(job->descriptor) &&
            memcmp(job->descriptor->previous.canary_tokens[slot], token, TOKEN_SIZE) == 0);
}

static void hide_entries(struct covers *covers, uint64_t child, struct shield_addition *addition) {
    const struct entries entries = store_get(covers->job->txn, child);
    for (size_t i = 0; i < entries.count; i++) {
        const struct entry entry = entries_at(entries, i);
        addition->hidden += add_cover(covers, SHIELD_RECORD, apply_record_tag(entry.record)) ? 1 : 0;
    }
}

static void cover_child(struct covers *covers, const struct token_set *child, struct shield_addition *addition) {
    struct job *job = covers->job;
    struct prepared_tokens tokens = {0};
    store_fail(job->txn, prepare_tokens(store_pepper(job->txn), "", child, addition->slots, addition->epochs, &tokens));
    for (size_t place = 0; store_error(job->txn) == OK && place < addition->slots * addition->epochs; place++) {
        size_t slot = place % addition->slots;
        if (tokens.given[place] && is_canary(job, slot, child->tokens[place])) {
            store_fail(job->txn, err_set(ERR_INPUT, "a canary of the scheme cannot be shielded"));
        } else if (tokens.given[place] && job->rules->identifier[slot]) {
            addition->numbers += add_cover(covers, SHIELD_IDENTIFIER, tokens.child[place]) ? 1 : 0;
            hide_entries(covers, tokens.child[place], addition);
        } else if (tokens.given[place]) {
            addition->names += add_cover(covers, SHIELD_NAME, tokens.child[place]) ? 1 : 0;
        }
    }
}

static void cover_record(struct covers *covers, const struct shield_named *named, struct shield_addition *addition) {
    uint8_t record[RECORD_TAG_SIZE];
    struct job *job = covers->job;
    tag_record(store_pepper(job->txn), named->agency, named->handle, record);
    if (store_error(job->txn) == OK) {
        addition->hidden += add_cover(covers, SHIELD_RECORD, apply_record_tag(record)) ? 1 : 0;
    }
}

struct seen { // records that were counted as matches
    uint64_t *records;
    size_t count, cap;
};

static bool see(struct job *job, struct seen *seen, uint64_t record) {
    for (size_t i = 0; i < seen->count; i++) {
        if (seen->records[i] == record) {
            return false;
        }
    }
    if (seen->count == seen->cap) {
        size_t cap = seen->cap * 2 + 64;
        uint64_t *records = realloc(seen->records, cap * sizeof *records);
        if (records == NULL) {
            store_fail(job->txn, err_set(ERR_MEMORY, "out of memory"));
            return false;
        }
        seen->records = records;
        seen->cap = cap;
    }
    seen->records[seen->count++] = record;
    return true;
}

static void match_entries(struct covers *covers, uint64_t child, struct seen *seen, struct shield_addition *addition) {
    const struct entries entries = store_get(covers->job->txn, child);
    for (size_t i = 0; i < entries.count && store_error(covers->job->txn) == OK; i++) {
        const struct entry entry = entries_at(entries, i);
        uint64_t record = apply_record_tag(entry.record);
        if (has_cover(covers, SHIELD_RECORD, record) || !see(covers->job, seen, record)) {
            continue;
        }
        if (addition->matches < SHIELD_MATCHES_MAX) {
            struct shield_match *match = &addition->match[addition->matches];
            match->child = child;
            memcpy(match->agency, entry.agency, sizeof match->agency);
        }
        addition->matches++;
    }
}

// After all that is hidden is known.
static void find_matches(struct covers *covers, struct shield_addition *addition) {
    struct seen seen = {0};
    for (size_t i = 0; i < covers->count; i++) {
        if (covers->items[i].kind == SHIELD_NAME) {
            match_entries(covers, covers->items[i].tag, &seen, addition);
        }
    }
    free(seen.records);
}

static void put_shield(struct covers *covers, const char *reference, uint64_t number, bool lifts) {
    struct record record = {.kind = RECORD_SHIELD, .number = number, .lifts = lifts};
    memcpy(record.texts[0], reference, strlen(reference) + 1);
    record.covers = covers->items;
    record.count = covers->count;
    job_put(covers->job, &record);
}

static void add(struct covers *covers, struct shield_addition *addition) {
    struct job *job = covers->job;
    for (size_t i = 0; i < addition->child_count && store_error(job->txn) == OK; i++) {
        cover_child(covers, &addition->children[i], addition);
    }
    for (size_t i = 0; i < addition->record_count && store_error(job->txn) == OK; i++) {
        cover_record(covers, &addition->records[i], addition);
    }
    if (store_error(job->txn) == OK && addition->numbers == 0 && addition->record_count == 0) {
        store_fail(job->txn, err_set(ERR_INPUT, "a shield needs an NHS number, a UPN, or a record"));
    }
    if (store_error(job->txn) == OK) {
        find_matches(covers, addition);
        addition->number = job_next(job);
        put_shield(covers, addition->reference, addition->number, false);
    }
}

static void with_room(struct job *job, struct covers *covers) {
    *covers = (struct covers){.job = job, .items = calloc(RECORD_COVERS_MAX, sizeof covers->items[0])};
    if (covers->items == NULL) {
        store_fail(job->txn, err_set(ERR_MEMORY, "out of memory"));
    }
}

void shield_add(struct job *job, void *ctx) {
    struct shield_addition *addition = ctx;
    struct covers covers;
    addition->numbers = addition->names = addition->hidden = addition->matches = 0; // it may be the second try
    with_room(job, &covers);
    if (addition->child_count > 0 && addition->slots != job->rules->slot_count) {
        store_fail(job->txn, err_set(ERR_INPUT, "the tokens are of another set of match keys"));
    }
    if (store_error(job->txn) == OK) {
        add(&covers, addition);
    }
    free(covers.items);
}

// ---- lifting

struct search {
    struct covers *covers;
    uint64_t number;
    size_t records;
};

static void find_cover(void *ctx, const struct shield_cover *cover) {
    struct search *search = ctx;
    for (size_t i = 0; i < cover->count; i++) {
        if (cover->numbers[i] == search->number && cover->kind != SHIELD_OWN) {
            (void)add_cover(search->covers, cover->kind, cover->tag);
            search->records += cover->kind == SHIELD_RECORD ? 1 : 0;
        }
    }
}

void shield_lift(struct job *job, void *ctx) {
    struct shield_lifting *lifting = ctx;
    struct covers covers;
    struct store_shield shield;
    struct search search = {.covers = &covers, .number = lifting->number};
    with_room(job, &covers);
    if (store_error(job->txn) == OK && !store_get_shield(job->txn, lifting->number, &shield)) {
        store_fail(job->txn, err_set(ERR_NOT_FOUND, "there is no shield %llu", (unsigned long long)lifting->number));
    }
    if (store_error(job->txn) == OK) {
        store_each_shield(job->txn, find_cover, &search);
    }
    if (store_error(job->txn) == OK) {
        put_shield(&covers, shield.reference, lifting->number, true);
        lifting->records = search.records;
    }
    free(covers.items);
}

// ---- listing

struct listing {
    struct store_txn *txn;
    struct shield_count *counts;
    size_t count, cap;
};

static struct shield_count *find_count(struct listing *listing, uint64_t number) {
    for (size_t i = 0; i < listing->count; i++) {
        if (listing->counts[i].shield.number == number) {
            return &listing->counts[i];
        }
    }
    if (listing->count == listing->cap) {
        size_t cap = listing->cap * 2 + 16;
        struct shield_count *counts = realloc(listing->counts, cap * sizeof *counts);
        if (counts == NULL) {
            store_fail(listing->txn, err_set(ERR_MEMORY, "out of memory"));
            return NULL;
        }
        listing->counts = counts;
        listing->cap = cap;
    }
    struct shield_count *added = &listing->counts[listing->count++];
    *added = (struct shield_count){.shield.number = number};
    return added;
}

static void count_cover(void *ctx, const struct shield_cover *cover) {
    for (size_t i = 0; i < cover->count; i++) {
        struct shield_count *count = find_count(ctx, cover->numbers[i]);
        if (count != NULL) {
            count->numbers += cover->kind == SHIELD_IDENTIFIER ? 1 : 0;
            count->names += cover->kind == SHIELD_NAME ? 1 : 0;
            count->records += cover->kind == SHIELD_RECORD ? 1 : 0;
        }
    }
}

static int by_number(const void *a, const void *b) {
    const struct shield_count *left = a;
    const struct shield_count *right = b;
    return left->shield.number < right->shield.number ? -1 : left->shield.number > right->shield.number;
}

void shield_each(struct store_txn *txn, void (*each)(void *ctx, const struct shield_count *shield), void *ctx) {
    struct listing listing = {.txn = txn};
    store_each_shield(txn, count_cover, &listing);
    if (listing.count > 0) {
        qsort(listing.counts, listing.count, sizeof listing.counts[0], by_number);
    }
    for (size_t i = 0; i < listing.count && store_error(txn) == OK; i++) {
        if (store_get_shield(txn, listing.counts[i].shield.number, &listing.counts[i].shield)) {
            each(ctx, &listing.counts[i]);
        }
    }
    free(listing.counts);
}
