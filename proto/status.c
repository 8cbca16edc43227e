// SPDX-License-Identifier: Apache-2.0
#include "proto/status.h"

#include <string.h>

#include "base/json.h"
#include "proto/role.h"

static bool put_date(json_t *document, const char *name, int64_t seconds) {
    return seconds == 0 || json_object_set_new(document, name, json_time(seconds)) == 0;
}

err_t whoami_write(const struct whoami *whoami, struct buf *out) {
    json_t *document = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "identity", whoami->identity, "roles", roles_json(whoami->roles),
        "time", json_time(whoami->time), "certificate_expires", json_time(whoami->certificate_expires), "entry_expires",
        json_time(whoami->entry_expires), "roster_expires", json_time(whoami->roster_expires), "roster_version",
        (json_int_t)whoami->roster_version, "descriptor_version", (json_int_t)whoami->descriptor_version);
    if (document == NULL || !put_date(document, "vetting_expires", whoami->vetting_expires) ||
        !put_date(document, "training_expires", whoami->training_expires)) {
        json_decref(document);
        return err_set(ERR_MEMORY, "whoami");
    }
    err_t err = json_write(document, false, out);
    json_decref(document);
    return err;
}

static err_t whoami_check(struct whoami *read, const char *identity, const json_t *roles) {
    struct urn urn;
    err_t err = urn_parse(identity, &urn);
    if (err != OK) {
        return err_prefix(err, "field \"identity\"");
    }
    err = roles_read(roles, &read->roles);
    if (err != OK) {
        return err;
    }
    if (read->roster_version < 1 || read->descriptor_version < 1) {
        return err_set(ERR_INPUT, "field \"%s\": must be 1 or more",
                       read->roster_version < 1 ? "roster_version" : "descriptor_version");
    }
    memset(read->identity, 0, sizeof read->identity);
    memcpy(read->identity, identity, strlen(identity));
    return OK;
}

err_t whoami_read(struct bytes text, struct whoami *out) {
    json_t *document = NULL;
    err_t err = json_parse(text, &document);
    if (err != OK) {
        return err;
    }
    struct whoami read = {0};
    const char *identity = NULL;
    json_t *roles = NULL;
    const struct json_field fields[] = {
        {"identity", JSON_FIELD_TEXT, true, MAX_URN, &identity},
        {"roles", JSON_FIELD_ARRAY, true, ROLE_COUNT, &roles},
        {"time", JSON_FIELD_TIME, true, 0, &read.time},
        {"certificate_expires", JSON_FIELD_TIME, true, 0, &read.certificate_expires},
        {"entry_expires", JSON_FIELD_TIME, true, 0, &read.entry_expires},
        {"roster_expires", JSON_FIELD_TIME, true, 0, &read.roster_expires},
        {"roster_version", JSON_FIELD_NUMBER, true, MAX_VERSION, &read.roster_version},
        {"descriptor_version", JSON_FIELD_NUMBER, true, MAX_VERSION, &read.descriptor_version},
        {"vetting_expires", JSON_FIELD_TIME, false, 0, &read.vetting_expires},
        {"training_expires", JSON_FIELD_TIME, false, 0, &read.training_expires},
    };
    err = json_read(document, fields, sizeof fields / sizeof fields[0]);
    if (err == OK) {
        err = whoami_check(&read, identity, roles);
    }
    if (err == OK) {
        *out = read;
    }
    json_decref(document);
    return err;
}

static json_t *epochs_of(const struct token_epochs *epochs) {
    json_t *array = json_array();
    for (size_t i = 0; i < epochs->count; i++) {
        if (json_array_append_new(array, json_integer((json_int_t)epochs->numbers[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

err_t scheme_status_write(const struct scheme_status *status, struct buf *out) {
    json_t *document = json_pack(
        "{s:s, s:o, s:I, s:I, s:o, s:{s:I, s:I, s:o}}", "scheme", status->scheme, "epochs", epochs_of(&status->epochs),
        "generation", (json_int_t)status->generation, "descriptor_version", (json_int_t)status->descriptor_version,
        "store_id", json_base64(status->store_id, STORE_ID_SIZE), "feeds", "fresh", (json_int_t)status->feeds_fresh,
        "total", (json_int_t)status->feeds_total, "as_of", json_time(status->feeds_as_of));
    if (document == NULL) {
        return err_set(ERR_MEMORY, "scheme status");
    }
    err_t err = json_write(document, false, out);
    json_decref(document);
    return err;
}

static err_t feeds_read(const json_t *feeds, struct scheme_status *read) {
    const struct json_field fields[] = {
        {"fresh", JSON_FIELD_NUMBER, true, MAX_ROSTER_ENTRIES, &read->feeds_fresh},
        {"total", JSON_FIELD_NUMBER, true, MAX_ROSTER_ENTRIES, &read->feeds_total},
        {"as_of", JSON_FIELD_TIME, true, 0, &read->feeds_as_of},
    };
    err_t err = json_read(feeds, fields, sizeof fields / sizeof fields[0]);
    if (err != OK) {
        return err_prefix(err, "field \"feeds\"");
    }
    if (read->feeds_fresh > read->feeds_total) {
        return err_set(ERR_INPUT, "field \"feeds\": field \"fresh\": more than total");
    }
    return OK;
}

static err_t scheme_status_check(struct scheme_status *read, const char *scheme) {
    if (!urn_id_valid(scheme)) {
        return err_set(ERR_INPUT, "field \"scheme\": must be an id");
    }
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {{"generation", read->generation}, {"descriptor_version", read->descriptor_version}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i].value < 1) {
            return err_set(ERR_INPUT, "field \"%s\": must be 1 or more", numbers[i].name);
        }
    }
    memset(read->scheme, 0, sizeof read->scheme);
    memcpy(read->scheme, scheme, strlen(scheme));
    return OK;
}

err_t scheme_status_read(struct bytes text, struct scheme_status *out) {
    json_t *document = NULL;
    err_t err = json_parse(text, &document);
    if (err != OK) {
        return err;
    }
    struct scheme_status read = {0};
    const char *scheme = NULL;
    json_t *feeds = NULL, *epochs = NULL;
    const struct json_field fields[] = {
        {"scheme", JSON_FIELD_TEXT, true, MAX_ID, &scheme},
        {"epochs", JSON_FIELD_ARRAY, true, MAX_TOKEN_EPOCHS, &epochs},
        {"generation", JSON_FIELD_NUMBER, true, MAX_EPOCH, &read.generation},
        {"descriptor_version", JSON_FIELD_NUMBER, true, MAX_VERSION, &read.descriptor_version},
        {"store_id", JSON_FIELD_BASE64, true, STORE_ID_SIZE, read.store_id},
        {"feeds", JSON_FIELD_OBJECT, true, 0, &feeds},
    };
    err = json_read(document, fields, sizeof fields / sizeof fields[0]);
    if (err == OK) {
        err = token_epochs_read(epochs, &read.epochs);
    }
    if (err == OK) {
        err = feeds_read(feeds, &read);
    }
    if (err == OK) {
        err = scheme_status_check(&read, scheme);
    }
    if (err == OK) {
        *out = read;
    }
    json_decref(document);
    return err;
}
