// SPDX-License-Identifier: Apache-2.0
#include "proto/roster.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "proto/roster_text.h"

struct roster_key { // one row of the sorted index
    uint8_t key[KEY_HASH_SIZE];
    uint32_t entry;
};

void roster_free(struct roster *roster) {
    if (roster == NULL) {
        return;
    }
    for (size_t i = 0; i < roster->count; i++) {
        free(roster->entries[i].keys);
    }
    free(roster->entries);
    free(roster->barred);
    free(roster->by_key);
    free(roster->by_identity);
    free(roster);
}

static int compare_keys(const void *a, const void *b) {
    const struct roster_key *left = a;
    const struct roster_key *right = b;
    return memcmp(left->key, right->key, KEY_HASH_SIZE);
}

static err_t index_keys(struct roster *roster) {
    for (size_t i = 0; i < roster->count; i++) {
        roster->key_count += roster->entries[i].key_count;
    }
    roster->by_key = calloc(roster->key_count > 0 ? roster->key_count : 1, sizeof roster->by_key[0]);
    if (roster->by_key == NULL) {
        return err_set(ERR_MEMORY, "roster");
    }
    size_t row = 0;
    for (size_t i = 0; i < roster->count; i++) {
        for (size_t j = 0; j < roster->entries[i].key_count; j++, row++) {
            memcpy(roster->by_key[row].key, roster->entries[i].keys[j], KEY_HASH_SIZE);
            roster->by_key[row].entry = (uint32_t)i;
        }
    }
    qsort(roster->by_key, row, sizeof roster->by_key[0], compare_keys);
    for (size_t i = 1; i < row; i++) {
        if (compare_keys(&roster->by_key[i - 1], &roster->by_key[i]) == 0) {
            return err_set(ERR_INPUT, "entries[%u]: keys: one is listed twice (also in entries[%u])",
                           roster->by_key[i].entry, roster->by_key[i - 1].entry);
        }
    }
    return OK;
}

// The scheme is the roster's own in every entry.
static int compare_identities(const struct urn *a, const struct urn *b) {
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    int by_id = strcmp(a->id, b->id);
    return by_id != 0 ? by_id : strcmp(a->person, b->person);
}

static int compare_places(const void *a, const void *b, void *ctx) {
    const struct roster_entry *entries = ctx;
    return compare_identities(&entries[*(const uint32_t *)a].identity, &entries[*(const uint32_t *)b].identity);
}

static err_t index_identities(struct roster *roster) {
    roster->by_identity = calloc(roster->count > 0 ? roster->count : 1, sizeof roster->by_identity[0]);
    if (roster->by_identity == NULL) {
        return err_set(ERR_MEMORY, "roster");
    }
    for (size_t i = 0; i < roster->count; i++) {
        roster->by_identity[i] = (uint32_t)i;
    }
    qsort_r(roster->by_identity, roster->count, sizeof roster->by_identity[0], compare_places, roster->entries);
    for (size_t i = 1; i < roster->count; i++) {
        const uint32_t *pair = &roster->by_identity[i - 1];
        if (compare_places(&pair[0], &pair[1], roster->entries) == 0) {
            return err_set(ERR_INPUT, "entries[%u]: identity: listed twice (also in entries[%u])", pair[1], pair[0]);
        }
    }
    return OK;
}

static int compare_barred(const void *a, const void *b) {
    return compare_identities(a, b);
}

static err_t index_barred(struct roster *roster) {
    if (roster->barred_count > 0) {
        qsort(roster->barred, roster->barred_count, sizeof roster->barred[0], compare_barred);
    }
    for (size_t i = 0; i < roster->barred_count; i++) {
        char text[MAX_URN + 1];
        urn_format(&roster->barred[i], text);
        if (i > 0 && compare_barred(&roster->barred[i - 1], &roster->barred[i]) == 0) {
            return err_set(ERR_INPUT, "field \"barred\": %s is listed twice", text);
        }
        if (roster_entry_of(roster, &roster->barred[i]) != NULL) {
            return err_set(ERR_INPUT, "field \"barred\": %s has an entry too", text);
        }
    }
    return OK;
}

static err_t text_open(struct bytes text, struct roster *roster) {
    err_t err = roster_text_read(text, roster);
    if (err == OK) {
        err = index_keys(roster);
    }
    if (err == OK) {
        err = index_identities(roster);
    }
    return err == OK ? index_barred(roster) : err;
}

err_t roster_parse(struct bytes text, struct roster **out) {
    struct roster *roster = calloc(1, sizeof *roster);
    if (roster == NULL) {
        return err_set(ERR_MEMORY, "roster");
    }
    err_t err = text_open(text, roster);
    if (err != OK) {
        roster_free(roster);
        return err;
    }
    *out = roster;
    return OK;
}

static err_t note_open(struct bytes whole, const struct note_key *authority, const char *scheme, struct roster **out) {
    struct note note;
    struct roster *roster = NULL;
    err_t err = note_parse(whole, &note);
    if (err == OK) {
        err = note_verify(&note, authority);
    }
    if (err == OK) {
        err = roster_parse(note.text, &roster);
    }
    if (err == OK && strcmp(roster->scheme, scheme) != 0) {
        roster_free(roster);
        return err_set(ERR_INPUT, "field \"scheme\": must be of the scheme %s", scheme);
    }
    if (err == OK) {
        *out = roster;
    }
    return err;
}

err_t roster_load(const char *path, const struct note_key *authority, const char *scheme, struct roster **out) {
    struct buf whole = {0};
    err_t err = file_read(path, MAX_ROSTER, &whole);
    if (err == OK) {
        err = note_open(buf_bytes(&whole), authority, scheme, out);
        err = err == OK ? OK : err_prefix(err, "%s", path);
    }
    buf_free(&whole);
    return err;
}

static bool may_act(const struct roster_entry *entry, int64_t now_s) {
    return !entry->suspended && now_s >= entry->valid_from && now_s < entry->valid_until;
}

const struct roster_entry *roster_entry_of(const struct roster *roster, const struct urn *identity) {
    size_t low = 0;
    size_t high = roster->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct roster_entry *entry = &roster->entries[roster->by_identity[middle]];
        int order = compare_identities(identity, &entry->identity);
        if (order == 0) {
            return entry;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

// A person's agency, where it has an entry of its own.
static const struct roster_entry *agency_of(const struct roster *roster, const struct urn *person) {
    struct urn agency = {.kind = URN_AGENCY};
    memcpy(agency.id, person->id, sizeof agency.id);
    return roster_entry_of(roster, &agency);
}

bool roster_is_barred(const struct roster *roster, const struct urn *person) {
    return roster->barred_count > 0 &&
           bsearch(person, roster->barred, roster->barred_count, sizeof roster->barred[0], compare_barred) != NULL;
}

// What a person must have renewed, each with its own date.
static err_t check_dates(const struct roster_entry *entry, int64_t now_s) {
    const struct {
        const char *what;
        int64_t until;
    } dates[] = {{"vetting", entry->vetting_until}, {"training", entry->training_until}};
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        if (dates[i].until != 0 && now_s >= dates[i].until) {
            char when[CLOCK_TEXT_SIZE];
            clock_format(dates[i].until, when);
            return err_set(ERR_DENIED, "the %s of this identity ended at %s", dates[i].what, when);
        }
    }
    return OK;
}

static err_t entry_admit(const struct roster *roster, const struct roster_entry *entry, int64_t now_s) {
    if (entry->suspended) {
        return err_set(ERR_DENIED, "this identity is suspended on the roster");
    }
    if (!may_act(entry, now_s)) {
        return err_set(ERR_DENIED, "this identity's entry on the roster is %s",
                       now_s < entry->valid_from ? "not valid yet" : "no longer valid");
    }
    err_t err = check_dates(entry, now_s);
    if (err != OK) {
        return err;
    }
    if (entry->identity.kind == URN_PERSON) {
        const struct roster_entry *agency = agency_of(roster, &entry->identity);
        if (agency != NULL && agency->suspended) {
            return err_set(ERR_DENIED, "this person's agency is suspended on the roster");
        }
    }
    return OK;
}

err_t roster_find(const struct roster *roster, const uint8_t key[KEY_HASH_SIZE], const struct urn *identity,
                  int64_t now_s, const struct roster_entry **out) {
    struct roster_key wanted = {0};
    memcpy(wanted.key, key, KEY_HASH_SIZE);
    if (now_s >= roster->expires) {
        return err_set(ERR_EXPIRED, "the roster has expired");
    }
    const struct roster_key *row =
        bsearch(&wanted, roster->by_key, roster->key_count, sizeof roster->by_key[0], compare_keys);
    if (row == NULL && roster_is_barred(roster, identity)) {
        return err_set(ERR_DENIED, "this person is barred");
    }
    if (row == NULL) {
        return err_set(ERR_DENIED, "this key is not on the roster");
    }
    const struct roster_entry *entry = &roster->entries[row->entry];
    if (!urn_equal(&entry->identity, identity)) {
        return err_set(ERR_DENIED, "this key is on the roster for another identity");
    }
    err_t err = entry_admit(roster, entry, now_s);
    if (err == OK) {
        *out = entry;
    }
    return err;
}

err_t roster_find_person(const struct roster *roster, const struct urn *person, int64_t now_s) {
    if (roster_is_barred(roster, person)) {
        return err_set(ERR_DENIED, "the person named is barred");
    }
    const struct roster_entry *entry = roster_entry_of(roster, person);
    err_t err = entry == NULL ? OK : entry_admit(roster, entry, now_s);
    return err == OK ? OK : err_prefix(err, "the person named");
}

size_t roster_feeds(const struct roster *roster, int64_t now_s) {
    size_t feeds = 0;
    for (size_t i = 0; i < roster->count; i++) {
        const struct roster_entry *entry = &roster->entries[i];
        if (entry->identity.kind == URN_AGENCY && may_act(entry, now_s)) {
            feeds++;
        }
    }
    return feeds;
}
