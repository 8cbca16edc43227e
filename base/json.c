// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"

// jansson's own texts quote what they read, so that the reasons are put in our words.
static const char *parse_reason(const json_error_t *error) {
    static const struct {
        enum json_error_code code;
        const char *text;
    } reasons[] = {
        {json_error_duplicate_key, "a field is repeated"},
        {json_error_end_of_input_expected, "text follows the end of the document"},
        {json_error_premature_end_of_input, "the document ends too early"},
        {json_error_invalid_utf8, "not UTF-8"},
        {json_error_null_character, "a zero character"},
        {json_error_null_byte_in_key, "a zero character"},
        {json_error_stack_overflow, "nested too deep"},
        {json_error_numeric_overflow, "a number out of range"},
    };
    enum json_error_code code = json_error_code(error);
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].code == code) {
            return reasons[i].text;
        }
    }
    return "not JSON";
}

// Where memory lacks, jansson calls a good document invalid, or loses characters of a text without a word.
static pthread_once_t noting = PTHREAD_ONCE_INIT;
static json_malloc_t plain_malloc;
static _Thread_local bool lacked_memory;

static void *noted_malloc(size_t size) {
    void *memory = plain_malloc(size);
    lacked_memory = lacked_memory || memory == NULL;
    return memory;
}

static void note_memory(void) {
    json_free_t plain_free;
    json_get_alloc_funcs(&plain_malloc, &plain_free);
    json_set_alloc_funcs(noted_malloc, plain_free);
}

err_t json_parse(struct bytes text, json_t **out) {
    json_error_t error;
    const char *start = text.len == 0 ? "" : (const char *)text.data;
    (void)pthread_once(&noting, note_memory);
    lacked_memory = false;
    json_t *document = json_loadb(start, text.len, JSON_REJECT_DUPLICATES, &error);
    if (lacked_memory) {
        json_decref(document);
        return err_set(ERR_MEMORY, "no memory for a JSON document");
    }
    if (document == NULL) {
        return err_set(ERR_INPUT, "JSON line %d column %d: %s", error.line, error.column, parse_reason(&error));
    }
    *out = document;
    return OK;
}

// Control characters in UTF-8: below the space, DEL, and the C1 set (0xC2 0x80..0x9F), which terminals obey too.
static bool has_control_characters(const char *text, size_t len, bool lines) {
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < ' ' && !(lines && c == '\n')) || c == 0x7f ||
            (c == 0xc2 && i + 1 < len && (unsigned char)text[i + 1] < 0xa0)) {
            return true;
        }
    }
    return false;
}

static err_t read_text(const json_t *value, size_t max, bool lines, const char **out) {
    if (!json_is_string(value)) {
        return err_set(ERR_INPUT, "must be a text");
    }
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    if (len > max) {
        return err_set(ERR_INPUT, "must be a text of at most %zu bytes", max);
    }
    if (has_control_characters(text, len, lines)) {
        return err_set(ERR_INPUT, "must not hold control characters");
    }
    *out = text;
    return OK;
}

static err_t read_number(const json_t *value, size_t max, uint64_t *out) {
    if (!json_is_integer(value) || json_integer_value(value) < 0 || (uint64_t)json_integer_value(value) > max) {
        return err_set(ERR_INPUT, "must be a number from 0 to %zu", max);
    }
    *out = (uint64_t)json_integer_value(value);
    return OK;
}

static err_t read_bool(const json_t *value, bool *out) {
    if (!json_is_boolean(value)) {
        return err_set(ERR_INPUT, "must be true or false");
    }
    *out = json_is_true(value);
    return OK;
}

// What is not a text is read as an empty one, which the decoder refuses with the words that say what is wanted.
static const char *string_or_empty(const json_t *value) {
    return json_is_string(value) ? json_string_value(value) : "";
}

static err_t read_array(json_t *value, size_t max, json_t **out) {
    if (!json_is_array(value)) {
        return err_set(ERR_INPUT, "must be an array");
    }
    if (json_array_size(value) > max) {
        return err_set(ERR_INPUT, "must be an array of at most %zu items", max);
    }
    *out = value;
    return OK;
}

static err_t read_object(json_t *value, json_t **out) {
    if (!json_is_object(value)) {
        return err_set(ERR_INPUT, "must be an object");
    }
    *out = value;
    return OK;
}

static err_t read_value(json_t *value, const struct json_field *field) {
    switch (field->kind) {
    case JSON_FIELD_TEXT:
        return read_text(value, field->max, false, field->out);
    case JSON_FIELD_LINES:
        return read_text(value, field->max, true, field->out);
    case JSON_FIELD_NUMBER:
        return read_number(value, field->max, field->out);
    case JSON_FIELD_BOOL:
        return read_bool(value, field->out);
    case JSON_FIELD_BASE64:
        return base64_decode(string_or_empty(value), json_string_length(value), field->out, field->max);
    case JSON_FIELD_HEX:
        return hex_decode(string_or_empty(value), field->out, field->max);
    case JSON_FIELD_TIME:
        return clock_parse(string_or_empty(value), field->out);
    case JSON_FIELD_ARRAY:
        return read_array(value, field->max, field->out);
    case JSON_FIELD_OBJECT:
        return read_object(value, field->out);
    }
    return err_set(ERR_INPUT, "is of no known kind");
}

// The unknown name itself is not repeated: it may be a value in the wrong place.
static err_t refuse_unknown(const struct json_field *fields, size_t count) {
    struct buf known = {0};
    for (size_t i = 0; i < count; i++) {
        buf_printf(&known, "%s%s", i == 0 ? "" : ", ", fields[i].name);
    }
    const char *names = buf_str(&known);
    err_t err = err_set(ERR_INPUT, "a field that is not known here; known are: %s", names == NULL ? "" : names);
    buf_free(&known);
    return err;
}

err_t json_read(const json_t *object, const struct json_field *fields, size_t count) {
    if (!json_is_object(object)) {
        return err_set(ERR_INPUT, "must be an object");
    }
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        found += json_object_get(object, fields[i].name) != NULL ? 1 : 0;
    }
    if (json_object_size(object) > found) {
        return refuse_unknown(fields, count);
    }
    for (size_t i = 0; i < count; i++) {
        json_t *value = json_object_get(object, fields[i].name);
        err_t err = OK;
        if (value != NULL) {
            err = read_value(value, &fields[i]);
        } else if (fields[i].required) {
            err = err_set(ERR_INPUT, "is missing");
        }
        if (err != OK) {
            return err_prefix(err, "field \"%s\"", fields[i].name);
        }
    }
    return OK;
}

err_t json_read_item(const json_t *array, size_t index, const struct json_field *item) {
    json_t *value = json_array_get(array, index);
    err_t err = value == NULL ? err_set(ERR_INPUT, "is missing") : read_value(value, item);
    return err == OK ? OK : err_prefix(err, "field \"%s\", item %zu", item->name, index + 1);
}

static int append(const char *text, size_t len, void *out) {
    struct buf *buf = out;
    buf_put(buf, text, len);
    return buf->failed ? -1 : 0;
}

err_t json_write(const json_t *document, bool indented, struct buf *out) {
    size_t before = out->len;
    if (json_dump_callback(document, append, out, indented ? JSON_INDENT(2) : JSON_COMPACT) != 0) {
        out->len = before;
        return err_set(ERR_MEMORY, "no memory for a JSON document");
    }
    return OK;
}

static json_t *take_text(struct buf *text) {
    json_t *value = text->failed ? NULL : json_stringn((const char *)text->data, text->len);
    buf_free(text);
    return value;
}

json_t *json_base64(const void *data, size_t len) {
    struct buf text = {0};
    buf_put_base64(&text, data, len);
    return take_text(&text);
}

json_t *json_hex(const void *data, size_t len) {
    struct buf text = {0};
    buf_put_hex(&text, data, len);
    return take_text(&text);
}

json_t *json_time(int64_t seconds) {
    char text[CLOCK_TEXT_SIZE];
    clock_format(seconds, text);
    return json_string(text);
}
