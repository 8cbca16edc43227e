// SPDX-License-Identifier: Apache-2.0
#include "keys/descriptor.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "proto/urn.h"

#define DESCRIPTOR_TYPE "signpost descriptor 1"
#define COUNT(array) (sizeof(array) / sizeof *(array))

// What a descriptor must satisfy, on the way in and on the way out: nobody signs what nobody would accept.

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

static err_t check(const struct descriptor *d) {
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
    return err;
}

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

static err_t read_commitments(const json_t *array, struct descriptor *d) {
    if (json_array_size(array) != d->threshold) {
        return err_set(ERR_INPUT, "commitments: not exactly as many as the threshold");
    }
    for (size_t i = 0; i < d->threshold; i++) {
        const struct json_field item = {"commitments", JSON_FIELD_BASE64, true, ELEMENT_SIZE, d->commitments[i]};
        err_t err = json_read_item(array, i, &item);
        if (err != OK) {
            return err;
        }
    }
    return OK;
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
    json_t *commitments = NULL, *holders = NULL, *indexes = NULL, *slots = NULL;
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
    err = read_commitments(commitments, d);
    err = err != OK ? err : read_addresses(holders, "holders", d->holders, &d->holder_count);
    err = err != OK ? err : read_addresses(indexes, "indexes", d->indexes, &d->index_count);
    return err != OK ? err : read_slots(slots, d);
}

err_t descriptor_parse(struct bytes text, struct descriptor *out) {
    json_t *document = NULL;
    struct descriptor descriptor = {0};
    err_t err = json_parse(text, &document);
    err = err != OK ? err : read_document(document, &descriptor);
    err = err != OK ? err : check(&descriptor);
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

static json_t *commitments_of(const struct descriptor *d) {
    json_t *array = json_array();
    for (size_t i = 0; i < d->threshold; i++) {
        if (json_array_append_new(array, json_base64(d->commitments[i], ELEMENT_SIZE)) != 0) {
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
        {"commitments", commitments_of(d)},
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
    if (failed != 0) {
        json_decref(document);
        return ERR_MEMORY;
    }
    *out = document;
    return OK;
}

err_t descriptor_write(const struct descriptor *descriptor, struct buf *out) {
    json_t *document = NULL;
    err_t err = check(descriptor);
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

// Signatures.

void descriptor_signers(const struct note *note, const struct trust *trust, struct descriptor_signers *out) {
    struct descriptor_signers signers = {.authority = note_verify(note, &trust->authority) == OK};
    for (size_t i = 0; i < trust->holder_count; i++) {
        signers.holder[i] = note_verify(note, &trust->holders[i]) == OK;
        signers.holder_count += signers.holder[i] ? 1 : 0;
    }
    *out = signers;
}

static err_t check_signers(const struct note *note, const struct trust *trust) {
    struct descriptor_signers signers;
    descriptor_signers(note, trust, &signers);
    if (!signers.authority) {
        return err_set(ERR_SIGNATURE, "descriptor: no good signature of the authority");
    }
    if (signers.holder_count < trust->threshold) {
        return err_set(ERR_SIGNATURE, "descriptor: good signatures of %zu holders where %zu are needed",
                       signers.holder_count, trust->threshold);
    }
    return OK;
}

err_t descriptor_matches_trust(const struct descriptor *descriptor, const struct trust *trust) {
    if (descriptor->threshold != trust->threshold || descriptor->holder_count != trust->holder_count) {
        return err_set(ERR_INPUT, "descriptor: %zu of %zu holders where the trust file says %zu of %zu",
                       descriptor->threshold, descriptor->holder_count, trust->threshold, trust->holder_count);
    }
    return OK;
}

err_t descriptor_open(struct bytes whole, const struct trust *trust, int64_t now_s, struct descriptor *out) {
    struct note note;
    struct descriptor descriptor;
    err_t err = note_parse(whole, &note);
    err = err != OK ? err : check_signers(&note, trust);
    err = err != OK ? err : descriptor_parse(note.text, &descriptor);
    err = err != OK ? err : descriptor_matches_trust(&descriptor, trust);
    if (err != OK) {
        return err;
    }
    if (now_s >= descriptor.expires) {
        return err_set(ERR_EXPIRED, "descriptor: version %llu has expired", (unsigned long long)descriptor.version);
    }
    *out = descriptor;
    return OK;
}

err_t descriptor_load(const char *path, const struct trust *trust, int64_t now_s, struct descriptor *out) {
    struct buf whole = {0};
    err_t err = file_read(path, MAX_DESCRIPTOR, &whole);
    if (err == OK) {
        err = descriptor_open(buf_bytes(&whole), trust, now_s, out);
        err = err == OK ? OK : err_prefix(err, "%s", path);
    }
    buf_free(&whole);
    return err;
}

// Succession.

static bool same_sharing(const struct descriptor *a, const struct descriptor *b) {
    return a->threshold == b->threshold && a->holder_count == b->holder_count &&
           memcmp(a->commitments, b->commitments, a->threshold * ELEMENT_SIZE) == 0;
}

static err_t same_content(const struct descriptor *a, const struct descriptor *b, bool *out) {
    struct buf left = {0}, right = {0};
    err_t err = descriptor_write(a, &left);
    err = err != OK ? err : descriptor_write(b, &right);
    if (err == OK) {
        *out = bytes_equal(buf_bytes(&left), buf_bytes(&right));
    }
    buf_free(&left);
    buf_free(&right);
    return err;
}

static err_t follows_within_epoch(const struct descriptor *next, const struct descriptor *present) {
    if (memcmp(next->commitments[0], present->commitments[0], ELEMENT_SIZE) != 0) {
        return err_set(ERR_STALE, "descriptor: the public key changed within epoch %u", present->epoch);
    }
    if (next->generation < present->generation) {
        return err_set(ERR_STALE, "descriptor: generation %u after %u", next->generation, present->generation);
    }
    if (next->generation == present->generation && !same_sharing(next, present)) {
        return err_set(ERR_STALE, "descriptor: the shares changed within generation %u", present->generation);
    }
    return OK;
}

err_t descriptor_follows(const struct descriptor *next, const struct descriptor *present) {
    if (strcmp(next->scheme, present->scheme) != 0) {
        return err_set(ERR_STALE, "descriptor: of another scheme");
    }
    if (next->version < present->version) {
        return err_set(ERR_STALE, "descriptor: version %llu after %llu", (unsigned long long)next->version,
                       (unsigned long long)present->version);
    }
    if (next->epoch < present->epoch) {
        return err_set(ERR_STALE, "descriptor: epoch %u after %u", next->epoch, present->epoch);
    }
    if (next->version == present->version) {
        bool same = false;
        err_t err = same_content(next, present, &same);
        if (err != OK) {
            return err;
        }
        return same ? OK : err_set(ERR_STALE, "descriptor: other content under the same version");
    }
    return next->epoch == present->epoch ? follows_within_epoch(next, present) : OK;
}
