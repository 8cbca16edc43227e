// SPDX-License-Identifier: Apache-2.0
#include "proto/roster_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

// It remembers its first failure, after which every call is harmless.
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

static void scan_number(struct scan *scan, uint64_t max, uint64_t *out) {
    uint64_t value = 0;
    size_t digits = 0;
    while (!scan->failed && scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9' && digits < 16) {
        value = value * 10 + (uint64_t)(*scan->at - '0');
        scan->failed = digits == 1 && value < 10; // a leading zero
        scan->at++;
        digits++;
    }
    scan->failed = scan->failed || digits == 0 || value > max;
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

static void scan_date(struct scan *scan, const char *name, int64_t *out) {
    if (scan_skips(scan, name)) {
        scan_time(scan, out);
    }
}

// Each at most once, in the order of the enum.
static void scan_limits(struct scan *scan, struct limits *out) {
    if (!scan_skips(scan, ",\"limits\":{")) {
        return;
    }
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        char name[MAX_ID + 8];
        uint64_t value = 0;
        (void)snprintf(name, sizeof name, "%s\"%s\":", limits_any(out) ? "," : "", limit_text((enum limit)i));
        if (scan_skips(scan, name)) {
            scan_number(scan, LIMIT_MAX, &value);
            scan->failed = scan->failed || value == 0;
            out->of[i] = (uint32_t)value;
        }
    }
    scan->failed = scan->failed || !limits_any(out);
    scan_expect(scan, "}");
}

static void scan_allowance(struct scan *scan, struct allowance *out) {
    char act[2 * sizeof out->act + 1];
    uint64_t elements = 0;
    if (!scan_skips(scan, ",\"allowance\":{\"elements_day\":")) {
        return;
    }
    scan_number(scan, LIMIT_MAX, &elements);
    out->elements_day = (uint32_t)elements;
    if (scan_skips(scan, ",\"children_day\":")) {
        uint64_t children = 0;
        scan_number(scan, LIMIT_MAX, &children);
        out->children_day = (uint32_t)children;
    }
    scan_expect(scan, ",\"from\":\"");
    scan_time(scan, &out->from);
    scan_expect(scan, ",\"until\":\"");
    scan_time(scan, &out->until);
    scan_expect(scan, ",\"act\":\"");
    scan_text(scan, act, sizeof act);
    scan_expect(scan, ",\"signers\":[\"");
    scan_text(scan, out->signers[0], sizeof out->signers[0]);
    scan_expect(scan, ",\"");
    scan_text(scan, out->signers[1], sizeof out->signers[1]);
    scan_expect(scan, "]}");
    scan->failed = scan->failed || elements == 0 || hex_decode(act, out->act, sizeof out->act) != OK;
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
    scan_expect(scan, entry->suspended ? "" : "false");
    scan_date(scan, ",\"vetting_until\":\"", &entry->vetting_until);
    scan_date(scan, ",\"training_until\":\"", &entry->training_until);
    scan_limits(scan, &entry->terms.limits);
    scan_allowance(scan, &entry->terms.allowance);
    scan_expect(scan, "}");
    scan->failed = scan->failed || roster_identity_read(identity, scheme, &entry->identity) != OK ||
                   roster_entry_check(entry) != OK;
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

static void scan_barred(struct scan *scan, struct roster *roster) {
    size_t cap = 0;
    bool more = scan_skips(scan, ",\"barred\":[");
    const bool any = more;
    while (more) {
        char text[MAX_URN + 1];
        if (roster->barred_count == cap) {
            cap = cap == 0 ? 64 : cap * 2;
            struct urn *barred = reallocarray(roster->barred, cap, sizeof barred[0]);
            scan->failed = scan->failed || barred == NULL;
            roster->barred = barred == NULL ? roster->barred : barred;
        }
        scan_expect(scan, "\n\"");
        scan_text(scan, text, sizeof text);
        scan->failed = scan->failed || roster->barred_count >= MAX_ROSTER_ENTRIES;
        if (scan->failed || roster_barred_read(text, roster->scheme, &roster->barred[roster->barred_count]) != OK) {
            scan->failed = true;
            return;
        }
        roster->barred_count++;
        more = scan_skips(scan, ",");
    }
    if (any) {
        scan_expect(scan, "]");
    }
}

bool roster_scan(struct bytes text, struct roster *roster) {
    const char *start = text.len > 0 ? (const char *)text.data : "";
    struct scan scan = {.at = start, .end = start + text.len};
    char scheme[MAX_ID + 1];
    scan_expect(&scan, "{\"type\":\"" ROSTER_TYPE "\",\"scheme\":\"");
    scan_text(&scan, scheme, sizeof scheme);
    scan_expect(&scan, ",\"version\":");
    scan_number(&scan, MAX_VERSION, &roster->version);
    scan_expect(&scan, ",\"issued\":\"");
    scan_time(&scan, &roster->issued);
    scan_expect(&scan, ",\"expires\":\"");
    scan_time(&scan, &roster->expires);
    scan_expect(&scan, ",\"entries\":[");
    if (scan.failed || roster_head_check(roster, ROSTER_TYPE, scheme) != OK) {
        return false;
    }
    scan_entries(&scan, roster);
    scan_expect(&scan, "]");
    scan_barred(&scan, roster);
    scan_expect(&scan, "}");
    (void)scan_skips(&scan, "\n");
    return !scan.failed && scan.at == scan.end;
}
