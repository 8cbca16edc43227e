// SPDX-License-Identifier: Apache-2.0
#include "proto/roster.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"

#define ROSTER_TYPE "signpost roster 1"

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
    free(roster->by_key);
    free(roster->by_identity);
    free(roster);
}

static err_t identity_read(const char *text, const char *scheme, struct urn *out) {
    err_t err = urn_parse(text, out);
    if (err != OK) {
        return err_prefix(err, "field \"identity\"");
    }
    if (strcmp(out->scheme, scheme) != 0) {
        return err_set(ERR_INPUT, "field \"identity\": of another scheme");
    }
    if (out->kind == URN_HOLDER) {
        return err_set(ERR_INPUT, "field \"identity\": key holders are not listed");
    }
    if ((out->kind == URN_AGENCY || out->kind == URN_PERSON) && strcmp(out->id, AGENCY_CANARY) == 0) {
        return err_set(ERR_INPUT, "field \"identity\": the agency " AGENCY_CANARY " is reserved");
    }
    return OK;
}

static err_t keys_read(const json_t *array, struct roster_entry *entry) {
    size_t count = json_array_size(array);
    if (count < 1) {
        return err_set(ERR_INPUT, "field \"keys\": must be at least one");
    }
    entry->keys = calloc(count, KEY_HASH_SIZE);
    if (entry->keys == NULL) {
        return err_set(ERR_MEMORY, "roster");
    }
    entry->key_count = count;
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(array, i);
        if (!json_is_string(item) || hex_decode(json_string_value(item), entry->keys[i], KEY_HASH_SIZE) != OK) {
            return err_set(ERR_INPUT, "keys[%zu]: must be %d lower-case hex digits", i, 2 * KEY_HASH_SIZE);
        }
    }
    return OK;
}

static err_t entry_check(const struct roster_entry *entry) {
    if ((entry->roles & ~roles_of_kind(entry->identity.kind)) != 0) {
        return err_set(ERR_INPUT, "field \"roles\": an identity of this kind cannot have such a role");
    }
    if (entry->valid_from >= entry->valid_until) {
        return err_set(ERR_INPUT, "field \"valid_until\": must be later than valid_from");
    }
    return OK;
}

static err_t entry_read(const json_t *object, const char *scheme, struct roster_entry *entry) {
    const char *identity = NULL;
    json_t *roles = NULL;
    json_t *keys = NULL;
    const struct json_field fields[] = {
        {"identity", JSON_FIELD_TEXT, true, MAX_URN, &identity},
        {"roles", JSON_FIELD_ARRAY, true, ROLE_COUNT, &roles},
        {"keys", JSON_FIELD_ARRAY, true, MAX_KEYS, &keys},
        {"valid_from", JSON_FIELD_TIME, true, 0, &entry->valid_from},
        {"valid_until", JSON_FIELD_TIME, true, 0, &entry->valid_until},
        {"suspended", JSON_FIELD_BOOL, true, 0, &entry->suspended},
    };
    err_t err = json_read(object, fields, sizeof fields / sizeof fields[0]);
    if (err == OK) {
        err = identity_read(identity, scheme, &entry->identity);
    }
    if (err == OK) {
        err = roles_read(roles, &entry->roles);
    }
    if (err == OK) {
        err = entry_check(entry);
    }
    return err == OK ? keys_read(keys, entry) : err;
}

static err_t entries_read(const json_t *array, struct roster *roster) {
    size_t count = json_array_size(array);
    roster->entries = calloc(count > 0 ? count : 1, sizeof roster->entries[0]);
    if (roster->entries == NULL) {
        return err_set(ERR_MEMORY, "roster");
    }
    roster->count = count;
    for (size_t i = 0; i < count; i++) {
        err_t err = entry_read(json_array_get(array, i), roster->scheme, &roster->entries[i]);
        if (err != OK) {
            return err_prefix(err, "entries[%zu]", i);
        }
        roster->key_count += roster->entries[i].key_count;
    }
    return OK;
}

static int compare_keys(const void *a, const void *b) {
    const struct roster_key *left = a;
    const struct roster_key *right = b;
    return memcmp(left->key, right->key, KEY_HASH_SIZE);
}

static err_t index_keys(struct roster *roster) {
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

static err_t head_check(struct roster *roster, const char *type, const char *scheme) {
    if (strcmp(type, ROSTER_TYPE) != 0) {
        return err_set(ERR_INPUT, "field \"type\": not " ROSTER_TYPE);
    }
    if (!urn_id_valid(scheme)) {
        return err_set(ERR_INPUT, "field \"scheme\": not an id");
    }
    if (roster->version < 1) {
        return err_set(ERR_INPUT, "field \"version\": must be 1 or more");
    }
    if (roster->expires <= roster->issued) {
        return err_set(ERR_INPUT, "field \"expires\": must be later than issued");
    }
    memcpy(roster->scheme, scheme, strlen(scheme) + 1);
    return OK;
}

static err_t document_read(const json_t *document, struct roster *roster) {
    const char *type = NULL;
    const char *scheme = NULL;
    json_t *entries = NULL;
    const struct json_field fields[] = {
        {"type", JSON_FIELD_TEXT, true, MAX_ID, &type},
        {"scheme", JSON_FIELD_TEXT, true, MAX_ID, &scheme},
        {"version", JSON_FIELD_NUMBER, true, MAX_VERSION, &roster->version},
        {"issued", JSON_FIELD_TIME, true, 0, &roster->issued},
        {"expires", JSON_FIELD_TIME, true, 0, &roster->expires},
        {"entries", JSON_FIELD_ARRAY, true, MAX_ROSTER_ENTRIES, &entries},
    };
    err_t err = json_read(document, fields, sizeof fields / sizeof fields[0]);
    if (err == OK) {
        err = head_check(roster, type, scheme);
    }
    if (err == OK) {
        err = entries_read(entries, roster);
    }
    if (err == OK) {
        err = index_keys(roster);
    }
    return err == OK ? index_identities(roster) : err;
}

err_t roster_parse(struct bytes text, struct roster **out) {
    json_t *document = NULL;
    err_t err = json_parse(text, &document);
    if (err != OK) {
        return err;
    }
    struct roster *roster = calloc(1, sizeof *roster);
    err = roster != NULL ? document_read(document, roster) : err_set(ERR_MEMORY, "roster");
    json_decref(document);
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
        return err_set(ERR_INPUT, "a roster of another scheme");
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

static void entry_put(const struct roster_entry *entry, struct buf *out) {
    char identity[MAX_URN + 1];
    char from[CLOCK_TEXT_SIZE];
    char until[CLOCK_TEXT_SIZE];
    urn_format(&entry->identity, identity);
    clock_format(entry->valid_from, from);
    clock_format(entry->valid_until, until);
    buf_printf(out, "{\"identity\":\"%s\",\"roles\":[", identity);
    const char *comma = "";
    for (unsigned bit = 1; bit < 1U << ROLE_COUNT; bit <<= 1) {
        if ((entry->roles & bit) != 0) {
            buf_printf(out, "%s\"%s\"", comma, role_text((enum role)bit));
            comma = ",";
        }
    }
    buf_put_str(out, "],\"keys\":[");
    for (size_t i = 0; i < entry->key_count; i++) {
        buf_put_str(out, i == 0 ? "\"" : ",\"");
        buf_put_hex(out, entry->keys[i], KEY_HASH_SIZE);
        buf_put_str(out, "\"");
    }
    buf_printf(out, "],\"valid_from\":\"%s\",\"valid_until\":\"%s\",\"suspended\":%s}", from, until,
               entry->suspended ? "true" : "false");
}

err_t roster_write(const struct roster *roster, struct buf *out) {
    char issued[CLOCK_TEXT_SIZE];
    char expires[CLOCK_TEXT_SIZE];
    clock_format(roster->issued, issued);
    clock_format(roster->expires, expires);
    buf_printf(out, "{\"type\":\"" ROSTER_TYPE "\",\"scheme\":\"%s\",\"version\":%llu,", roster->scheme,
               (unsigned long long)roster->version);
    buf_printf(out, "\"issued\":\"%s\",\"expires\":\"%s\",\"entries\":[", issued, expires);
    for (size_t i = 0; i < roster->count; i++) {
        buf_put_str(out, i == 0 ? "\n" : ",\n");
        entry_put(&roster->entries[i], out);
    }
    buf_put_str(out, "]}");
    return buf_check(out);
}

static bool may_act(const struct roster_entry *entry, int64_t now_s) {
    return !entry->suspended && now_s >= entry->valid_from && now_s < entry->valid_until;
}

// A person's agency, where it has an entry of its own.
static const struct roster_entry *agency_of(const struct roster *roster, const struct urn *person) {
    struct urn agency = {.kind = URN_AGENCY};
    memcpy(agency.id, person->id, sizeof agency.id);
    size_t low = 0;
    size_t high = roster->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct roster_entry *entry = &roster->entries[roster->by_identity[middle]];
        int order = compare_identities(&agency, &entry->identity);
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

static err_t entry_admit(const struct roster *roster, const struct roster_entry *entry, int64_t now_s) {
    if (entry->suspended) {
        return err_set(ERR_DENIED, "this identity is suspended on the roster");
    }
    if (!may_act(entry, now_s)) {
        return err_set(ERR_DENIED, "this identity's entry on the roster is %s",
                       now_s < entry->valid_from ? "not valid yet" : "no longer valid");
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
