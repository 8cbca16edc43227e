// SPDX-License-Identifier: Apache-2.0
// Strict JSON over jansson: duplicates, unknown fields, wrong types and trailing bytes are refused. An object is read
// by a table of its fields, so that a message's shape stands in one place.
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

enum json_kind {
    JSON_FIELD_TEXT,   // const char **: borrowed from the document; at most `max` bytes, no control characters
    JSON_FIELD_LINES,  // the same, with line feeds
    JSON_FIELD_NUMBER, // uint64_t *: 0..max
    JSON_FIELD_BOOL,   // bool *
    JSON_FIELD_BASE64, // uint8_t *: exactly `max` bytes
    JSON_FIELD_HEX,    // uint8_t *: exactly `max` bytes, lower case
    JSON_FIELD_TIME,   // int64_t *: RFC 3339 seconds in UTC
    JSON_FIELD_ARRAY,  // json_t **: borrowed; at most `max` items
    JSON_FIELD_OBJECT, // json_t **: borrowed
};

struct json_field {
    const char *name;
    enum json_kind kind;
    bool required; // an absent optional field leaves *out untouched
    size_t max;
    void *out;
};

// The caller json_decref()s *out. ERR_INPUT names line and column, never the text. ERR_MEMORY.
err_t json_parse(struct bytes text, json_t **out);
// ERR_INPUT names the field. Nothing is promised of the outputs on failure.
err_t json_read(const json_t *object, const struct json_field *fields, size_t count);
// One item of an array, by the same rules; `name` and `index` are for the error.
err_t json_read_item(const json_t *array, size_t index, const struct json_field *item);
// Appends the document, compact or indented by two, keys in the order they were set. ERR_MEMORY.
err_t json_write(const json_t *document, bool indented, struct buf *out);
// New references; NULL when there is no memory.
json_t *json_base64(const void *data, size_t len);
json_t *json_hex(const void *data, size_t len);
json_t *json_time(int64_t seconds);

#endif
