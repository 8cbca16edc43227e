// SPDX-License-Identifier: Apache-2.0
// Writes proto/vectors.json: every step from a child's details to tokens, made by the project's own code with keys,
// blinds and nonces that are fixed and therefore worth nothing. Deterministic: the suite writes it again and compares.
//   make_vectors >proto/vectors.json
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/note.h"
#include "base/secret.h"
#include "client/fold.h"
#include "client/forenames.h"
#include "client/handle.h"
#include "client/identifiers.h"
#include "client/identity.h"
#include "client/match_keys.h"
#include "client/names.h"
#include "client/nysiis.h"
#include "keys/descriptor.h"
#include "keys/oprf.h"
#include "keys/threshold.h"
#include "keys/token.h"
#include "tests/interop/vector_children.h"

#define SCHEME "vectors"
#define EPOCH 7
#define HOLDERS 3
#define THRESHOLD 2
#define ISSUED 1790000000  // 2026-09-21
#define EXPIRES 4102444800 // 2100-01-01

struct dealt {
    uint8_t key[OPRF_SCALAR_SIZE];
    uint8_t shares[HOLDERS][OPRF_SCALAR_SIZE];
    uint8_t public_keys[HOLDERS][OPRF_ELEMENT_SIZE];
    struct threshold_commitments commitments;
};

static void must(err_t err, const char *what) {
    if (err != OK) {
        fprintf(stderr, "make_vectors: %s: %s\n", what, err_detail());
        exit(1);
    }
}

static void put(json_t *object, const char *name, json_t *value) {
    if (json_object_set_new(object, name, value) != 0) {
        must(err_set(ERR_MEMORY, "no memory, or no UTF-8"), name);
    }
}

static void append(json_t *array, json_t *value) {
    if (json_array_append_new(array, value) != 0) {
        must(err_set(ERR_MEMORY, "no memory, or no UTF-8"), "array");
    }
}

static json_t *hex_list(const uint8_t (*items)[32], size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        append(list, json_hex(items[i], 32));
    }
    return list;
}

// A scalar that is fixed by its label.
static void fixed_scalar(uint8_t out[OPRF_SCALAR_SIZE], const char *format, ...) PRINTF_LIKE(2, 3);
static void fixed_scalar(uint8_t out[OPRF_SCALAR_SIZE], const char *format, ...) {
    const uint8_t seed[32] = {0};
    uint8_t ignored[OPRF_ELEMENT_SIZE];
    char label[64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(label, sizeof label, format, arguments);
    va_end(arguments);
    must(oprf_derive_key_pair(seed, bytes_str(label), out, ignored), "fixed scalar");
}

// f(x) = key + slope * x.
static void deal(struct dealt *dealt) {
    uint8_t slope[OPRF_SCALAR_SIZE];
    fixed_scalar(dealt->key, "key");
    fixed_scalar(slope, "slope");
    dealt->commitments.t = THRESHOLD;
    must(oprf_public_key(dealt->key, dealt->commitments.points[0]), "commitment");
    must(oprf_public_key(slope, dealt->commitments.points[1]), "commitment");
    for (size_t i = 0; i < HOLDERS; i++) {
        crypto_core_ristretto255_scalar_add(dealt->shares[i], i == 0 ? dealt->key : dealt->shares[i - 1], slope);
        must(threshold_check_share(&dealt->commitments, i + 1, dealt->shares[i]), "share");
        must(threshold_public_key(&dealt->commitments, i + 1, dealt->public_keys[i]), "public key");
    }
}

static json_t *keys_document(const struct dealt *dealt) {
    json_t *keys = json_object();
    put(keys, "key", json_hex(dealt->key, sizeof dealt->key));
    put(keys, "shares", hex_list((const uint8_t(*)[32])dealt->shares, HOLDERS));
    put(keys, "commitments", hex_list((const uint8_t(*)[32])dealt->commitments.points, THRESHOLD));
    put(keys, "public_keys", hex_list((const uint8_t(*)[32])dealt->public_keys, HOLDERS));
    return keys;
}

static json_t *lines_of(struct buf *text) {
    json_t *lines = json_array();
    must(buf_check(text), "tables");
    for (char *line = strtok((char *)text->data, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        append(lines, json_string(line));
    }
    buf_free(text);
    return lines;
}

// What the digest is taken over, but for the specimens.
static json_t *matching_document(const struct match_set *set) {
    struct buf rules = {0}, tables = {0};
    uint8_t digest[32];
    must(match_set_digest(set, digest), "digest");
    match_set_describe(set, &rules);
    fold_describe(&tables);
    names_describe(&tables);
    forenames_describe(&tables);
    buf_put_u8(&rules, 0);
    buf_put_u8(&tables, 0);
    json_t *matching = json_object();
    put(matching, "key_set", json_string(set->name));
    put(matching, "matching_digest", json_hex(digest, sizeof digest));
    put(matching, "rules", lines_of(&rules));
    put(matching, "tables", lines_of(&tables));
    return matching;
}

static void token_of(const struct dealt *dealt, const char *slot, const char *value, uint8_t out[TOKEN_SIZE]) {
    struct buf input = {0};
    uint8_t output[OPRF_OUTPUT_SIZE];
    must(token_input(SCHEME, EPOCH, slot, value, &input), "input");
    must(oprf_evaluate(dealt->key, buf_bytes(&input), output), "evaluation");
    must(token_of_output(output, out), "token");
    buf_free(&input);
}

// The first valid NHS numbers from 9990000000 on, by slot.
static void canary_value(size_t slot, char out[11]) {
    for (unsigned long number = 9990000000, found = 0; found <= slot; number++) {
        char text[24], valid[11];
        snprintf(text, sizeof text, "%lu", number);
        if (nhs_number_parse(text, valid) == OK) {
            memcpy(out, valid, sizeof valid);
            found++;
        }
    }
}

static void describe_scheme(const struct dealt *dealt, const struct match_set *set, struct descriptor *out) {
    *out = (struct descriptor){.scheme = SCHEME,
                               .version = 1,
                               .issued = ISSUED,
                               .expires = EXPIRES,
                               .epoch = EPOCH,
                               .generation = 1,
                               .threshold = THRESHOLD,
                               .holder_count = HOLDERS,
                               .index_count = 1,
                               .slot_count = set->slot_count};
    memcpy(out->commitments, dealt->commitments.points, sizeof out->commitments);
    snprintf(out->key_set, sizeof out->key_set, "%s", set->name);
    must(match_set_digest(set, out->matching_digest), "digest");
    for (int i = 0; i < HOLDERS; i++) {
        snprintf(out->holders[i], sizeof out->holders[i], "https://h%d.example:8443", i + 1);
    }
    snprintf(out->indexes[0], sizeof out->indexes[0], "https://index.example:8443");
    for (size_t i = 0; i < set->slot_count; i++) {
        struct descriptor_slot *slot = &out->slots[i];
        snprintf(slot->name, sizeof slot->name, "%s", set->slots[i].name);
        canary_value(i, slot->canary_value);
        slot->tier = set->slots[i].sure ? TIER_SURE : TIER_SIMILAR;
        token_of(dealt, slot->name, slot->canary_value, slot->canary_token);
    }
}

static void put_vkey(struct buf *trust, const char *word, const char *name, const uint8_t seed[NOTE_SEED_SIZE]) {
    struct note_key key;
    char vkey[NOTE_VKEY_SIZE];
    must(note_key_of_seed(name, seed, &key), "note key");
    note_key_format(&key, vkey);
    buf_printf(trust, "%s %s\n", word, vkey);
}

static json_t *text_of(struct buf *text) {
    must(buf_check(text), "text");
    json_t *value = json_stringn((const char *)text->data, text->len);
    buf_free(text);
    return value;
}

// A descriptor with the signatures of the authority and of holders 1 and 3, and the trust file that it needs.
static void put_descriptor(json_t *document, const struct dealt *dealt, const struct match_set *set) {
    struct descriptor descriptor;
    struct buf trust = {0}, note = {0}, signatures = {0};
    uint8_t seed[NOTE_SEED_SIZE];
    describe_scheme(dealt, set, &descriptor);
    must(descriptor_write(&descriptor, &note), "descriptor");
    buf_printf(&trust, "threshold %d\n", THRESHOLD);
    for (int i = 0; i <= HOLDERS; i++) {
        char name[32];
        memset(seed, 0xA0 + i, sizeof seed);
        snprintf(name, sizeof name, i == 0 ? SCHEME "/authority" : SCHEME "/holder-%d", i);
        put_vkey(&trust, i == 0 ? "authority" : "holder", name, seed);
        if (i != 2) {
            must(note_sign(buf_bytes(&note), name, seed, &signatures), "signature");
        }
    }
    buf_put_str(&note, "\n");
    buf_put(&note, signatures.data, signatures.len);
    buf_free(&signatures);
    put(document, "trust", text_of(&trust));
    put(document, "descriptor", text_of(&note));
}

static json_t *sounds_document(void) {
    json_t *sounds = json_object();
    for (size_t i = 0; i < vector_sound_count; i++) {
        char code[NYSIIS_INPUT_MAX + 2];
        nysiis(vector_sounds[i], code, sizeof code);
        put(sounds, vector_sounds[i], json_string(code));
    }
    return sounds;
}

static json_t *handle_document(void) {
    uint8_t key[HANDLE_KEY_SIZE], handle[HANDLE_SIZE];
    memset(key, 0xB0, sizeof key);
    must(handle_of(key, "case 2026/17", handle), "handle");
    json_t *document = json_object();
    put(document, "key", json_hex(key, sizeof key));
    put(document, "reference", json_string("case 2026/17"));
    put(document, "handle", json_hex(handle, sizeof handle));
    return document;
}

// The fields as given; the details normalised, or the first field that was refused ("" where all are good).
static bool normalise(const struct vector_child *child, json_t *entry, struct normal_identity *out) {
    const char *const given[] = {child->forenames, child->surname, child->date_of_birth, child->nhs_number, child->upn};
    bool good = true;
    *out = (struct normal_identity){0};
    put(entry, "shows", json_string(child->shows));
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        const char *name = identity_field_text((enum identity_field)i);
        struct identity identity = {0};
        put(entry, name, json_string(given[i]));
        must(identity_set(&identity, (enum identity_field)i, given[i]), "field");
        if (good && identity_normalise_field((enum identity_field)i, identity.text[i], out) != OK) {
            put(entry, "refused", json_string(name));
            good = false;
        }
    }
    identity_settle(out);
    return good;
}

static json_t *parts_of(const struct name_parts *parts) {
    json_t *list = json_array();
    for (int i = 0; i < parts->count; i++) {
        append(list, json_string(parts->part[i]));
    }
    return list;
}

static json_t *normal_document(const struct normal_identity *identity) {
    char date[32] = "";
    if (identity->year != 0) {
        snprintf(date, sizeof date, "%04d-%02d-%02d", identity->year, identity->month, identity->day);
    }
    json_t *document = json_object();
    put(document, "forenames", parts_of(&identity->forenames));
    put(document, "surname", parts_of(&identity->surname));
    put(document, "date_of_birth", json_string(date));
    put(document, "nhs_number", json_string(identity->nhs_number));
    put(document, "upn", json_string(identity->upn));
    return document;
}

struct exchange { // of one child: its filled slots in one batch
    size_t count;
    size_t slots[MAX_SLOTS];
    struct buf inputs[MAX_SLOTS];
    uint8_t blinds[MAX_SLOTS][OPRF_SCALAR_SIZE];
    uint8_t blinded[MAX_SLOTS][OPRF_ELEMENT_SIZE];
    size_t holders[THRESHOLD];
    uint8_t evaluated[THRESHOLD][MAX_SLOTS][OPRF_ELEMENT_SIZE];
    uint8_t combined[MAX_SLOTS][OPRF_ELEMENT_SIZE];
};

static void blind(const struct match_set *set, const struct match_values *values, size_t child,
                  struct exchange *exchange) {
    for (size_t slot = 0; slot < set->slot_count; slot++) {
        if (values->value[slot][0] == '\0') {
            continue;
        }
        size_t i = exchange->count++;
        exchange->slots[i] = slot;
        must(token_input(SCHEME, EPOCH, set->slots[slot].name, values->value[slot], &exchange->inputs[i]), "input");
        fixed_scalar(exchange->blinds[i], "blind %zu %zu", child, slot);
        must(oprf_blind_with(buf_bytes(&exchange->inputs[i]), exchange->blinds[i], exchange->blinded[i]), "blind");
    }
}

static json_t *evaluate(const struct dealt *dealt, size_t child, struct exchange *exchange) {
    static const size_t pairs[][THRESHOLD] = {{1, 2}, {1, 3}, {3, 2}};
    json_t *replies = json_array();
    memcpy(exchange->holders, pairs[child % 3], sizeof exchange->holders);
    for (size_t i = 0; i < THRESHOLD; i++) {
        size_t holder = exchange->holders[i];
        const uint8_t(*blinded)[OPRF_ELEMENT_SIZE] = (const uint8_t(*)[OPRF_ELEMENT_SIZE])exchange->blinded;
        uint8_t nonce[OPRF_SCALAR_SIZE], proof[OPRF_PROOF_SIZE];
        fixed_scalar(nonce, "nonce %zu %zu", child, holder);
        must(oprf_blind_evaluate(dealt->shares[holder - 1], dealt->public_keys[holder - 1], blinded, exchange->count,
                                 nonce, exchange->evaluated[i], proof),
             "evaluation");
        json_t *reply = json_object();
        put(reply, "holder", json_integer((json_int_t)holder));
        put(reply, "nonce", json_hex(nonce, sizeof nonce));
        put(reply, "elements", hex_list((const uint8_t(*)[32])exchange->evaluated[i], exchange->count));
        put(reply, "proof", json_hex(proof, sizeof proof));
        append(replies, reply);
    }
    const uint8_t(*const evaluated[THRESHOLD])[OPRF_ELEMENT_SIZE] = {
        (const uint8_t(*)[OPRF_ELEMENT_SIZE])exchange->evaluated[0],
        (const uint8_t(*)[OPRF_ELEMENT_SIZE])exchange->evaluated[1]};
    must(threshold_combine(exchange->holders, THRESHOLD, evaluated, exchange->count, exchange->combined),
         "combination");
    return replies;
}

static json_t *step_document(const struct dealt *dealt, const struct match_set *set, const struct match_values *values,
                             struct exchange *exchange, size_t i) {
    const char *slot = set->slots[exchange->slots[i]].name;
    uint8_t output[OPRF_OUTPUT_SIZE], token[TOKEN_SIZE], direct[TOKEN_SIZE];
    must(oprf_finalize(buf_bytes(&exchange->inputs[i]), exchange->blinds[i], exchange->combined[i], output), "output");
    must(token_of_output(output, token), "token");
    token_of(dealt, slot, values->value[exchange->slots[i]], direct);
    if (memcmp(token, direct, sizeof token) != 0) {
        must(err_set(ERR_CRYPTO, "two shares give another token than the key"), slot);
    }
    json_t *step = json_object();
    put(step, "slot", json_string(slot));
    put(step, "value", json_string(values->value[exchange->slots[i]]));
    put(step, "input", json_hex(exchange->inputs[i].data, exchange->inputs[i].len));
    put(step, "blind", json_hex(exchange->blinds[i], OPRF_SCALAR_SIZE));
    put(step, "blinded", json_hex(exchange->blinded[i], OPRF_ELEMENT_SIZE));
    put(step, "combined", json_hex(exchange->combined[i], OPRF_ELEMENT_SIZE));
    put(step, "output", json_hex(output, sizeof output));
    put(step, "token", json_hex(token, sizeof token));
    buf_free(&exchange->inputs[i]);
    return step;
}

static json_t *child_document(const struct dealt *dealt, const struct match_set *set, size_t child) {
    json_t *entry = json_object();
    struct normal_identity identity;
    struct match_values values;
    if (!normalise(&vector_children[child], entry, &identity)) {
        return entry;
    }
    put(entry, "normal", normal_document(&identity));
    if (match_values_of(set, &identity, &values) != OK) {
        put(entry, "refused", json_string("too few details"));
        return entry;
    }
    struct exchange exchange = {0};
    blind(set, &values, child, &exchange);
    json_t *replies = evaluate(dealt, child, &exchange);
    json_t *slots = json_array();
    for (size_t i = 0; i < exchange.count; i++) {
        append(slots, step_document(dealt, set, &values, &exchange, i));
    }
    put(entry, "slots", slots);
    put(entry, "replies", replies);
    match_values_free(&values);
    return entry;
}

static int write_vectors(void) {
    const struct match_set *set = match_set_find("core");
    struct dealt dealt;
    deal(&dealt);
    json_t *document = json_object();
    put(document, "about",
        json_string("Test vectors of docs/protocol.md, written by tests/interop/make_vectors.c. Binary "
                    "values are hex. Keys, blinds and nonces are fixed and worth nothing."));
    put(document, "scheme", json_string(SCHEME));
    put(document, "epoch", json_integer(EPOCH));
    put(document, "matching", matching_document(set));
    put(document, "sounds", sounds_document());
    put(document, "keys", keys_document(&dealt));
    put_descriptor(document, &dealt, set);
    put(document, "handle", handle_document());
    json_t *children = json_array();
    for (size_t i = 0; i < vector_child_count; i++) {
        append(children, child_document(&dealt, set, i));
    }
    put(document, "children", children);
    bool written = json_dumpf(document, stdout, JSON_INDENT(1) | JSON_ENSURE_ASCII) == 0 && putchar('\n') == '\n';
    json_decref(document);
    return written && fflush(stdout) == 0 ? 0 : 1;
}

int main(void) {
    must(secret_start(), "libsodium");
    return write_vectors();
}
