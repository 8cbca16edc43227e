// SPDX-License-Identifier: Apache-2.0
// The descriptor as JSON.
#include <string.h>

#include "base/json.h"
#include "keys/descriptor.h"
#include "keys/descriptor_check.h"

#define DESCRIPTOR_TYPE "signpost descriptor 1"
#define COUNT(array) (sizeof(array) / sizeof *(array))

// JSON in.

// Texts are borrowed from the document; the reader has held them to `size` - 1 bytes.
static void copy_text(char *out, size_t size, const char *text) {
    size_t len = strnlen(text, size - 1);
    memcpy(out, text, len);
    out[len] = '\0';
}

static err_t read_addresses(const json_t *array, const char *name, char (*out)[256], size_t *out_count) {
    size_t count = json_array_size(array);
    for (size_t i = 0; i < count; i++) {
        const char *text = NULL;
        const struct json_field item = {name, JSON_FIELD_TEXT, true, sizeof *out - 1, &text};
        err_t err = json_read_item(array, i, &item);
        if (err != OK) {
            return err;
        }
        copy_text(out[i], sizeof *out, text);
    }
    *out_count = count;
    return OK;
}

static err_t read_commitments(const json_t *array, size_t threshold, uint8_t (*out)[ELEMENT_SIZE]) {
    if (json_array_size(array) != threshold) {
        return err_set(ERR_INPUT, "commitments: not exactly as many as the threshold");
    }
    for (size_t i = 0; i < threshold; i++) {
        const struct json_field item = {"commitments", JSON_FIELD_BASE64, true, ELEMENT_SIZE, out[i]};
        err_t err = json_read_item(array, i, &item);
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

static err_t read_canary_tokens(const json_t *array, size_t slots, uint8_t (*out)[TOKEN_SIZE]) {
    if (json_array_size(array) != slots) {
        return err_set(ERR_INPUT, "canary_tokens: not one for each slot, or of no older epoch");
    }
    for (size_t i = 0; i < slots; i++) {
        const struct json_field item = {"canary_tokens", JSON_FIELD_BASE64, true, TOKEN_SIZE, out[i]};
        err_t err = json_read_item(array, i, &item);
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

static err_t read_key(const json_t *object, const struct descriptor *d, struct descriptor_key *key) {
    uint64_t epoch = 0, generation = 0;
    json_t *commitments = NULL, *canaries = NULL;
    const struct json_field fields[] = {
        {"epoch", JSON_FIELD_NUMBER, true, MAX_EPOCH, &epoch},
        {"generation", JSON_FIELD_NUMBER, true, MAX_EPOCH, &generation},
        {"commitments", JSON_FIELD_ARRAY, true, MAX_HOLDERS, &commitments},
        {"until", JSON_FIELD_TIME, false, 0, &key->until},
        {"canary_tokens", JSON_FIELD_ARRAY, false, MAX_SLOTS, &canaries},
    };
    err_t err = json_read(object, fields, COUNT(fields));
    if (err != OK) {
        return err;
    }
    key->epoch = (uint32_t)epoch;
    key->generation = (uint32_t)generation;
    bool asked = key == &d->previous && key->epoch != d->epoch; // only these are still asked for
    err = read_commitments(commitments, d->threshold, key->commitments);
    return err != OK ? err : read_canary_tokens(canaries, asked ? d->slot_count : 0, key->canary_tokens);
}

static err_t read_retired(const json_t *array, struct descriptor *d) {
    d->retired_count = json_array_size(array);
    for (size_t i = 0; i < d->retired_count; i++) {
        json_t *object = NULL;
        const struct json_field item = {"retired", JSON_FIELD_OBJECT, true, 0, &object};
        err_t err = json_read_item(array, i, &item);
        err = err != OK ? err : read_key(object, d, &d->retired[i]);
        if (err == OK && d->retired[i].until != 0) {
            err = err_set(ERR_INPUT, "until: a retired key has none");
        }
        if (err != OK) {
            return err_prefix(err, "retired[%zu]", i);
        }
    }
    return OK;
}

static err_t read_other_keys(const json_t *previous, const json_t *retired, struct descriptor *d) {
    err_t err = OK;
    if (previous != NULL) {
        d->has_previous = true;
        err = read_key(previous, d, &d->previous);
        err = err == OK ? OK : err_prefix(err, "previous");
    }
    return err == OK ? read_retired(retired, d) : err;
}

static err_t read_slot(const json_t *object, struct descriptor_slot *slot) {
    const char *name = NULL, *tier = NULL, *value = NULL;
    const struct json_field fields[] = {
        {"name", JSON_FIELD_TEXT, true, MAX_ID, &name},
        {"tier", JSON_FIELD_TEXT, true, MAX_ID, &tier},
        {"canary_value", JSON_FIELD_TEXT, true, MAX_ID, &value},
        {"canary_token", JSON_FIELD_BASE64, true, TOKEN_SIZE, slot->canary_token},
    };
    err_t err = json_read(object, fields, COUNT(fields));
    if (err != OK) {
        return err;
    }
    if (strcmp(tier, "sure") != 0 && strcmp(tier, "similar") != 0) {
        return err_set(ERR_INPUT, "tier: neither sure nor similar");
    }
    slot->tier = strcmp(tier, "sure") == 0 ? TIER_SURE : TIER_SIMILAR;
    copy_text(slot->name, sizeof slot->name, name);
    copy_text(slot->canary_value, sizeof slot->canary_value, value);
    return OK;
}

static err_t read_slots(const json_t *array, struct descriptor *d) {
    d->slot_count = json_array_size(array);
    for (size_t i = 0; i < d->slot_count; i++) {
        json_t *object = NULL;
        const struct json_field item = {"slots", JSON_FIELD_OBJECT, true, 0, &object};
        err_t err = json_read_item(array, i, &item);
        err = err != OK ? err : read_slot(object, &d->slots[i]);
        if (err != OK) {
            return err_prefix(err, "slots[%zu]", i);
        }
    }
    return OK;
}

static err_t read_document(const json_t *document, struct descriptor *d) {
    const char *type = NULL, *scheme = NULL, *key_set = NULL;
    json_t *commitments = NULL, *holders = NULL, *indexes = NULL, *slots = NULL, *previous = NULL, *retired = NULL;
    uint64_t epoch = 0, generation = 0, threshold = 0;
    const struct json_field fields[] = {
        {"type", JSON_FIELD_TEXT, true, MAX_ID, &type},
        {"scheme", JSON_FIELD_TEXT, true, MAX_ID, &scheme},
        {"version", JSON_FIELD_NUMBER, true, MAX_VERSION, &d->version},
        {"issued", JSON_FIELD_TIME, true, 0, &d->issued},
        {"expires", JSON_FIELD_TIME, true, 0, &d->expires},
        {"epoch", JSON_FIELD_NUMBER, true, MAX_EPOCH, &epoch},
        {"generation", JSON_FIELD_NUMBER, true, MAX_EPOCH, &generation},
        {"threshold", JSON_FIELD_NUMBER, true, MAX_HOLDERS, &threshold},
        {"commitments", JSON_FIELD_ARRAY, true, MAX_HOLDERS, &commitments},
        {"holders", JSON_FIELD_ARRAY, true, MAX_HOLDERS, &holders},
        {"indexes", JSON_FIELD_ARRAY, true, MAX_INDEXES, &indexes},
        {"key_set", JSON_FIELD_TEXT, true, MAX_ID, &key_set},
        {"matching_digest", JSON_FIELD_HEX, true, sizeof d->matching_digest, d->matching_digest},
        {"slots", JSON_FIELD_ARRAY, true, MAX_SLOTS, &slots},
        {"previous", JSON_FIELD_OBJECT, false, 0, &previous},
        {"retired", JSON_FIELD_ARRAY, false, MAX_RETIRED, &retired},
    };
    err_t err = json_read(document, fields, COUNT(fields));
    if (err != OK) {
        return err;
    }
    if (strcmp(type, DESCRIPTOR_TYPE) != 0) {
        return err_set(ERR_INPUT, "type: not \"%s\"", DESCRIPTOR_TYPE);
    }
    copy_text(d->scheme, sizeof d->scheme, scheme);
    copy_text(d->key_set, sizeof d->key_set, key_set);
    d->epoch = (uint32_t)epoch;
    d->generation = (uint32_t)generation;
    d->threshold = (size_t)threshold;
    err = read_commitments(commitments, d->threshold, d->commitments);
    err = err != OK ? err : read_addresses(holders, "holders", d->holders, &d->holder_count);
    err = err != OK ? err : read_addresses(indexes, "indexes", d->indexes, &d->index_count);
    err = err != OK ? err : read_slots(slots, d);
    return err != OK ? err : read_other_keys(previous, retired, d);
}

err_t descriptor_parse(struct bytes text, struct descriptor *out) {
    json_t *document = NULL;
    struct descriptor descriptor = {0};
    err_t err = json_parse(text, &document);
    err = err != OK ? err : read_document(document, &descriptor);
    err = err != OK ? err : descriptor_check(&descriptor);
    json_decref(document);
    if (err != OK) {
        return err_prefix(err, "descriptor");
    }
    *out = descriptor;
    return OK;
}

// JSON out. A failed allocation shows as NULL, which jansson's setters refuse, so that one test at the end is enough.

static json_t *texts_of(const char (*texts)[256], size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        if (json_array_append_new(array, json_string(texts[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *base64_of(const void *items, size_t size, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        if (json_array_append_new(array, json_base64((const uint8_t *)items + i * size, size)) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *key_of(const struct descriptor *d, const struct descriptor_key *key) {
    json_t *object = json_object();
    int failed = json_object_set_new(object, "epoch", json_integer((json_int_t)key->epoch)) |
                 json_object_set_new(object, "generation", json_integer((json_int_t)key->generation)) |
                 json_object_set_new(object, "commitments", base64_of(key->commitments, ELEMENT_SIZE, d->threshold));
    if (key->until != 0) {
        failed |= json_object_set_new(object, "until", json_time(key->until));
    }
    if (key == &d->previous && key->epoch != d->epoch) {
        failed |=
            json_object_set_new(object, "canary_tokens", base64_of(key->canary_tokens, TOKEN_SIZE, d->slot_count));
    }
    if (failed != 0) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *retired_of(const struct descriptor *d) {
    json_t *array = json_array();
    for (size_t i = 0; i < d->retired_count; i++) {
        if (json_array_append_new(array, key_of(d, &d->retired[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *slots_of(const struct descriptor *d) {
    json_t *array = json_array();
    for (size_t i = 0; i < d->slot_count; i++) {
        const struct descriptor_slot *slot = &d->slots[i];
        json_t *object = json_object();
        int failed = json_object_set_new(object, "name", json_string(slot->name)) |
                     json_object_set_new(object, "tier", json_string(slot->tier == TIER_SURE ? "sure" : "similar")) |
                     json_object_set_new(object, "canary_value", json_string(slot->canary_value)) |
                     json_object_set_new(object, "canary_token", json_base64(slot->canary_token, TOKEN_SIZE));
        failed |= json_array_append_new(array, object);
        if (failed != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static err_t document_of(const struct descriptor *d, json_t **out) {
    const struct {
        const char *name;
        json_t *value;
    } members[] = {
        {"type", json_string(DESCRIPTOR_TYPE)},
        {"scheme", json_string(d->scheme)},
        {"version", json_integer((json_int_t)d->version)},
        {"issued", json_time(d->issued)},
        {"expires", json_time(d->expires)},
        {"epoch", json_integer((json_int_t)d->epoch)},
        {"generation", json_integer((json_int_t)d->generation)},
        {"threshold", json_integer((json_int_t)d->threshold)},
        {"commitments", base64_of(d->commitments, ELEMENT_SIZE, d->threshold)},
        {"holders", texts_of(d->holders, d->holder_count)},
        {"indexes", texts_of(d->indexes, d->index_count)},
        {"key_set", json_string(d->key_set)},
        {"matching_digest", json_hex(d->matching_digest, sizeof d->matching_digest)},
        {"slots", slots_of(d)},
    };
    json_t *document = json_object();
    int failed = 0;
    for (size_t i = 0; i < COUNT(members); i++) {
        failed |= json_object_set_new(document, members[i].name, members[i].value);
    }
    if (d->has_previous) {
        failed |= json_object_set_new(document, "previous", key_of(d, &d->previous));
    }
    if (d->retired_count > 0) {
        failed |= json_object_set_new(document, "retired", retired_of(d));
    }
    if (failed != 0) {
        json_decref(document);
        return ERR_MEMORY;
    }
    *out = document;
    return OK;
}

err_t descriptor_write(const struct descriptor *descriptor, struct buf *out) {
    json_t *document = NULL;
    err_t err = descriptor_check(descriptor);
    if (err != OK) {
        return err_prefix(err, "descriptor");
    }
    err = document_of(descriptor, &document);
    err = err != OK ? err : json_write(document, true, out);
    json_decref(document);
    if (err == OK) {
        buf_put_u8(out, '\n');
        err = buf_check(out);
    }
    return err;
}
