// SPDX-License-Identifier: Apache-2.0
#include "proto/roster_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "proto/roster_scan.h"

err_t roster_identity_read(const char *text, const char *scheme, struct urn *out) {
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

err_t roster_entry_check(const struct roster_entry *entry) {
    if ((entry->roles & ~roles_of_kind(entry->identity.kind)) != 0) {
        return err_set(ERR_INPUT, "field \"roles\": an identity of this kind cannot have such a role");
    }
    if (entry->valid_from >= entry->valid_until) {
        return err_set(ERR_INPUT, "field \"valid_until\": must be later than valid_from");
    }
    if (entry->vetting_until < 0 || entry->training_until < 0) {
        return err_set(ERR_INPUT, "vetting or training: must be later than 1970");
    }
    return entry->terms.allowance.elements_day == 0 ? OK : allowance_check(&entry->terms.allowance);
}

static err_t entry_read(const json_t *object, const char *scheme, struct roster_entry *entry) {
    const char *identity = NULL;
    json_t *roles = NULL;
    json_t *keys = NULL;
    json_t *limits = NULL;
    json_t *allowance = NULL;
    const struct json_field fields[] = {
        {"identity", JSON_FIELD_TEXT, true, MAX_URN, &identity},
        {"roles", JSON_FIELD_ARRAY, true, ROLE_COUNT, &roles},
        {"keys", JSON_FIELD_ARRAY, true, MAX_KEYS, &keys},
        {"valid_from", JSON_FIELD_TIME, true, 0, &entry->valid_from},
        {"valid_until", JSON_FIELD_TIME, true, 0, &entry->valid_until},
        {"suspended", JSON_FIELD_BOOL, true, 0, &entry->suspended},
        {"vetting_until", JSON_FIELD_TIME, false, 0, &entry->vetting_until},
        {"training_until", JSON_FIELD_TIME, false, 0, &entry->training_until},
        {"limits", JSON_FIELD_OBJECT, false, 0, &limits},
        {"allowance", JSON_FIELD_OBJECT, false, 0, &allowance},
    };
    err_t err = json_read(object, fields, sizeof fields / sizeof fields[0]);
    if (err == OK) {
        err = roster_identity_read(identity, scheme, &entry->identity);
    }
    if (err == OK) {
        err = roles_read(roles, &entry->roles);
    }
    if (err == OK && limits != NULL) {
        err = limits_read(limits, &entry->terms.limits);
    }
    if (err == OK && allowance != NULL) {
        err = allowance_read(allowance, &entry->terms.allowance);
    }
    if (err == OK) {
        err = roster_entry_check(entry);
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

err_t roster_barred_read(const char *text, const char *scheme, struct urn *out) {
    err_t err = roster_identity_read(text, scheme, out);
    if (err == OK && out->kind != URN_PERSON) {
        err = err_set(ERR_INPUT, "must be a person");
    }
    return err;
}

static err_t barred_read(const json_t *array, struct roster *roster) {
    size_t count = json_array_size(array);
    roster->barred = calloc(count > 0 ? count : 1, sizeof roster->barred[0]);
    if (roster->barred == NULL) {
        return err_set(ERR_MEMORY, "roster");
    }
    roster->barred_count = count;
    for (size_t i = 0; i < count; i++) {
        const char *text = NULL;
        const struct json_field item = {"barred", JSON_FIELD_TEXT, true, MAX_URN, &text};
        err_t err = json_read_item(array, i, &item);
        if (err == OK) {
            err = roster_barred_read(text, roster->scheme, &roster->barred[i]);
            err = err == OK ? OK : err_prefix(err, "barred[%zu]", i);
        }
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

err_t roster_head_check(struct roster *roster, const char *type, const char *scheme) {
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
    json_t *barred = NULL;
    const struct json_field fields[] = {
        {"type", JSON_FIELD_TEXT, true, MAX_ID, &type},
        {"scheme", JSON_FIELD_TEXT, true, MAX_ID, &scheme},
        {"version", JSON_FIELD_NUMBER, true, MAX_VERSION, &roster->version},
        {"issued", JSON_FIELD_TIME, true, 0, &roster->issued},
        {"expires", JSON_FIELD_TIME, true, 0, &roster->expires},
        {"entries", JSON_FIELD_ARRAY, true, MAX_ROSTER_ENTRIES, &entries},
        {"barred", JSON_FIELD_ARRAY, false, MAX_ROSTER_ENTRIES, &barred},
    };
    err_t err = json_read(document, fields, sizeof fields / sizeof fields[0]);
    if (err == OK) {
        err = roster_head_check(roster, type, scheme);
    }
    if (err == OK) {
        err = entries_read(entries, roster);
    }
    return err == OK && barred != NULL ? barred_read(barred, roster) : err;
}

static void entries_drop(struct roster *roster) {
    for (size_t i = 0; i < roster->count; i++) {
        free(roster->entries[i].keys);
    }
    free(roster->entries);
    free(roster->barred);
    *roster = (struct roster){0};
}

err_t roster_text_read(struct bytes text, struct roster *roster) {
    if (roster_scan(text, roster)) {
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

// What an entry need not have follows what it must, in this order.

static void date_put(const char *name, int64_t seconds, struct buf *out) {
    char text[CLOCK_TEXT_SIZE];
    if (seconds != 0) {
        clock_format(seconds, text);
        buf_printf(out, ",\"%s\":\"%s\"", name, text);
    }
}

static void limits_put(const struct limits *limits, struct buf *out) {
    const char *before = ",\"limits\":{";
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        if (limits->of[i] != 0) {
            buf_printf(out, "%s\"%s\":%u", before, limit_text((enum limit)i), limits->of[i]);
            before = ",";
        }
    }
    buf_put_str(out, limits_any(limits) ? "}" : "");
}

static void allowance_put(const struct allowance *allowance, struct buf *out) {
    if (allowance->elements_day == 0) {
        return;
    }
    buf_printf(out, ",\"allowance\":{\"elements_day\":%u", allowance->elements_day);
    if (allowance->children_day != 0) {
        buf_printf(out, ",\"children_day\":%u", allowance->children_day);
    }
    date_put("from", allowance->from, out);
    date_put("until", allowance->until, out);
    buf_put_str(out, ",\"act\":\"");
    buf_put_hex(out, allowance->act, sizeof allowance->act);
    buf_printf(out, "\",\"signers\":[\"%s\",\"%s\"]}", allowance->signers[0], allowance->signers[1]);
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
    buf_printf(out, "],\"valid_from\":\"%s\",\"valid_until\":\"%s\",\"suspended\":%s", from, until,
               entry->suspended ? "true" : "false");
    date_put("vetting_until", entry->vetting_until, out);
    date_put("training_until", entry->training_until, out);
    limits_put(&entry->terms.limits, out);
    allowance_put(&entry->terms.allowance, out);
    buf_put_str(out, "}");
}

static void barred_put(const struct roster *roster, struct buf *out) {
    if (roster->barred_count == 0) {
        return;
    }
    buf_put_str(out, ",\"barred\":[");
    for (size_t i = 0; i < roster->barred_count; i++) {
        char text[MAX_URN + 1];
        urn_format(&roster->barred[i], text);
        buf_printf(out, "%s\n\"%s\"", i == 0 ? "" : ",", text);
    }
    buf_put_str(out, "]");
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
    buf_put_str(out, "]");
    barred_put(roster, out);
    buf_put_str(out, "}");
    return buf_check(out);
}
