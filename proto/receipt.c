// SPDX-License-Identifier: Apache-2.0
#include "proto/receipt.h"

#include <stdbool.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "proto/urn.h"

#define RECEIPT_TYPE "signpost destruction receipt 1"
#define COUNT(array) (sizeof(array) / sizeof *(array))

static err_t check(const struct receipt *receipt) {
    if (!urn_id_valid(receipt->scheme)) {
        return err_set(ERR_INPUT, "scheme: not a scheme's name");
    }
    if (receipt->holder < 1 || receipt->holder > MAX_HOLDERS) {
        return err_set(ERR_INPUT, "holder: not 1 to %d", MAX_HOLDERS);
    }
    if (receipt->count < 1 || receipt->count > RECEIPT_SHARES_MAX) {
        return err_set(ERR_INPUT, "destroyed: not 1 to %d shares", RECEIPT_SHARES_MAX);
    }
    for (size_t i = 0; i < receipt->count; i++) {
        const struct receipt_share *share = &receipt->shares[i];
        if (share->epoch < 1 || share->generation < 1) {
            return err_set(ERR_INPUT, "destroyed[%zu]: epoch or generation: not 1 or more", i);
        }
        for (size_t j = 0; j < i; j++) {
            if (receipt->shares[j].epoch == share->epoch && receipt->shares[j].generation == share->generation) {
                return err_set(ERR_INPUT, "destroyed[%zu]: a share that stands there already", i);
            }
        }
    }
    return OK;
}

// JSON out. A failed allocation shows as NULL, which jansson's setters refuse.

static json_t *shares_of(const struct receipt *receipt) {
    json_t *array = json_array();
    for (size_t i = 0; i < receipt->count; i++) {
        const struct receipt_share *share = &receipt->shares[i];
        json_t *object =
            json_pack("{s:I, s:I, s:o}", "epoch", (json_int_t)share->epoch, "generation", (json_int_t)share->generation,
                      "commitments", json_hex(share->commitments, sizeof share->commitments));
        if (json_array_append_new(array, object) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

err_t receipt_write(const struct receipt *receipt, struct buf *out) {
    err_t err = check(receipt);
    if (err != OK) {
        return err_prefix(err, "receipt");
    }
    json_t *document =
        json_pack("{s:s, s:s, s:I, s:o, s:o}", "type", RECEIPT_TYPE, "scheme", receipt->scheme, "holder",
                  (json_int_t)receipt->holder, "destroyed", shares_of(receipt), "time", json_time(receipt->time));
    if (document == NULL) {
        return err_set(ERR_MEMORY, "receipt");
    }
    err = json_write(document, true, out);
    json_decref(document);
    if (err == OK) {
        buf_put_u8(out, '\n');
        err = buf_check(out);
    }
    return err;
}

// JSON in.

static err_t read_shares(const json_t *array, struct receipt *receipt) {
    receipt->count = json_array_size(array);
    for (size_t i = 0; i < receipt->count; i++) {
        struct receipt_share *share = &receipt->shares[i];
        json_t *object = NULL;
        const struct json_field item = {"destroyed", JSON_FIELD_OBJECT, true, 0, &object};
        const struct json_field fields[] = {
            {"epoch", JSON_FIELD_NUMBER, true, MAX_EPOCH, &share->epoch},
            {"generation", JSON_FIELD_NUMBER, true, MAX_EPOCH, &share->generation},
            {"commitments", JSON_FIELD_HEX, true, sizeof share->commitments, share->commitments},
        };
        err_t err = json_read_item(array, i, &item);
        err = err != OK ? err : json_read(object, fields, COUNT(fields));
        if (err != OK) {
            return err_prefix(err, "destroyed[%zu]", i);
        }
    }
    return OK;
}

static err_t read_document(const json_t *document, struct receipt *receipt) {
    const char *type = NULL, *scheme = NULL;
    json_t *shares = NULL;
    const struct json_field fields[] = {
        {"type", JSON_FIELD_TEXT, true, MAX_ID, &type},
        {"scheme", JSON_FIELD_TEXT, true, MAX_ID, &scheme},
        {"holder", JSON_FIELD_NUMBER, true, MAX_HOLDERS, &receipt->holder},
        {"destroyed", JSON_FIELD_ARRAY, true, RECEIPT_SHARES_MAX, &shares},
        {"time", JSON_FIELD_TIME, true, 0, &receipt->time},
    };
    err_t err = json_read(document, fields, COUNT(fields));
    if (err != OK) {
        return err;
    }
    if (strcmp(type, RECEIPT_TYPE) != 0) {
        return err_set(ERR_INPUT, "type: not \"%s\"", RECEIPT_TYPE);
    }
    memcpy(receipt->scheme, scheme, strlen(scheme)); // at most MAX_ID by the table
    return read_shares(shares, receipt);
}

err_t receipt_read(struct bytes text, struct receipt *out) {
    json_t *document = NULL;
    struct receipt receipt = {0};
    err_t err = json_parse(text, &document);
    err = err != OK ? err : read_document(document, &receipt);
    err = err != OK ? err : check(&receipt);
    json_decref(document);
    if (err != OK) {
        return err_prefix(err, "receipt");
    }
    *out = receipt;
    return OK;
}

// Signatures.

err_t receipt_open(struct bytes whole, const struct note_key *holders, size_t count, struct receipt *out) {
    struct note note;
    struct receipt receipt;
    err_t err = note_parse(whole, &note);
    err = err != OK ? err : receipt_read(note.text, &receipt);
    if (err != OK) {
        return err;
    }
    if (receipt.holder > count) {
        return err_set(ERR_SIGNATURE, "receipt: holder %u is none of the scheme's %zu", (unsigned)receipt.holder,
                       count);
    }
    if (note_verify(&note, &holders[receipt.holder - 1]) != OK) {
        return err_set(ERR_SIGNATURE, "receipt: no good signature of holder %u, whose it claims to be",
                       (unsigned)receipt.holder);
    }
    *out = receipt;
    return OK;
}

err_t receipt_load(const char *path, const struct note_key *holders, size_t count, struct receipt *out) {
    struct buf whole = {0};
    err_t err = file_read(path, MAX_RECEIPT, &whole);
    if (err == OK) {
        err = receipt_open(buf_bytes(&whole), holders, count, out);
        err = err == OK ? OK : err_prefix(err, "%s", path);
    }
    buf_free(&whole);
    return err;
}

static bool covers(const struct receipt *receipt, uint64_t epoch) {
    for (size_t i = 0; i < receipt->count; i++) {
        if (receipt->shares[i].epoch == epoch) {
            return true;
        }
    }
    return false;
}

size_t receipt_holders(const struct receipt *receipts, size_t count, uint64_t epoch) {
    bool seen[MAX_HOLDERS + 1] = {false};
    size_t holders = 0;
    for (size_t i = 0; i < count; i++) {
        if (covers(&receipts[i], epoch) && !seen[receipts[i].holder]) {
            seen[receipts[i].holder] = true;
            holders++;
        }
    }
    return holders;
}
