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
