// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/base/refusal.h"

static json_t *parsed(const char *text) {
    json_t *document = NULL;
    assert_ok(json_parse(bytes_str(text), &document));
    return document;
}

Test(json, parses_a_document) {
    json_t *document = parsed(" {\"a\": [1, true, null, \"x\"]}\n");
    cr_assert(json_is_object(document));
    json_decref(document);
}

static const struct {
    const char *text;
    const char *reason;
} not_json[] = {
    {"", "ends too early"},
    {"   ", "ends too early"},
    {"{\"a\": 1", "ends too early"},
    {"{\"a\": 1, \"a\": 2}", "line 1 column 12: a field is repeated"},
    {"{\"a\": {\"b\": 1, \"b\": 1}}", "repeated"},
    {"{}{}", "follows the end"},
    {"{} x", "follows the end"},
    {"{\"a\": \"\\u0000\"}", "zero character"},
    {"{\"a\\u0000b\": 1}", "zero character"},
    {"{\"a\": \"\xff\"}", "not UTF-8"},
    {"{\"a\": \"\xc0\xaf\"}", "not UTF-8"},
    {"{\"a\": \"\xed\xa0\x80\"}", "not UTF-8"},
    {"{\"a\": 99999999999999999999}", "out of range"},
    {"{\"a\": 1e999}", "out of range"},
    {"{'a': 1}", "not JSON"},
    {"{\"a\": 01}", "not JSON"},
    {"{\"a\": NaN}", "not JSON"},
    {"{\"a\": 1,}", "not JSON"},
    {"{\"a\": \"\n\"}", "line 1 column"},
    {"{\n\"a\": /* b */ 1}", "line 2 column"},
    {"\"text\"", "not JSON"},
    {"7", "not JSON"},
};

Test(json, refuses_what_is_not_one_document) {
    for (size_t i = 0; i < sizeof not_json / sizeof not_json[0]; i++) {
        json_t *document = NULL;
        assert_refused(json_parse(bytes_str(not_json[i].text), &document), ERR_INPUT, not_json[i].reason);
        cr_assert_null(document);
    }
    json_t *document = NULL;
    assert_refused(json_parse((struct bytes){0}, &document), ERR_INPUT, "too early");
    assert_refused(json_parse(bytes_of("{}\0", 3), &document), ERR_INPUT, "JSON line 1");
}

Test(json, never_repeats_what_it_refuses) {
    json_t *document = NULL;
    assert_refused(json_parse(bytes_str("{\"surname\": Smith}"), &document), ERR_INPUT, "not JSON");
    cr_assert_null(strstr(err_detail(), "Smith"));
    document = parsed("{\"Smith\": 1}");
    assert_refused(json_read(document, NULL, 0), ERR_INPUT, "not known");
    cr_assert_null(strstr(err_detail(), "Smith"));
    json_decref(document);
}

Test(json, refuses_nesting_that_is_too_deep) {
    json_t *document = NULL;
    size_t depth = 100000;
    char *text = malloc(2 * depth);
    cr_assert_not_null(text);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    assert_refused(json_parse(bytes_of(text, 2 * depth), &document), ERR_INPUT, "nested too deep");
    free(text);
}

// One message with a field of each kind.
struct message {
    const char *text;
    uint64_t number;
    bool flag;
    uint8_t base64[4];
    uint8_t hex[2];
    int64_t time;
    json_t *array;
    json_t *object;
};

// The texts and documents in `out` live as long as `document`.
static err_t read_message(const json_t *document, struct message *out) {
    const struct json_field fields[] = {
        {"name", JSON_FIELD_TEXT, true, 5, &out->text},
        {"epoch", JSON_FIELD_NUMBER, false, UINT32_MAX, &out->number},
        {"flag", JSON_FIELD_BOOL, false, 0, &out->flag},
        {"key", JSON_FIELD_BASE64, false, sizeof out->base64, out->base64},
        {"digest", JSON_FIELD_HEX, false, sizeof out->hex, out->hex},
        {"issued", JSON_FIELD_TIME, false, 0, &out->time},
        {"items", JSON_FIELD_ARRAY, false, 3, &out->array},
        {"inner", JSON_FIELD_OBJECT, false, 0, &out->object},
    };
    return json_read(document, fields, sizeof fields / sizeof fields[0]);
}

Test(json, reads_every_kind_of_field) {
    struct message got = {0};
    json_t *document = parsed("{\"inner\": {}, \"items\": [1, 2, 3], \"issued\": \"1970-01-01T00:01:00Z\", \"digest\": "
                              "\"00ff\", \"key\": \"AAEC/w==\", \"flag\": true, \"epoch\": 4294967295, "
                              "\"name\": \"\xc3\xa9t\xc3\xa9\"}");
    assert_ok(read_message(document, &got));
    cr_assert_str_eq(got.text, "\xc3\xa9t\xc3\xa9");
    cr_assert_eq(got.number, UINT32_MAX);
    cr_assert(got.flag);
    cr_assert_arr_eq(got.base64, "\0\1\2\xff", 4);
    cr_assert_arr_eq(got.hex, "\0\xff", 2);
    cr_assert_eq(got.time, 60);
    cr_assert_eq(json_array_size(got.array), 3);
    cr_assert(json_is_object(got.object));
    json_decref(document);
}

Test(json, an_absent_optional_field_leaves_its_output) {
    struct message got = {.number = 7, .flag = true, .time = 8};
    json_t *document = parsed("{\"name\": \"\"}");
    assert_ok(read_message(document, &got));
    cr_assert_str_eq(got.text, "");
    cr_assert(got.number == 7 && got.flag && got.time == 8 && got.array == NULL);
    json_decref(document);
}

static const struct {
    const char *text;
    const char *reason;
} refused_messages[] = {
    {"{}", "field \"name\": is missing"},
    {"{\"name\": \"a\", \"other\": 1}", "known are: name, epoch, flag"},
    {"{\"Name\": \"a\"}", "not known here"},
    {"[\"name\"]", "must be an object"},
    {"{\"name\": null}", "field \"name\": must be a text"},
    {"{\"name\": 5}", "field \"name\": must be a text"},
    {"{\"name\": \"abcdef\"}", "field \"name\": must be a text of at most 5 bytes"},
    {"{\"name\": \"\xc3\xa9\xc3\xa9\xc3\xa9\"}", "at most 5 bytes"},
    {"{\"name\": \"a\\nb\"}", "field \"name\": must not hold control characters"},
    {"{\"name\": \"a\\u007f\"}", "control characters"},
    {"{\"name\": \"a\\u009b\"}", "control characters"},
    {"{\"name\": \"a\", \"epoch\": 4294967296}", "field \"epoch\": must be a number from 0 to 4294967295"},
    {"{\"name\": \"a\", \"epoch\": -1}", "field \"epoch\": must be a number from 0 to 4294967295"},
    {"{\"name\": \"a\", \"epoch\": 1.0}", "field \"epoch\": must be a number"},
    {"{\"name\": \"a\", \"epoch\": \"1\"}", "field \"epoch\": must be a number"},
    {"{\"name\": \"a\", \"epoch\": true}", "field \"epoch\": must be a number"},
    {"{\"name\": \"a\", \"flag\": 1}", "field \"flag\": must be true or false"},
    {"{\"name\": \"a\", \"flag\": null}", "field \"flag\": must be true or false"},
    {"{\"name\": \"a\", \"key\": \"AAEC\"}", "field \"key\": must be 4 bytes in base64"},
    {"{\"name\": \"a\", \"key\": \"AAEC/x==\"}", "field \"key\": must be 4 bytes in base64"},
    {"{\"name\": \"a\", \"key\": [0, 1, 2, 3]}", "field \"key\": must be 4 bytes in base64"},
    {"{\"name\": \"a\", \"digest\": \"00FF\"}", "field \"digest\": must be 4 lower-case"},
    {"{\"name\": \"a\", \"digest\": \"00f\"}", "field \"digest\": must be 4 lower-case"},
    {"{\"name\": \"a\", \"digest\": 11}", "field \"digest\": must be 4 lower-case"},
    {"{\"name\": \"a\", \"issued\": \"2026-02-30T00:00:00Z\"}", "field \"issued\": must be a time that exists"},
    {"{\"name\": \"a\", \"issued\": 60}", "field \"issued\": must be a time like"},
    {"{\"name\": \"a\", \"items\": {}}", "field \"items\": must be an array"},
    {"{\"name\": \"a\", \"items\": [1, 2, 3, 4]}", "field \"items\": must be an array of at most 3 items"},
    {"{\"name\": \"a\", \"inner\": []}", "field \"inner\": must be an object"},
};

Test(json, refuses_a_message_of_another_shape) {
    for (size_t i = 0; i < sizeof refused_messages / sizeof refused_messages[0]; i++) {
        struct message got = {0};
        json_t *document = parsed(refused_messages[i].text);
        assert_refused(read_message(document, &got), ERR_INPUT, refused_messages[i].reason);
        json_decref(document);
    }
}

Test(json, reads_the_items_of_an_array) {
    uint8_t out[2] = {0};
    const struct json_field item = {"elements", JSON_FIELD_BASE64, true, sizeof out, out};
    json_t *array = parsed("[\"AAE=\", \"AAE\", 5]");
    assert_ok(json_read_item(array, 0, &item));
    cr_assert_arr_eq(out, "\0\1", 2);
    assert_refused(json_read_item(array, 1, &item), ERR_INPUT, "field \"elements\", item 2: must be 2 bytes in base64");
    assert_refused(json_read_item(array, 2, &item), ERR_INPUT, "item 3: must be 2 bytes");
    assert_refused(json_read_item(array, 3, &item), ERR_INPUT, "item 4: is missing");
    json_decref(array);
}

Test(json, is_written_compact_or_indented_in_the_order_of_its_keys) {
    struct buf out = {0};
    json_t *document = json_pack("{s:i, s:[b], s:s}", "z", 1, "a", 1, "m", "\xc3\xa9");
    cr_assert_not_null(document);
    assert_ok(json_write(document, false, &out));
    cr_assert_str_eq(buf_str(&out), "{\"z\":1,\"a\":[true],\"m\":\"\xc3\xa9\"}");
    buf_reset(&out);
    assert_ok(json_write(document, true, &out));
    cr_assert_str_eq(buf_str(&out), "{\n  \"z\": 1,\n  \"a\": [\n    true\n  ],\n  \"m\": \"\xc3\xa9\"\n}");
    buf_free(&out);
    json_decref(document);
}

Test(json, a_document_that_could_not_be_built_is_not_written) {
    struct buf out = {0};
    buf_put_str(&out, "kept");
    assert_refused(json_write(NULL, false, &out), ERR_MEMORY, "JSON");
    cr_assert_str_eq(buf_str(&out), "kept");
    buf_free(&out);
}

Test(json, makes_texts_of_bytes_and_times) {
    struct buf out = {0};
    json_t *document =
        json_pack("[o, o, o, o]", json_base64("\0\1", 2), json_hex("\0\xff", 2), json_time(60), json_base64("", 0));
    cr_assert_not_null(document);
    assert_ok(json_write(document, false, &out));
    cr_assert_str_eq(buf_str(&out), "[\"AAE=\",\"00ff\",\"1970-01-01T00:01:00Z\",\"\"]");
    buf_free(&out);
    json_decref(document);
}

static int allocations_left;

static void *scarce_malloc(size_t size) {
    return allocations_left-- > 0 ? malloc(size) : NULL;
}

// Also where jansson itself sees none, and gives a document with another text.
Test(json, tells_a_lack_of_memory_from_a_bad_document) {
    static const char text[] = "a text that is longer than the room that jansson has for texts at first";
    char whole[128];
    err_t err = ERR_MEMORY;
    json_set_alloc_funcs(scarce_malloc, free);
    (void)snprintf(whole, sizeof whole, "{\"a\": [1, true, {\"b\": \"%s\"}, 2]}", text);
    for (int enough = 0; err == ERR_MEMORY; enough++) {
        json_t *document = NULL;
        allocations_left = enough;
        err = json_parse(bytes_str(whole), &document);
        cr_assert(err == ERR_MEMORY || allocations_left >= 0, "%s", err_detail());
        if (err == OK) {
            const json_t *last = json_array_get(json_object_get(document, "a"), 2);
            cr_assert_str_eq(json_string_value(json_object_get(last, "b")), text);
        }
        json_decref(document);
    }
    cr_assert_eq(err, OK);
}
