// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/inbox.h"

#include <string.h>

#include "base/json.h"
#include "keys/ceremony/signed_json.h"
#include "proto/urn.h"

#define INBOX_TYPE "signpost inbox 1"
#define MAX_INBOX (8 * 1024)
#define COUNT(array) (sizeof(array) / sizeof *(array))

err_t inbox_write(const struct inbox *inbox, const struct note_key *own, const uint8_t seed[NOTE_SEED_SIZE],
                  struct buf *out) {
    json_t *document = json_pack("{s:s, s:s, s:I, s:I, s:I, s:o}", "type", INBOX_TYPE, "scheme", inbox->scheme,
                                 "holder", (json_int_t)inbox->holder, "epoch", (json_int_t)inbox->epoch, "generation",
                                 (json_int_t)inbox->generation, "key", json_base64(inbox->key, sizeof inbox->key));
    return signed_json_write(document, own, seed, out);
}

static err_t read_document(const json_t *document, struct inbox *out) {
    const char *type = NULL, *scheme = NULL;
    struct inbox inbox = {0};
    const struct json_field fields[] = {
        {"type", JSON_FIELD_TEXT, true, MAX_ID, &type},
        {"scheme", JSON_FIELD_TEXT, true, MAX_ID, &scheme},
        {"holder", JSON_FIELD_NUMBER, true, MAX_HOLDERS, &inbox.holder},
        {"epoch", JSON_FIELD_NUMBER, true, MAX_EPOCH, &inbox.epoch},
        {"generation", JSON_FIELD_NUMBER, true, MAX_EPOCH, &inbox.generation},
        {"key", JSON_FIELD_BASE64, true, sizeof inbox.key, inbox.key},
    };
    err_t err = json_read(document, fields, COUNT(fields));
    if (err != OK) {
        return err;
    }
    if (strcmp(type, INBOX_TYPE) != 0) {
        return err_set(ERR_INPUT, "type: not \"%s\"", INBOX_TYPE);
    }
    if (inbox.holder < 1) {
        return err_set(ERR_INPUT, "holder: not 1 to %d", MAX_HOLDERS);
    }
    memcpy(inbox.scheme, scheme, strlen(scheme)); // at most MAX_ID by the table
    *out = inbox;
    return OK;
}

err_t inbox_load(const char *path, const struct trust *trust, struct inbox *out) {
    struct signed_json signed_json = {0};
    struct inbox inbox;
    err_t err = signed_json_load(path, MAX_INBOX, &signed_json);
    if (err == OK) {
        err = read_document(signed_json.document, &inbox);
        err = err != OK ? err : signed_json_by_holder(&signed_json, trust, inbox.holder);
        err = err == OK ? OK : err_prefix(err, "%s", path);
    }
    signed_json_free(&signed_json);
    if (err == OK) {
        *out = inbox;
    }
    return err;
}

err_t inbox_load_all(const char *const *paths, size_t count, const struct trust *trust, const struct inbox *expected,
                     struct inbox *out) {
    bool seen[MAX_HOLDERS] = {false};
    if (count != trust->holder_count) {
        return err_set(ERR_INPUT, "%zu inboxes are given: exactly one of each of the %zu holders is needed", count,
                       trust->holder_count);
    }
    for (size_t i = 0; i < count; i++) {
        struct inbox inbox;
        err_t err = inbox_load(paths[i], trust, &inbox);
        if (err != OK) {
            return err;
        }
        if (strcmp(inbox.scheme, expected->scheme) != 0 || inbox.epoch != expected->epoch ||
            inbox.generation != expected->generation) {
            return err_set(ERR_STALE, "%s: an inbox of another scheme, epoch or generation", paths[i]);
        }
        if (seen[inbox.holder - 1]) {
            return err_set(ERR_INPUT, "%s: a second inbox of holder %u", paths[i], (unsigned)inbox.holder);
        }
        seen[inbox.holder - 1] = true;
        out[inbox.holder - 1] = inbox;
    }
    return OK;
}
