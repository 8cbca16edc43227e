// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/roster_change.h"

#include <stdlib.h>
#include <string.h>

err_t roster_new(const char *scheme, struct roster **out) {
    struct roster *roster = calloc(1, sizeof *roster);
    if (roster == NULL) {
        return err_set(ERR_MEMORY, "no memory for a roster");
    }
    memcpy(roster->scheme, scheme, strlen(scheme) + 1);
    *out = roster;
    return OK;
}

static struct roster_entry *find(struct roster *roster, const struct urn *identity) {
    for (size_t i = 0; i < roster->count; i++) {
        if (urn_equal(&roster->entries[i].identity, identity)) {
            return &roster->entries[i];
        }
    }
    return NULL;
}

static err_t not_listed(const struct urn *identity) {
    char text[MAX_URN + 1];
    urn_format(identity, text);
    return err_set(ERR_NOT_FOUND, "%s is not on the roster", text);
}

static const struct roster_entry *holder_of_key(const struct roster *roster, const uint8_t key[KEY_HASH_SIZE]) {
    for (size_t i = 0; i < roster->count; i++) {
        for (size_t j = 0; j < roster->entries[i].key_count; j++) {
            if (memcmp(roster->entries[i].keys[j], key, KEY_HASH_SIZE) == 0) {
                return &roster->entries[i];
            }
        }
    }
    return NULL;
}

static unsigned role_by_kind(enum urn_kind kind) {
    switch (kind) {
    case URN_AGENCY:
        return ROLE_AGENCY;
    case URN_PERSON:
        return ROLE_PRACTITIONER;
    case URN_ADMINISTRATOR:
        return ROLE_ADMINISTRATOR;
    case URN_INDEX:
        return ROLE_INDEX;
    case URN_HOLDER:
        return 0;
    }
    return 0;
}

static err_t check_member(const struct roster *roster, const struct roster_member *member) {
    const struct urn *who = &member->identity;
    char text[MAX_URN + 1];
    urn_format(who, text);
    if (strcmp(who->scheme, roster->scheme) != 0) {
        return err_set(ERR_INPUT, "%s is of another scheme than %s", text, roster->scheme);
    }
    if (who->kind == URN_HOLDER) {
        return err_set(ERR_DENIED, "%s: holders are in the descriptor, not on the roster", text);
    }
    if ((who->kind == URN_AGENCY || who->kind == URN_PERSON) && strcmp(who->id, AGENCY_CANARY) == 0) {
        return err_set(ERR_DENIED, "%s: the agency \"" AGENCY_CANARY "\" is reserved", text);
    }
    if ((member->roles & ~roles_of_kind(who->kind)) != 0) {
        return err_set(ERR_DENIED, "%s cannot have that role", text);
    }
    if (roster_is_barred(roster, who)) {
        return err_set(ERR_DENIED, "%s is barred", text);
    }
    const struct roster_entry *holder = holder_of_key(roster, member->key);
    if (holder != NULL) {
        urn_format(&holder->identity, text);
        return err_set(ERR_EXISTS, "the key is on the roster already, as %s", text);
    }
    return OK;
}

static err_t new_entry(struct roster *roster, const struct roster_member *member, struct roster_entry **out) {
    if (roster->count >= MAX_ROSTER_ENTRIES) {
        return err_set(ERR_FULL, "the roster has %d entries", MAX_ROSTER_ENTRIES);
    }
    struct roster_entry *entries = reallocarray(roster->entries, roster->count + 1, sizeof *entries);
    if (entries == NULL) {
        return err_set(ERR_MEMORY, "no memory for the roster");
    }
    roster->entries = entries;
    entries[roster->count] = (struct roster_entry){
        .identity = member->identity,
        .roles = role_by_kind(member->identity.kind),
        .valid_from = member->valid_from,
        .valid_until = member->valid_until,
    };
    *out = &entries[roster->count++];
    return OK;
}

static err_t add_key(struct roster_entry *entry, const uint8_t key[KEY_HASH_SIZE]) {
    if (entry->key_count >= MAX_KEYS) {
        char text[MAX_URN + 1];
        urn_format(&entry->identity, text);
        return err_set(ERR_FULL, "%s has %d keys: remove it, then add the certificates that are in use", text,
                       MAX_KEYS);
    }
    uint8_t(*keys)[KEY_HASH_SIZE] = reallocarray(entry->keys, entry->key_count + 1, KEY_HASH_SIZE);
    if (keys == NULL) {
        return err_set(ERR_MEMORY, "no memory for the roster");
    }
    memcpy(keys[entry->key_count++], key, KEY_HASH_SIZE);
    entry->keys = keys;
    return OK;
}

err_t roster_add(struct roster *roster, const struct roster_member *member) {
    err_t err = check_member(roster, member);
    if (err != OK) {
        return err;
    }
    struct roster_entry *entry = find(roster, &member->identity);
    if (entry == NULL) {
        err = new_entry(roster, member, &entry);
    }
    err = err != OK ? err : add_key(entry, member->key);
    if (err != OK) {
        return err;
    }
    entry->roles |= member->roles;
    if (member->valid_until > entry->valid_until) {
        entry->valid_until = member->valid_until;
    }
    return OK;
}

err_t roster_remove(struct roster *roster, const struct urn *identity) {
    struct roster_entry *entry = find(roster, identity);
    if (entry == NULL) {
        return not_listed(identity);
    }
    free(entry->keys);
    size_t after = roster->count - (size_t)(entry - roster->entries) - 1;
    memmove(entry, entry + 1, after * sizeof *entry);
    roster->count--;
    return OK;
}

err_t roster_suspend(struct roster *roster, const struct urn *identity, bool suspended) {
    struct roster_entry *entry = find(roster, identity);
    if (entry == NULL) {
        return not_listed(identity);
    }
    if (entry->suspended == suspended) {
        char text[MAX_URN + 1];
        urn_format(identity, text);
        return err_set(ERR_EXISTS, "%s is %s already", text, suspended ? "suspended" : "active");
    }
    entry->suspended = suspended;
    return OK;
}

err_t roster_set(struct roster *roster, const struct urn *identity, const struct roster_settings *settings) {
    char text[MAX_URN + 1];
    struct roster_entry *entry = find(roster, identity);
    urn_format(identity, text);
    if (entry == NULL) {
        return not_listed(identity);
    }
    if ((settings->roles & ~roles_of_kind(identity->kind)) != 0) {
        return err_set(ERR_DENIED, "%s cannot have that role", text);
    }
    if (settings->valid_until != 0 && settings->valid_until <= entry->valid_from) {
        return err_set(ERR_INPUT, "%s: the entry would end before it begins", text);
    }
    entry->roles |= settings->roles;
    entry->valid_until = settings->valid_until != 0 ? settings->valid_until : entry->valid_until;
    entry->vetting_until = settings->vetting_until != ROSTER_KEEP ? settings->vetting_until : entry->vetting_until;
    entry->training_until = settings->training_until != ROSTER_KEEP ? settings->training_until : entry->training_until;
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        if (settings->limited[i]) {
            entry->terms.limits.of[i] = settings->limits.of[i];
        }
    }
    return OK;
}

err_t roster_allow(struct roster *roster, const struct urn *identity, const struct allowance *allowance) {
    struct roster_entry *entry = find(roster, identity);
    if (entry == NULL) {
        return not_listed(identity);
    }
    entry->terms.allowance = *allowance;
    return OK;
}

static int compare_persons(const void *a, const void *b) {
    const struct urn *left = a;
    const struct urn *right = b;
    const int by_id = strcmp(left->id, right->id);
    return by_id != 0 ? by_id : strcmp(left->person, right->person);
}

static void sort_persons(struct roster_barring *barring) {
    size_t kept = 0;
    if (barring->count > 0) {
        qsort(barring->persons, barring->count, sizeof barring->persons[0], compare_persons);
    }
    for (size_t i = 0; i < barring->count; i++) {
        if (kept == 0 || compare_persons(&barring->persons[kept - 1], &barring->persons[i]) != 0) {
            barring->persons[kept++] = barring->persons[i];
        }
    }
    barring->count = kept;
}

static struct urn *barred_at(const struct roster_barring *barring, const struct urn *identity) {
    return identity->kind != URN_PERSON || barring->count == 0
               ? NULL
               : bsearch(identity, barring->persons, barring->count, sizeof barring->persons[0], compare_persons);
}

// One walk over all entries: a roster has hundreds of thousands, and a list may have as many.
static void drop_listed(struct roster *roster, const struct roster_barring *barring) {
    size_t kept = 0;
    for (size_t i = 0; i < roster->count; i++) {
        const struct urn *found = barred_at(barring, &roster->entries[i].identity);
        if (found != NULL) {
            barring->results[found - barring->persons] = BARRED_REMOVED;
            free(roster->entries[i].keys);
        } else {
            roster->entries[kept++] = roster->entries[i];
        }
    }
    roster->count = kept;
}

err_t roster_bar(struct roster *roster, struct roster_barring *barring) {
    sort_persons(barring);
    struct urn *barred = calloc(roster->barred_count + barring->count + 1, sizeof barred[0]);
    if (barred == NULL) {
        return err_set(ERR_MEMORY, "no memory for the roster");
    }
    size_t count = 0;
    for (; count < roster->barred_count; count++) {
        barred[count] = roster->barred[count];
    }
    for (size_t i = 0; i < barring->count; i++) {
        const bool already = roster_is_barred(roster, &barring->persons[i]);
        barring->results[i] = already ? BARRED_ALREADY : BARRED_NOT_LISTED;
        if (!already) {
            barred[count++] = barring->persons[i];
        }
    }
    if (count > MAX_ROSTER_ENTRIES) {
        free(barred);
        return err_set(ERR_FULL, "a roster bars at most %d persons", MAX_ROSTER_ENTRIES);
    }
    drop_listed(roster, barring);
    free(roster->barred);
    roster->barred = barred;
    roster->barred_count = count;
    return OK;
}

err_t roster_unbar(struct roster *roster, const struct urn *person) {
    for (size_t i = 0; i < roster->barred_count; i++) {
        if (urn_equal(&roster->barred[i], person)) {
            roster->barred_count--;
            memmove(&roster->barred[i], &roster->barred[i + 1], (roster->barred_count - i) * sizeof roster->barred[0]);
            return OK;
        }
    }
    char text[MAX_URN + 1];
    urn_format(person, text);
    return err_set(ERR_NOT_FOUND, "%s is not barred", text);
}
