// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/contribution.h"

#include <sodium.h>
#include <string.h>

#include "base/json.h"
#include "keys/ceremony/signed_json.h"
#include "proto/urn.h"

#define CONTRIBUTION_TYPE "signpost contribution 1"
#define MAX_CONTRIBUTION (32 * 1024)
#define COUNT(array) (sizeof(array) / sizeof *(array))

_Static_assert(INBOX_KEY_SIZE == crypto_box_PUBLICKEYBYTES && INBOX_SECRET_SIZE == crypto_box_SECRETKEYBYTES &&
                   INBOX_SEAL_SIZE == crypto_box_SEALBYTES,
               "an inbox is a key pair of libsodium's sealed boxes");

// Boxes.

err_t contribution_seal(const struct inbox *inboxes, const uint8_t (*values)[OPRF_SCALAR_SIZE], size_t count,
                        struct contribution *out) {
    out->box_count = count;
    for (size_t i = 0; i < count; i++) {
        memcpy(out->inboxes[i], inboxes[i].key, INBOX_KEY_SIZE);
        if (crypto_box_seal(out->boxes[i], values[i], OPRF_SCALAR_SIZE, inboxes[i].key) != 0) {
            return err_set(ERR_CRYPTO, "nothing can be sealed to the inbox of holder %zu", i + 1);
        }
    }
    return OK;
}

err_t contribution_unseal(const struct contribution *contribution, size_t holder,
                          const uint8_t secret[INBOX_SECRET_SIZE], uint8_t out_value[OPRF_SCALAR_SIZE]) {
    uint8_t own[INBOX_KEY_SIZE];
    size_t at = holder - 1;
    if (crypto_scalarmult_base(own, secret) != 0 || at >= contribution->box_count ||
        memcmp(own, contribution->inboxes[at], sizeof own) != 0) {
        return err_set(ERR_DENIED, "it was made for another inbox than this holder's present one");
    }
    if (crypto_box_seal_open(out_value, contribution->boxes[at], CONTRIBUTION_BOX_SIZE, own, secret) != 0) {
        return err_set(ERR_DENIED, "this holder's box in it does not open");
    }
    return OK;
}

// The note.

static json_t *commitments_of(const struct contribution *contribution) {
    json_t *array = json_array();
    for (size_t i = 0; i < contribution->commitment_count; i++) {
        if (json_array_append_new(array, json_base64(contribution->commitments[i], ELEMENT_SIZE)) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *boxes_of(const struct contribution *contribution) {
    json_t *array = json_array();
    for (size_t i = 0; i < contribution->box_count; i++) {
        json_t *object = json_pack("{s:o, s:o}", "inbox", json_base64(contribution->inboxes[i], INBOX_KEY_SIZE),
                                   "sealed", json_base64(contribution->boxes[i], CONTRIBUTION_BOX_SIZE));
        if (json_array_append_new(array, object) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

err_t contribution_write(const struct contribution *contribution, const struct note_key *own,
                         const uint8_t seed[NOTE_SEED_SIZE], struct buf *out) {
    json_t *document = json_pack("{s:s, s:s, s:I, s:I, s:I, s:o, s:o}", "type", CONTRIBUTION_TYPE, "scheme",
                                 contribution->scheme, "holder", (json_int_t)contribution->holder, "epoch",
                                 (json_int_t)contribution->epoch, "generation", (json_int_t)contribution->generation,
                                 "commitments", commitments_of(contribution), "boxes", boxes_of(contribution));
    return signed_json_write(document, own, seed, out);
}

static err_t read_commitments(const json_t *array, struct contribution *contribution) {
    contribution->commitment_count = json_array_size(array);
    for (size_t i = 0; i < contribution->commitment_count; i++) {
        const struct json_field item = {"commitments", JSON_FIELD_BASE64, true, ELEMENT_SIZE,
                                        contribution->commitments[i]};
        err_t err = json_read_item(array, i, &item);
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

static err_t read_boxes(const json_t *array, struct contribution *contribution) {
    contribution->box_count = json_array_size(array);
    for (size_t i = 0; i < contribution->box_count; i++) {
        json_t *object = NULL;
        const struct json_field item = {"boxes", JSON_FIELD_OBJECT, true, 0, &object};
        const struct json_field fields[] = {
            {"inbox", JSON_FIELD_BASE64, true, INBOX_KEY_SIZE, contribution->inboxes[i]},
            {"sealed", JSON_FIELD_BASE64, true, CONTRIBUTION_BOX_SIZE, contribution->boxes[i]},
        };
        err_t err = json_read_item(array, i, &item);
        err = err != OK ? err : json_read(object, fields, COUNT(fields));
        if (err != OK) {
            return err_prefix(err, "boxes[%zu]", i);
        }
    }
    return OK;
}

static err_t read_document(const json_t *document, struct contribution *contribution) {
    const char *type = NULL, *scheme = NULL;
    json_t *commitments = NULL, *boxes = NULL;
    const struct json_field fields[] = {
        {"type", JSON_FIELD_TEXT, true, MAX_ID, &type},
        {"scheme", JSON_FIELD_TEXT, true, MAX_ID, &scheme},
        {"holder", JSON_FIELD_NUMBER, true, MAX_HOLDERS, &contribution->holder},
        {"epoch", JSON_FIELD_NUMBER, true, MAX_EPOCH, &contribution->epoch},
        {"generation", JSON_FIELD_NUMBER, true, MAX_EPOCH, &contribution->generation},
        {"commitments", JSON_FIELD_ARRAY, true, MAX_HOLDERS, &commitments},
        {"boxes", JSON_FIELD_ARRAY, true, MAX_HOLDERS, &boxes},
    };
    err_t err = json_read(document, fields, COUNT(fields));
    if (err != OK) {
        return err;
    }
    if (strcmp(type, CONTRIBUTION_TYPE) != 0) {
        return err_set(ERR_INPUT, "type: not \"%s\"", CONTRIBUTION_TYPE);
    }
    memcpy(contribution->scheme, scheme, strlen(scheme)); // at most MAX_ID by the table
    err = read_commitments(commitments, contribution);
    return err != OK ? err : read_boxes(boxes, contribution);
}

err_t contribution_load(const char *path, const struct trust *trust, struct contribution *out) {
    struct signed_json signed_json = {0};
    struct contribution contribution = {0};
    err_t err = signed_json_load(path, MAX_CONTRIBUTION, &signed_json);
    if (err == OK) {
        err = read_document(signed_json.document, &contribution);
        err = err != OK ? err : signed_json_by_holder(&signed_json, trust, contribution.holder);
        err = err == OK ? OK : err_prefix(err, "%s", path);
    }
    signed_json_free(&signed_json);
    if (err == OK) {
        *out = contribution;
    }
    return err;
}
