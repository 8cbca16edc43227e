// SPDX-License-Identifier: Apache-2.0
#include "proto/token_file.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "proto/urn.h"

static void put_children(const struct token_set *children, size_t count, size_t tokens, struct buf *out) {
    buf_put_str(out, "\"children\":[");
    for (size_t i = 0; i < count; i++) {
        buf_put_str(out, i == 0 ? "" : ",");
        token_set_put(&children[i], tokens, out);
    }
    buf_put_str(out, "]");
}

err_t token_file_write(const struct token_file *file, const char *use, struct buf *out) {
    buf_printf(out, "{\"tokens_for\":\"%s\",\"scheme\":\"%s\",\"slots\":%zu,", use, file->scheme, file->slots);
    token_epochs_put(&file->epochs, out);
    buf_put_str(out, ",");
    put_children(file->children, file->child_count, file->slots * file->epochs.count, out);
    buf_put_str(out, ",\"records\":[");
    for (size_t i = 0; i < file->record_count; i++) {
        buf_printf(out, "%s{\"agency\":\"%s\",\"handle\":\"", i == 0 ? "" : ",", file->records[i].agency);
        buf_put_base64(out, file->records[i].handle, HANDLE_SIZE);
        buf_put_str(out, "\"}");
    }
    buf_put_str(out, "]");
    for (size_t i = 0; i < file->retired_count; i++) {
        buf_printf(out, "%s{\"epoch\":%u,", i == 0 ? ",\"retired\":[" : ",", file->retired[i].epoch);
        put_children(file->retired[i].children, file->child_count, file->slots, out);
        buf_put_str(out, i + 1 == file->retired_count ? "}]" : "}");
    }
    buf_put_str(out, "}\n");
    return buf_check(out);
}

static err_t read_record(const json_t *item, struct token_record *out) {
    const char *agency = NULL;
    const struct json_field fields[] = {{"agency", JSON_FIELD_TEXT, true, MAX_ID, &agency},
                                        {"handle", JSON_FIELD_BASE64, true, HANDLE_SIZE, out->handle}};
    err_t err = json_read(item, fields, 2);
    if (err == OK && !urn_id_valid(agency)) {
        err = err_set(ERR_INPUT, "field \"agency\": not an agency's id");
    }
    if (err == OK) {
        (void)snprintf(out->agency, sizeof out->agency, "%s", agency);
    }
    return err;
}

static err_t read_children(const json_t *array, size_t tokens, struct token_set *out) {
    err_t err = OK;
    for (size_t i = 0; err == OK && i < json_array_size(array); i++) {
        err = token_set_read(json_array_get(array, i), tokens, &out[i]);
        err = err == OK ? OK : err_prefix(err, "children[%zu]", i);
    }
    return err;
}

// Each epoch is older than the one before it, and than those in use.
static err_t read_one_retired(const json_t *item, struct token_file *file) {
    struct token_retired *retired = &file->retired[file->retired_count];
    uint32_t newer = file->retired_count > 0 ? retired[-1].epoch : file->epochs.numbers[file->epochs.count - 1];
    uint64_t epoch = 0;
    json_t *children = NULL;
    const struct json_field fields[] = {{"epoch", JSON_FIELD_NUMBER, true, MAX_EPOCH, &epoch},
                                        {"children", JSON_FIELD_ARRAY, true, TOKEN_FILE_MAX_CHILDREN, &children}};
    err_t err = json_read(item, fields, 2);
    if (err == OK && (epoch < 1 || epoch >= newer)) {
        err = err_set(ERR_INPUT, "field \"epoch\": not before the one that follows it");
    }
    if (err == OK && json_array_size(children) != file->child_count) {
        err = err_set(ERR_INPUT, "field \"children\": not as many names as under the key in use");
    }
    if (err == OK) {
        retired->epoch = (uint32_t)epoch;
        file->retired_count++;
        err = read_children(children, file->slots, retired->children);
    }
    return err;
}

static err_t read_items(const json_t *children, const json_t *records, const json_t *retired, struct token_file *out) {
    out->child_count = json_array_size(children);
    out->record_count = json_array_size(records);
    err_t err = read_children(children, out->slots * out->epochs.count, out->children);
    for (size_t i = 0; err == OK && i < json_array_size(retired); i++) {
        err = read_one_retired(json_array_get(retired, i), out);
        err = err == OK ? OK : err_prefix(err, "retired[%zu]", i);
    }
    for (size_t i = 0; err == OK && i < out->record_count; i++) {
        err = read_record(json_array_get(records, i), &out->records[i]);
        err = err == OK ? OK : err_prefix(err, "records[%zu]", i);
    }
    return err;
}

static err_t read_file(const json_t *json, const char *use, struct token_file *out) {
    const char *given_use = NULL;
    const char *scheme = NULL;
    uint64_t slots = 0;
    json_t *epochs = NULL;
    json_t *children = NULL;
    json_t *records = NULL;
    json_t *retired = NULL;
    const struct json_field fields[] = {
        {"tokens_for", JSON_FIELD_TEXT, true, 32, &given_use},
        {"scheme", JSON_FIELD_TEXT, true, MAX_ID, &scheme},
        {"slots", JSON_FIELD_NUMBER, true, MAX_SLOTS, &slots},
        {"epochs", JSON_FIELD_ARRAY, true, MAX_TOKEN_EPOCHS, &epochs},
        {"children", JSON_FIELD_ARRAY, true, TOKEN_FILE_MAX_CHILDREN, &children},
        {"records", JSON_FIELD_ARRAY, true, TOKEN_FILE_MAX_RECORDS, &records},
        {"retired", JSON_FIELD_ARRAY, false, MAX_RETIRED, &retired},
    };
    err_t err = json_read(json, fields, sizeof fields / sizeof fields[0]);
    if (err == OK && strcmp(given_use, use) != 0) {
        err = err_set(ERR_INPUT, "field \"tokens_for\": these tokens were derived for another use");
    }
    if (err == OK && retired != NULL && strcmp(use, TOKEN_FILE_SUBJECT_ACCESS) != 0) {
        err = err_set(ERR_INPUT, "field \"retired\": for a subject access alone");
    }
    if (err == OK && slots == 0) {
        err = err_set(ERR_INPUT, "field \"slots\": at least 1");
    }
    if (err == OK) {
        err = token_epochs_read(epochs, &out->epochs);
    }
    if (err != OK) {
        return err;
    }
    (void)snprintf(out->scheme, sizeof out->scheme, "%s", scheme);
    out->slots = (size_t)slots;
    return read_items(children, records, retired, out);
}

err_t token_file_read(struct bytes text, const char *use, struct token_file *out) {
    json_t *json = NULL;
    err_t err = json_parse(text, &json);
    if (err == OK) {
        memset(out, 0, sizeof *out);
        err = read_file(json, use, out);
    }
    json_decref(json);
    return err == OK ? OK : err_prefix(err, "tokens");
}
