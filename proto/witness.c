// SPDX-License-Identifier: Apache-2.0
#include "proto/witness.h"

#include <string.h>

#include "base/json.h"
#include "proto/problem.h"

#define LINE_MAX_BYTES 512 // a signature line

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "witness message");
}

static json_t *note_json(struct bytes note) {
    return json_stringn((const char *)note.data, note.len);
}

static err_t write_and_drop(json_t *document, struct buf *out) {
    err_t err = document == NULL ? no_memory() : json_write(document, false, out);
    json_decref(document);
    return err;
}

err_t witness_request_write(const struct witness_request *request, struct buf *out) {
    json_t *proof = json_array();
    int failed = proof == NULL;
    for (size_t i = 0; i < request->proof.count && !failed; i++) {
        failed = json_array_append_new(proof, json_base64(request->proof.hashes[i], MERKLE_HASH_SIZE)) != 0;
    }
    if (failed) {
        json_decref(proof);
        return no_memory();
    }
    return write_and_drop(json_pack("{s:I, s:o, s:o}", "old", (json_int_t)request->old_size, "proof", proof,
                                    "checkpoint", note_json(buf_bytes(&request->checkpoint))),
                          out);
}

static err_t read_proof(const json_t *array, struct merkle_proof *out) {
    out->count = json_array_size(array); // at most MERKLE_PROOF_MAX by the table
    for (size_t i = 0; i < out->count; i++) {
        const struct json_field item = {"proof", JSON_FIELD_BASE64, true, MERKLE_HASH_SIZE, out->hashes[i]};
        err_t err = json_read_item(array, i, &item);
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

err_t witness_request_read(struct bytes text, struct witness_request *out) {
    json_t *document = NULL;
    err_t err = json_parse(text, &document);
    if (err != OK) {
        return err;
    }
    struct witness_request read = {0};
    json_t *proof = NULL;
    const char *checkpoint = "";
    const struct json_field fields[] = {
        {"old", JSON_FIELD_NUMBER, true, MAX_VERSION, &read.old_size},
        {"proof", JSON_FIELD_ARRAY, true, MERKLE_PROOF_MAX, &proof},
        {"checkpoint", JSON_FIELD_LINES, true, CHECKPOINT_MAX, &checkpoint},
    };
    err = json_read(document, fields, sizeof fields / sizeof fields[0]);
    if (err == OK && checkpoint[0] == '\0') {
        err = err_set(ERR_INPUT, "field \"checkpoint\": must not be empty");
    }
    if (err == OK) {
        err = read_proof(proof, &read.proof);
    }
    if (err == OK) {
        buf_put_str(&read.checkpoint, checkpoint);
        err = buf_check(&read.checkpoint);
    }
    json_decref(document);
    if (err != OK) {
        witness_request_free(&read);
        return err;
    }
    *out = read;
    return OK;
}

void witness_request_free(struct witness_request *request) {
    buf_free(&request->checkpoint);
}

err_t witness_reply_write(struct bytes line, struct buf *out) {
    return write_and_drop(json_pack("{s:o}", "cosignature", note_json(line)), out);
}

err_t witness_reply_read(struct bytes text, struct buf *out_line) {
    json_t *document = NULL;
    err_t err = json_parse(text, &document);
    if (err != OK) {
        return err;
    }
    const char *line = "";
    const struct json_field fields[] = {{"cosignature", JSON_FIELD_LINES, true, LINE_MAX_BYTES, &line}};
    err = json_read(document, fields, 1);
    size_t len = strlen(line);
    if (err == OK && (len == 0 || strchr(line, '\n') != line + len - 1)) {
        err = err_set(ERR_INPUT, "field \"cosignature\": must be one line");
    }
    if (err == OK) {
        buf_put_str(out_line, line);
        err = buf_check(out_line);
    }
    json_decref(document);
    return err;
}

err_t witness_conflict_write(uint64_t size, struct buf *out) {
    struct buf plain = {0};
    json_t *document = NULL;
    err_t err = problem_write(ERR_CONFLICT, "the last head that this witness has cosigned is another one", &plain);
    if (err == OK) {
        err = json_parse(buf_bytes(&plain), &document);
    }
    buf_free(&plain);
    if (err == OK && json_object_set_new(document, "size", json_integer((json_int_t)size)) != 0) {
        json_decref(document);
        document = NULL;
    }
    return err == OK ? write_and_drop(document, out) : err;
}

err_t witness_conflict_read(struct bytes text, uint64_t *out_size) {
    json_t *document = NULL;
    err_t err = json_parse(text, &document);
    if (err != OK) {
        return err;
    }
    const json_t *size = json_object_get(document, "size");
    if (!json_is_integer(size) || json_integer_value(size) < 0) {
        err = err_set(ERR_INPUT, "the problem tells no size");
    } else {
        *out_size = (uint64_t)json_integer_value(size);
    }
    json_decref(document);
    return err;
}

err_t witness_heads_write(const struct witness_heads *heads, struct buf *out) {
    json_t *notes = json_array();
    int failed = notes == NULL;
    for (size_t i = 0; i < heads->count && !failed; i++) {
        failed = json_array_append_new(notes, note_json(buf_bytes(&heads->notes[i]))) != 0;
    }
    if (failed) {
        json_decref(notes);
        return no_memory();
    }
    return write_and_drop(json_pack("{s:o}", "checkpoints", notes), out);
}

static err_t read_notes(const json_t *array, struct witness_heads *out) {
    err_t err = OK;
    for (size_t i = 0; err == OK && i < json_array_size(array); i++) {
        const char *note = "";
        const struct json_field item = {"checkpoints", JSON_FIELD_LINES, true, CHECKPOINT_MAX, &note};
        err = json_read_item(array, i, &item);
        if (err == OK && note[0] == '\0') {
            err = err_set(ERR_INPUT, "field \"checkpoints\": an empty note");
        }
        if (err == OK) {
            buf_put_str(&out->notes[out->count], note);
            err = buf_check(&out->notes[out->count++]);
        }
    }
    return err;
}

err_t witness_heads_read(struct bytes text, struct witness_heads *out) {
    json_t *document = NULL;
    err_t err = json_parse(text, &document);
    if (err != OK) {
        return err;
    }
    struct witness_heads read = {0};
    json_t *notes = NULL;
    const struct json_field fields[] = {{"checkpoints", JSON_FIELD_ARRAY, true, MAX_INDEXES, &notes}};
    err = json_read(document, fields, 1);
    if (err == OK) {
        err = read_notes(notes, &read);
    }
    json_decref(document);
    if (err != OK) {
        witness_heads_free(&read);
        return err;
    }
    *out = read;
    return OK;
}

void witness_heads_free(struct witness_heads *heads) {
    for (size_t i = 0; i < heads->count; i++) {
        buf_free(&heads->notes[i]);
    }
    heads->count = 0;
}
