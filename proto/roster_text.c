// SPDX-License-Identifier: Apache-2.0
#include "proto/roster_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"

#define ROSTER_TYPE "signpost roster 1"

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
    }
    return OK;
}

static err_t head_check(struct roster *roster, const char *type, const char *scheme) {
    if (strcmp(type, ROSTER_TYPE) != 0) {
        return err_set(ERR_INPUT, "field \"type\": must be " ROSTER_TYPE);
    }
    if (!urn_id_valid(scheme)) {
        return err_set(ERR_INPUT, "field \"scheme\": must be an id");
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
    return err == OK ? entries_read(entries, roster) : err;
}

// The scanner of roster_write's layout. It remembers its first failure, after which every call is harmless.
struct scan {
    const char *at, *end;
    bool failed;
};

static bool scan_skips(struct scan *scan, const char *literal) {
    size_t len = strlen(literal);
    if (scan->failed || (size_t)(scan->end - scan->at) < len || memcmp(scan->at, literal, len) != 0) {
        return false;
    }
    scan->at += len;
    return true;
}

static void scan_expect(struct scan *scan, const char *literal) {
    scan->failed = !scan_skips(scan, literal);
}

// A text of letters, digits and plain signs up to its closing quote, which is taken too. Everything that JSON could
// write in two ways ends the scan.
static void scan_text(struct scan *scan, char *out, size_t size) {
    size_t len = 0;
    size_t left = scan->failed ? 0 : (size_t)(scan->end - scan->at);
    while (len < left && len < size - 1 && scan->at[len] != '"' && scan->at[len] != '\\' && scan->at[len] >= ' ' &&
           scan->at[len] <= '~') {
        out[len] = scan->at[len];
        len++;
    }
    out[len] = '\0';
    scan->at += scan->failed ? 0 : len;
    scan_expect(scan, "\"");
}

static void scan_time(struct scan *scan, int64_t *out) {
    char text[CLOCK_TEXT_SIZE];
    scan_text(scan, text, sizeof text);
    scan->failed = scan->failed || clock_parse(text, out) != OK;
}

static void scan_version(struct scan *scan, uint64_t *out) {
    uint64_t value = 0;
    size_t digits = 0;
    while (!scan->failed && scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9' && digits < 16) {
        value = value * 10 + (uint64_t)(*scan->at - '0');
        scan->failed = digits == 1 && value < 10; // a leading zero
        scan->at++;
        digits++;
    }
    scan->failed = scan->failed || digits == 0 || value > MAX_VERSION;
    *out = value;
}

static void scan_roles(struct scan *scan, unsigned *out) {
    unsigned roles = 0;
    do {
        char text[MAX_ID + 1];
        enum role role = ROLE_AGENCY;
        scan_expect(scan, "\"");
        scan_text(scan, text, sizeof text);
        scan->failed = scan->failed || role_parse(text, &role) != OK || (roles & (unsigned)role) != 0;
        roles |= (unsigned)role;
    } while (scan_skips(scan, ","));
    *out = roles;
}

static void scan_keys(struct scan *scan, struct roster_entry *entry) {
    uint8_t keys[MAX_KEYS][KEY_HASH_SIZE];
    size_t count = 0;
    do {
        char text[2 * KEY_HASH_SIZE + 1];
        scan_expect(scan, "\"");
        scan_text(scan, text, sizeof text);
        scan->failed = scan->failed || count >= MAX_KEYS || hex_decode(text, keys[count], KEY_HASH_SIZE) != OK;
        count++;
    } while (scan_skips(scan, ","));
    if (!scan->failed) {
        entry->keys = calloc(count, KEY_HASH_SIZE);
        scan->failed = entry->keys == NULL;
    }
    if (!scan->failed) {
        memcpy(entry->keys, keys, count * KEY_HASH_SIZE);
        entry->key_count = count;
    }
}

static void scan_entry(struct scan *scan, const char *scheme, struct roster_entry *entry) {
    char identity[MAX_URN + 1];
    scan_expect(scan, "{\"identity\":\"");
    scan_text(scan, identity, sizeof identity);
    scan_expect(scan, ",\"roles\":[");
    scan_roles(scan, &entry->roles);
    scan_expect(scan, "],\"keys\":[");
    scan_keys(scan, entry);
    scan_expect(scan, "],\"valid_from\":\"");
    scan_time(scan, &entry->valid_from);
    scan_expect(scan, ",\"valid_until\":\"");
    scan_time(scan, &entry->valid_until);
    scan_expect(scan, ",\"suspended\":");
    entry->suspended = scan_skips(scan, "true");
    scan_expect(scan, entry->suspended ? "}" : "false}");
    scan->failed = scan->failed || identity_read(identity, scheme, &entry->identity) != OK || entry_check(entry) != OK;
}

// Room for one more entry, zeroed.
static struct roster_entry *entries_grow(struct roster *roster, size_t *cap) {
    if (roster->count == *cap) {
        size_t more = *cap == 0 ? 64 : *cap * 2;
        struct roster_entry *entries = reallocarray(roster->entries, more, sizeof entries[0]);
        if (entries == NULL) {
            return NULL;
        }
        roster->entries = entries;
        *cap = more;
    }
    struct roster_entry *entry = &roster->entries[roster->count++];
    *entry = (struct roster_entry){0};
    return entry;
}

static void scan_entries(struct scan *scan, struct roster *roster) {
    size_t cap = 0;
    do {
        struct roster_entry *entry = roster->count < MAX_ROSTER_ENTRIES ? entries_grow(roster, &cap) : NULL;
        scan_expect(scan, "\n");
        if (entry == NULL || scan->failed) {
            scan->failed = true;
            return;
        }
        scan_entry(scan, roster->scheme, entry);
    } while (scan_skips(scan, ","));
}

// False: the text has another layout, or something is wrong with it, which the JSON reader says better.
static bool scan_document(struct bytes text, struct roster *roster) {
    const char *start = text.len > 0 ? (const char *)text.data : "";
    struct scan scan = {.at = start, .end = start + text.len};
    char scheme[MAX_ID + 1];
    scan_expect(&scan, "{\"type\":\"" ROSTER_TYPE "\",\"scheme\":\"");
    scan_text(&scan, scheme, sizeof scheme);
    scan_expect(&scan, ",\"version\":");
    scan_version(&scan, &roster->version);
    scan_expect(&scan, ",\"issued\":\"");
    scan_time(&scan, &roster->issued);
    scan_expect(&scan, ",\"expires\":\"");
    scan_time(&scan, &roster->expires);
    scan_expect(&scan, ",\"entries\":[");
    if (scan.failed || head_check(roster, ROSTER_TYPE, scheme) != OK) {
        return false;
    }
    scan_entries(&scan, roster);
    scan_expect(&scan, "]}");
    (void)scan_skips(&scan, "\n");
    return !scan.failed && scan.at == scan.end;
}

static void entries_drop(struct roster *roster) {
    for (size_t i = 0; i < roster->count; i++) {
        free(roster->entries[i].keys);
    }
    free(roster->entries);
    *roster = (struct roster){0};
}

err_t roster_text_read(struct bytes text, struct roster *roster) {
    if (scan_document(text, roster)) {
        return OK;
    }
    entries_drop(roster);
    json_t *document = NULL;
    err_t err = json_parse(text, &document);
    if (err == OK) {
        err = document_read(document, roster);
    }
    json_decref(document);
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
