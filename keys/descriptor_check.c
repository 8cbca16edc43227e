// SPDX-License-Identifier: Apache-2.0
#include "keys/descriptor_check.h"

#include <stdlib.h>
#include <string.h>

#include "proto/urn.h"

// "https://" host ":" port; the host lower-case, a name, an IPv4 address or an IPv6 address in brackets.
static bool address_valid(const char *address) {
    static const char scheme[] = "https://";
    if (strncmp(address, scheme, strlen(scheme)) != 0) {
        return false;
    }
    const char *host = address + strlen(scheme);
    size_t len = strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-");
    if (host[0] == '[') {
        len = 1 + strspn(host + 1, "0123456789abcdef:.");
        if (len < 3 || host[len++] != ']') {
            return false;
        }
    }
    if (len == 0 || host[0] == '.' || host[0] == '-' || host[len] != ':') {
        return false;
    }
    const char *port = host + len + 1;
    size_t digits = strspn(port, "0123456789");
    return digits >= 1 && digits <= 5 && port[digits] == '\0' && port[0] != '0' && strtol(port, NULL, 10) <= 65535;
}

// Holders must be different parties: one address twice would let one machine stand for two.
static err_t check_addresses(const struct descriptor *d) {
    const char *all[MAX_HOLDERS + MAX_INDEXES];
    size_t count = 0;
    for (size_t i = 0; i < d->holder_count; i++) {
        all[count++] = d->holders[i];
    }
    for (size_t i = 0; i < d->index_count; i++) {
        all[count++] = d->indexes[i];
    }
    for (size_t i = 0; i < count; i++) {
        const char *list = i < d->holder_count ? "holders" : "indexes";
        size_t at = i < d->holder_count ? i : i - d->holder_count;
        if (!address_valid(all[i])) {
            return err_set(ERR_INPUT, "%s[%zu]: not of the form https://host:port", list, at);
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(all[i], all[j]) == 0) {
                return err_set(ERR_INPUT, "%s[%zu]: an address that stands there already", list, at);
            }
        }
    }
    return OK;
}

// Like the ids of identities, and "_", which the names of the key sets hold.
static bool slot_name_valid(const char *name) {
    size_t len = strlen(name);
    return len >= 1 && len <= MAX_ID && name[0] != '-' && name[0] != '_' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == len;
}

static bool all_zero(const uint8_t *data, size_t len) {
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++) {
        any |= data[i];
    }
    return any == 0;
}

static err_t check_slot(const struct descriptor *d, size_t at) {
    const struct descriptor_slot *slot = &d->slots[at];
    if (!slot_name_valid(slot->name)) {
        return err_set(ERR_INPUT, "slots[%zu]: not a slot's name", at);
    }
    for (size_t i = 0; i < at; i++) {
        if (strcmp(d->slots[i].name, slot->name) == 0) {
            return err_set(ERR_INPUT, "slots[%zu]: a name that stands there already", at);
        }
    }
    if (slot->canary_value[0] == '\0') {
        return err_set(ERR_INPUT, "slots[%zu]: an empty canary_value", at);
    }
    if (all_zero(slot->canary_token, TOKEN_SIZE)) { // an empty slot's token, which is never stored
        return err_set(ERR_INPUT, "slots[%zu]: a canary_token of zeros", at);
    }
    return OK;
}

static err_t check_counts(const struct descriptor *d) {
    if (d->version < 1 || d->version > MAX_VERSION) {
        return err_set(ERR_INPUT, "version: not 1 or more");
    }
    if (d->epoch < 1 || d->generation < 1) {
        return err_set(ERR_INPUT, "epoch or generation: not 1 or more");
    }
    if (d->expires <= d->issued) {
        return err_set(ERR_INPUT, "expires: not after issued");
    }
    if (d->holder_count < 1 || d->holder_count > MAX_HOLDERS || d->threshold < 1 || d->threshold > d->holder_count) {
        return err_set(ERR_INPUT, "threshold: not within 1 and the number of holders");
    }
    if (d->index_count < 1 || d->index_count > MAX_INDEXES) {
        return err_set(ERR_INPUT, "indexes: not 1 to %d", MAX_INDEXES);
    }
    if (d->slot_count < 1 || d->slot_count > MAX_SLOTS) {
        return err_set(ERR_INPUT, "slots: not 1 to %d", MAX_SLOTS);
    }
    return OK;
}

// A key beside the present one: the generation before it, the epoch before it, or a retired one.
static err_t check_key(const struct descriptor *d, const struct descriptor_key *key) {
    if (key->epoch < 1 || key->generation < 1) {
        return err_set(ERR_INPUT, "epoch or generation: not 1 or more");
    }
    bool same_key = memcmp(key->commitments[0], d->commitments[0], ELEMENT_SIZE) == 0;
    if (same_key != (key->epoch == d->epoch)) {
        return err_set(ERR_INPUT, "commitments: %s",
                       same_key ? "the present key's, of another epoch" : "not the present key's, of the same epoch");
    }
    return OK;
}

static err_t check_previous(const struct descriptor *d) {
    const struct descriptor_key *key = &d->previous;
    err_t err = check_key(d, key);
    if (err != OK) {
        return err;
    }
    if (key->epoch == d->epoch) {
        bool ends = key->generation < d->generation && key->until > d->issued;
        return ends ? OK : err_set(ERR_INPUT, "generation or until: not before the present one, or without an end");
    }
    if (key->epoch > d->epoch || key->until != 0) {
        return err_set(ERR_INPUT, "epoch or until: not before the present one, or with an end");
    }
    for (size_t i = 0; i < d->slot_count; i++) {
        if (all_zero(key->canary_tokens[i], TOKEN_SIZE)) {
            return err_set(ERR_INPUT, "canary_tokens[%zu]: a token of zeros", i);
        }
    }
    return OK;
}

// Newest first, so that none stands twice; all older than what is in use.
static err_t check_retired(const struct descriptor *d) {
    uint32_t newer = d->has_previous ? d->previous.epoch : d->epoch;
    if (d->retired_count > MAX_RETIRED) {
        return err_set(ERR_INPUT, "retired: more than %d", MAX_RETIRED);
    }
    for (size_t i = 0; i < d->retired_count; i++) {
        err_t err = check_key(d, &d->retired[i]);
        if (err == OK && d->retired[i].epoch >= newer) {
            err = err_set(ERR_INPUT, "epoch: not before the one that follows it");
        }
        if (err != OK) {
            return err_prefix(err, "retired[%zu]", i);
        }
        newer = d->retired[i].epoch;
    }
    return OK;
}

err_t descriptor_check(const struct descriptor *d) {
    if (!urn_id_valid(d->scheme) || !urn_id_valid(d->key_set)) {
        return err_set(ERR_INPUT, "scheme or key_set: not a name of a-z, 0-9 and -");
    }
    err_t err = check_counts(d);
    if (err == OK) {
        err = check_addresses(d);
    }
    for (size_t i = 0; err == OK && i < d->slot_count; i++) {
        err = check_slot(d, i);
    }
    if (err == OK && d->has_previous) {
        err = check_previous(d);
        err = err == OK ? OK : err_prefix(err, "previous");
    }
    return err == OK ? check_retired(d) : err;
}
