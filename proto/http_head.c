// SPDX-License-Identifier: Apache-2.0
#include "proto/http_head.h"

#include <string.h>
#include <strings.h>

#define END "\r\n\r\n"

size_t http_head_length(struct bytes received, size_t searched) {
    size_t from = searched < 3 ? 0 : searched - 3; // the end may have arrived in parts
    if (received.len <= from) {
        return 0;
    }
    const uint8_t *end = memmem(received.data + from, received.len - from, END, 4);
    return end == NULL ? 0 : (size_t)(end - received.data) + 4;
}

// RFC 9110, section 5.6.2.
static bool is_token_char(uint8_t c) {
    bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return alphanumeric || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_token(struct bytes text) {
    for (size_t i = 0; i < text.len; i++) {
        if (!is_token_char(text.data[i])) {
            return false;
        }
    }
    return text.len > 0;
}

static bool is_space(uint8_t c) {
    return c == ' ' || c == '\t';
}

static struct bytes trim(struct bytes text) {
    while (text.len > 0 && is_space(text.data[0])) {
        text = bytes_of(text.data + 1, text.len - 1);
    }
    while (text.len > 0 && is_space(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

static bool equals_ignoring_case(struct bytes text, const char *other) {
    return text.len == strlen(other) && strncasecmp((const char *)text.data, other, text.len) == 0;
}

static bool equals(struct bytes text, const char *other) {
    return bytes_equal(text, bytes_str(other));
}

// Takes the text up to `end` off `rest`, and drops `end`; all of it where `end` does not occur.
static struct bytes take_until(struct bytes *rest, uint8_t end, bool *out_found) {
    const uint8_t *at = rest->len == 0 ? NULL : memchr(rest->data, end, rest->len);
    *out_found = at != NULL;
    size_t len = at == NULL ? rest->len : (size_t)(at - rest->data);
    struct bytes taken = bytes_of(rest->data, len);
    size_t drop = at == NULL ? len : len + 1;
    *rest = bytes_of(rest->data + drop, rest->len - drop);
    return taken;
}

// One line without its CR LF. A CR or LF elsewhere is found by the check for control characters.
static err_t take_line(struct bytes *rest, struct bytes *out) {
    bool found = false;
    struct bytes line = take_until(rest, '\n', &found);
    if (!found || line.len == 0 || line.data[line.len - 1] != '\r') {
        return err_set(ERR_INPUT, "a line of the request's head does not end in CR LF");
    }
    line.len--;
    for (size_t i = 0; i < line.len; i++) {
        uint8_t c = line.data[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return err_set(ERR_INPUT, "control character in the request's head");
        }
    }
    *out = line;
    return OK;
}

static enum http_verb verb_of(struct bytes method) {
    if (equals(method, "GET")) {
        return HTTP_VERB_GET;
    }
    if (equals(method, "POST")) {
        return HTTP_VERB_POST;
    }
    return equals(method, "HEAD") ? HTTP_VERB_HEAD : HTTP_VERB_OTHER;
}

static bool is_path(struct bytes target) {
    for (size_t i = 0; i < target.len; i++) {
        if (target.data[i] <= ' ' || target.data[i] >= 0x7f) {
            return false;
        }
    }
    return target.len > 0 && target.data[0] == '/';
}

// method SP path SP version, with single spaces.
static err_t parse_request_line(struct bytes line, struct http_head *head, bool *out_is_1_0) {
    bool first = false;
    bool second = false;
    struct bytes method = take_until(&line, ' ', &first);
    struct bytes target = take_until(&line, ' ', &second);
    if (!first || !second || !is_token(method) || !is_path(target)) {
        return err_set(ERR_INPUT, "malformed request line");
    }
    *out_is_1_0 = equals(line, "HTTP/1.0");
    if (!*out_is_1_0 && !equals(line, "HTTP/1.1")) {
        return err_set(ERR_INPUT, "the HTTP version must be 1.1");
    }
    head->verb = verb_of(method);
    head->path = target;
    return OK;
}

// The fields that matter; a repeated one is refused.
enum field { HOST, CONTENT_LENGTH, CONTENT_TYPE, CONTENT_ENCODING, EXPECT, TRANSFER_ENCODING, CONNECTION, FIELDS };
static const char *const FIELD_NAMES[FIELDS] = {
    [HOST] = "Host",
    [CONTENT_LENGTH] = "Content-Length",
    [CONTENT_TYPE] = "Content-Type",
    [CONTENT_ENCODING] = "Content-Encoding",
    [EXPECT] = "Expect",
    [TRANSFER_ENCODING] = "Transfer-Encoding",
    [CONNECTION] = "Connection",
};

struct fields {
    struct bytes values[FIELDS];
    bool present[FIELDS];
};

static err_t parse_field(struct bytes line, struct fields *fields) {
    bool colon = false;
    struct bytes name = take_until(&line, ':', &colon);
    if (!colon || !is_token(name)) {
        return err_set(ERR_INPUT, "malformed header field");
    }
    for (size_t i = 0; i < FIELDS; i++) {
        if (!equals_ignoring_case(name, FIELD_NAMES[i])) {
            continue;
        }
        if (fields->present[i]) {
            return err_set(ERR_INPUT, "repeated %s", FIELD_NAMES[i]);
        }
        fields->present[i] = true;
        fields->values[i] = trim(line);
    }
    return OK;
}

static err_t parse_fields(struct bytes rest, struct fields *fields) {
    for (size_t count = 0;; count++) {
        struct bytes line;
        err_t err = take_line(&rest, &line);
        if (err != OK) {
            return err;
        }
        if (line.len == 0) {
            return rest.len == 0 ? OK : err_set(ERR_INPUT, "bytes follow the request's head");
        }
        if (count == HTTP_MAX_FIELDS) {
            return err_set(ERR_TOO_LARGE, "more than %d header fields", HTTP_MAX_FIELDS);
        }
        err = parse_field(line, fields);
        if (err != OK) {
            return err;
        }
    }
}

static err_t parse_length(struct bytes digits, size_t max_body, size_t *out) {
    size_t length = 0;
    if (digits.len == 0) {
        return err_set(ERR_INPUT, "Content-Length must be a number");
    }
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9') {
            return err_set(ERR_INPUT, "Content-Length must be a number");
        }
        // Stops growing beyond the bound, so that it cannot overflow; what follows must still be digits.
        length = length > max_body ? length : length * 10 + (size_t)(digits.data[i] - '0');
    }
    if (length > max_body) {
        return err_set(ERR_TOO_LARGE, "the body is longer than %zu bytes", max_body);
    }
    *out = length;
    return OK;
}

static err_t frame_body(const struct fields *fields, size_t max_body, struct http_head *head) {
    if (fields->present[TRANSFER_ENCODING]) {
        return err_set(ERR_INPUT, "Transfer-Encoding is not supported");
    }
    if (fields->present[EXPECT] && !equals_ignoring_case(fields->values[EXPECT], "100-continue")) {
        return err_set(ERR_INPUT, "an Expect other than 100-continue is not supported");
    }
    if (!fields->present[CONTENT_LENGTH]) {
        return head->verb == HTTP_VERB_POST ? err_set(ERR_INPUT, "a POST needs a Content-Length") : OK;
    }
    err_t err = parse_length(fields->values[CONTENT_LENGTH], max_body, &head->content_length);
    if (err == OK && head->content_length > 0 && head->verb == HTTP_VERB_GET) {
        return err_set(ERR_INPUT, "a GET has no body");
    }
    return err;
}

// "application/json", alone or with "charset=utf-8".
static bool is_json(struct bytes type) {
    bool parameter = false;
    struct bytes essence = trim(take_until(&type, ';', &parameter));
    struct bytes charset = trim(type);
    return equals_ignoring_case(essence, "application/json") &&
           (!parameter || equals_ignoring_case(charset, "charset=utf-8") ||
            equals_ignoring_case(charset, "charset=\"utf-8\""));
}

static bool list_has(struct bytes list, const char *item) {
    bool more = list.len > 0;
    while (more) {
        if (equals_ignoring_case(trim(take_until(&list, ',', &more)), item)) {
            return true;
        }
    }
    return false;
}

err_t http_head_parse(struct bytes head, size_t max_body, struct http_head *out) {
    struct http_head parsed = {0};
    struct fields fields = {0};
    struct bytes line;
    bool is_1_0 = false;
    err_t err = take_line(&head, &line);
    if (err == OK) {
        err = parse_request_line(line, &parsed, &is_1_0);
    }
    if (err == OK) {
        err = parse_fields(head, &fields);
    }
    if (err == OK && !is_1_0 && !fields.present[HOST]) {
        err = err_set(ERR_INPUT, "Host is missing");
    }
    if (err == OK) {
        err = frame_body(&fields, max_body, &parsed);
    }
    if (err != OK) {
        return err;
    }
    parsed.json =
        fields.present[CONTENT_TYPE] && is_json(fields.values[CONTENT_TYPE]) && !fields.present[CONTENT_ENCODING];
    parsed.expects_continue = fields.present[EXPECT] && !is_1_0;
    parsed.close = is_1_0 || list_has(fields.values[CONNECTION], "close");
    *out = parsed;
    return OK;
}
