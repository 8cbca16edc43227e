// SPDX-License-Identifier: Apache-2.0
// Adding and lifting shields (indexd/shield.h), by signed acts.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "indexd/acts/acts.h"
#include "indexd/shield.h"
#include "proto/token_file.h"

// Which agencies hold the records that share names alone: somebody must speak to them.
struct naming {
    struct engine *engine;
    const struct shield_addition *addition;
    json_t *found; // an object: agency, number of records
    size_t named;
};

static void name_agency(const char *agency, void *ctx) {
    struct naming *naming = ctx;
    size_t records = 0;
    for (size_t i = 0; i < naming->addition->matches && i < SHIELD_MATCHES_MAX; i++) {
        const struct shield_match *match = &naming->addition->match[i];
        records += engine_is_agency(naming->engine, match->child, match->agency, agency) ? 1 : 0;
    }
    if (records > 0) {
        naming->named += records;
        json_object_set_new(naming->found, agency, json_integer((json_int_t)records));
    }
}

static err_t report(const struct act_call *call, const struct shield_addition *addition) {
    struct naming naming = {.engine = call->service->engine, .addition = addition, .found = json_object()};
    err_t err = access_each_agency(call->service->access, name_agency, &naming);
    json_t *reply = json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "shield", (json_int_t)addition->number, "numbers",
                              (json_int_t)addition->numbers, "names", (json_int_t)addition->names, "hidden",
                              (json_int_t)addition->hidden, "matches_by_names_alone", (json_int_t)addition->matches,
                              "matches_of_agencies", naming.found);
    if (!reply || json_object_update(call->reply, reply) != 0) {
        err = err_set(ERR_MEMORY, "the shield was added, but there is no memory to tell of it");
    }
    json_decref(reply);
    return err;
}

static err_t check_scheme(const struct act_call *call, const struct token_file *file) {
    struct scheme_status status;
    service_scheme_status(call->service, &status);
    bool same = file->epochs.count == status.epochs.count;
    for (size_t i = 0; same && i < status.epochs.count; i++) {
        same = file->epochs.numbers[i] == status.epochs.numbers[i];
    }
    if (strcmp(file->scheme, status.scheme) != 0 || !same) {
        return err_set(ERR_STALE, "the tokens are of another scheme, or not of all epochs of its key that are in use");
    }
    return OK;
}

static err_t add(const struct act_call *call, const struct token_file *file, struct shield_addition *addition) {
    struct shield_named *named = calloc(TOKEN_FILE_MAX_RECORDS, sizeof *named);
    if (!named) {
        return err_set(ERR_MEMORY, "no memory for a shield");
    }
    for (size_t i = 0; i < file->record_count; i++) {
        memcpy(named[i].agency, file->records[i].agency, sizeof named[i].agency);
        memcpy(named[i].handle, file->records[i].handle, sizeof named[i].handle);
    }
    addition->children = file->children;
    addition->child_count = file->child_count;
    addition->slots = file->slots;
    addition->epochs = file->epochs.count;
    addition->records = named;
    addition->record_count = file->record_count;
    err_t err = act_carry_out(call, shield_add, addition);
    free(named);
    return err ? err : report(call, addition);
}

err_t act_shield_add(struct act_call *call) {
    const char *reference = "";
    uint8_t digest[32];
    const struct json_field fields[] = {{"reference", JSON_FIELD_TEXT, false, SHIELD_REFERENCE_MAX, &reference},
                                        {"sha256", JSON_FIELD_HEX, true, sizeof digest, digest}};
    struct token_file *file = calloc(1, sizeof *file);
    struct shield_addition *addition = calloc(1, sizeof *addition);
    err_t err = file && addition ? act_arguments(call, fields, 2) : err_set(ERR_MEMORY, "no memory for a shield");
    if (!err) {
        err = act_attachment(call, digest);
    }
    if (!err) {
        err = token_file_read(call->attachment, TOKEN_FILE_SHIELD, file);
    }
    if (!err) {
        err = check_scheme(call, file);
    }
    if (!err) {
        (void)snprintf(addition->reference, sizeof addition->reference, "%s", reference);
        err = add(call, file, addition);
    }
    free(addition);
    free(file);
    return err;
}

err_t act_shield_lift(struct act_call *call) {
    struct shield_lifting lifting = {0};
    const struct json_field fields[] = {{"shield", JSON_FIELD_NUMBER, true, MAX_VERSION, &lifting.number}};
    err_t err = act_arguments(call, fields, 1);
    if (!err) {
        err = act_carry_out(call, shield_lift, &lifting);
    }
    if (!err && json_object_set_new(call->reply, "records", json_integer((json_int_t)lifting.records)) != 0) {
        err = err_set(ERR_MEMORY, "the shield was lifted, but there is no memory to tell of it");
    }
    return err;
}
