// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/matching_file.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"

#define MATCHING_MAX (16 * 1024)
#define FIRST_CANARY UINT64_C(999000000) // without the check digit

// The check digit of nine digits, or 10, which no number has.
static unsigned check_digit(uint64_t nine) {
    unsigned sum = 0;
    for (unsigned weight = 2; weight <= 10; weight++, nine /= 10) {
        sum += weight * (unsigned)(nine % 10);
    }
    return (11 - sum % 11) % 11;
}

void matching_canary_value(size_t ordinal, char out[MAX_ID + 1]) {
    uint64_t nine = FIRST_CANARY;
    for (size_t passed = 0;; nine++) {
        if (check_digit(nine) < 10 && passed++ == ordinal) {
            break;
        }
    }
    (void)snprintf(out, MAX_ID + 1, "%09llu%u", (unsigned long long)nine, check_digit(nine));
}

static err_t read_slot(const json_t *array, size_t at, struct descriptor_slot *slot) {
    json_t *object = NULL;
    const char *name = NULL, *tier = NULL;
    const struct json_field item = {"slots", JSON_FIELD_OBJECT, true, 0, &object};
    const struct json_field fields[] = {
        {"name", JSON_FIELD_TEXT, true, MAX_ID, &name},
        {"tier", JSON_FIELD_TEXT, true, MAX_ID, &tier},
    };
    err_t err = json_read_item(array, at, &item);
    err = err != OK ? err : json_read(object, fields, sizeof fields / sizeof *fields);
    if (err != OK) {
        return err;
    }
    if (strcmp(tier, "sure") != 0 && strcmp(tier, "similar") != 0) {
        return err_set(ERR_INPUT, "slots[%zu]: tier: neither sure nor similar", at);
    }
    (void)snprintf(slot->name, sizeof slot->name, "%s", name);
    slot->tier = strcmp(tier, "sure") == 0 ? TIER_SURE : TIER_SIMILAR;
    matching_canary_value(at, slot->canary_value);
    return OK;
}

static err_t read_document(const json_t *document, struct descriptor *d) {
    const char *key_set = NULL;
    json_t *slots = NULL;
    const struct json_field fields[] = {
        {"key_set", JSON_FIELD_TEXT, true, MAX_ID, &key_set},
        {"matching_digest", JSON_FIELD_HEX, true, sizeof d->matching_digest, d->matching_digest},
        {"slots", JSON_FIELD_ARRAY, true, MAX_SLOTS, &slots},
    };
    err_t err = json_read(document, fields, sizeof fields / sizeof *fields);
    if (err != OK) {
        return err;
    }
    (void)snprintf(d->key_set, sizeof d->key_set, "%s", key_set);
    d->slot_count = json_array_size(slots);
    for (size_t i = 0; err == OK && i < d->slot_count; i++) {
        err = read_slot(slots, i, &d->slots[i]);
    }
    return err;
}

err_t matching_parse(struct bytes text, struct descriptor *out) {
    json_t *document = NULL;
    struct descriptor descriptor = *out;
    err_t err = json_parse(text, &document);
    err = err != OK ? err : read_document(document, &descriptor);
    json_decref(document);
    if (err == OK) {
        *out = descriptor;
    }
    return err;
}

err_t matching_read(const char *path, struct descriptor *out) {
    struct buf text = {0};
    err_t err = file_read(path, MATCHING_MAX, &text);
    if (err == OK) {
        err = matching_parse(buf_bytes(&text), out);
        err = err == OK ? OK : err_prefix(err, "%s", path);
    }
    buf_free(&text);
    return err;
}
