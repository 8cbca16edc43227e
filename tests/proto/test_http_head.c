// SPDX-License-Identifier: Apache-2.0
#include "proto/http_head.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BODY_HERE 1000
#define END "\r\n\r\n"

// From memory of the exact size, so that a sanitizer sees a byte read too many.
static err_t parse(const char *text, struct http_head *out) {
    size_t len = strlen(text);
    char *copy = malloc(len + 1);
    cr_assert_not_null(copy);
    memcpy(copy, text, len);
    err_t err = http_head_parse(bytes_of(copy, len), MAX_BODY_HERE, out);
    if (err == OK) {
        out->path = bytes_of(text + (out->path.data - (uint8_t *)copy), out->path.len);
    }
    free(copy);
    return err;
}

static void refuses(const char *text, err_t expected, const char *says) {
    struct http_head untouched = {.content_length = 77};
    cr_expect_eq(parse(text, &untouched), expected, "accepted: %s", text);
    cr_expect_not_null(strstr(err_detail(), says), "\"%s\" for: %s", err_detail(), text);
    cr_expect_eq(untouched.content_length, 77);
}

Test(http_head, reads_a_get) {
    struct http_head head = {0};
    cr_assert_eq(parse("GET /v1/key?x=1 HTTP/1.1\r\nHost: h" END, &head), OK, "%s", err_detail());
    cr_expect_eq(head.verb, HTTP_VERB_GET);
    cr_expect(bytes_equal(head.path, bytes_str("/v1/key?x=1")));
    cr_expect_eq(head.content_length, 0);
    cr_expect_not(head.json);
    cr_expect_not(head.close);
}

Test(http_head, reads_a_post_whatever_the_case_of_names_and_the_space_around_values) {
    struct http_head head = {0};
    cr_assert_eq(parse("POST /q HTTP/1.1\r\nHOST:h\r\ncontent-length:\t 12 \r\nCONTENT-type:Application/JSON; "
                       "charset=UTF-8\r\nX-Else: \x80 any, thing:" END,
                       &head),
                 OK, "%s", err_detail());
    cr_expect_eq(head.verb, HTTP_VERB_POST);
    cr_expect_eq(head.content_length, 12);
    cr_expect(head.json);
}

Test(http_head, knows_when_the_client_closes) {
    static const struct {
        const char *text;
        bool close;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close" END, true},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: TE , CLOSE" END, true},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive" END, false},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: closed" END, false},
        {"GET / HTTP/1.0" END, true},
        {"GET / HTTP/1.0\r\nConnection: keep-alive" END, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_head head = {0};
        cr_assert_eq(parse(cases[i].text, &head), OK, "%s: %s", cases[i].text, err_detail());
        cr_expect_eq(head.close, cases[i].close, "%s", cases[i].text);
    }
}

Test(http_head, tells_json_from_other_content) {
    static const struct {
        const char *field;
        bool json;
    } cases[] = {
        {"Content-Type: application/json", true},
        {"Content-Type: application/json;charset=\"utf-8\"", true},
        {"Content-Type: application/json; charset=latin-1", false},
        {"Content-Type: application/json; charset=utf-8; x=y", false},
        {"Content-Type: application/jsonp", false},
        {"Content-Type: text/plain", false},
        {"Content-Type:", false},
        {"X-Type: application/json", false},
        {"Content-Type: application/json\r\nContent-Encoding: gzip", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        struct http_head head = {0};
        (void)snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n%s" END, cases[i].field);
        cr_assert_eq(parse(text, &head), OK, "%s: %s", text, err_detail());
        cr_expect_eq(head.json, cases[i].json, "%s", cases[i].field);
    }
}

Test(http_head, refuses_what_frames_a_body_in_more_than_one_way) {
    static const char *const FIELDS[] = {
        "Transfer-Encoding: chunked",
        "transfer-encoding: identity",
        "Transfer-Encoding:",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
    };
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: h\r\n%s" END, FIELDS[i]);
        refuses(text, ERR_INPUT, "Transfer-Encoding");
    }
    refuses("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 5" END, ERR_INPUT, "repeated");
    refuses("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-length: 6" END, ERR_INPUT, "repeated");
    refuses("POST / HTTP/1.1\r\nHost: h" END, ERR_INPUT, "needs a Content-Length");
    refuses("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5" END, ERR_INPUT, "no body");
    refuses("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 200-ok" END, ERR_INPUT, "Expect");
}

Test(http_head, refuses_a_length_that_is_not_plain_digits) {
    static const char *const LENGTHS[] = {"+5",  "-5",   "5 5", "5,5", "5, 5", "0x5",
                                          "5e1", "five", "",    " ",   "5\t6", "\xd9\xa5"};
    for (size_t i = 0; i < sizeof LENGTHS / sizeof LENGTHS[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %s" END, LENGTHS[i]);
        refuses(text, ERR_INPUT, "must be a number");
    }
    refuses("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999999x" END, ERR_INPUT, "number");
}

Test(http_head, refuses_a_body_beyond_the_bound) {
    static const char *const LENGTHS[] = {"1001", "18446744073709551616", "18446744073709551617",
                                          "99999999999999999999"};
    struct http_head head = {0};
    for (size_t i = 0; i < sizeof LENGTHS / sizeof LENGTHS[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %s" END, LENGTHS[i]);
        refuses(text, ERR_TOO_LARGE, "longer than");
    }
    cr_expect_eq(parse("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000" END, &head), OK);
    cr_expect_eq(head.content_length, 1000);
}

Test(http_head, refuses_a_malformed_request_line) {
    static const char *const LINES[] = {
        "GET /",
        "GET  / HTTP/1.1",
        "GET / HTTP/1.1 ",
        " GET / HTTP/1.1",
        "GET / / HTTP/1.1",
        "GET / HTTP/2.0",
        "GET / http/1.1",
        "GET / HTTP/1.10",
        "GET / HTTP/01.1",
        "/ HTTP/1.1",
        "GET * HTTP/1.1",
        "G(T / HTTP/1.1",
        "GET https://h/ HTTP/1.1",
        "GET h:443 HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET /\x80 HTTP/1.1",
        "",
        "GET",
        "GET  HTTP/1.1",
    };
    for (size_t i = 0; i < sizeof LINES / sizeof LINES[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "%s\r\nHost: h" END, LINES[i]);
        refuses(text, ERR_INPUT, "");
    }
}

Test(http_head, refuses_malformed_fields) {
    static const char *const FIELDS[] = {
        "Content-Length : 5",           // a space before the colon
        " Content-Length: 5",           // folded
        "X-Else: a\r\n\tb",             // folded
        "no colon",                     //
        ": no name",                    //
        "na me: x",                     //
        "X-\x80: x",                    //
        "X-Else: a\nContent-Length: 5", // a bare LF
        "X-Else: a\rContent-Length: 5", // a bare CR
        "X-Else: a\x7f",                // control characters
        "X-Else: a\x01",                //
    };
    for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: h\r\n%s" END, FIELDS[i]);
        refuses(text, ERR_INPUT, "");
    }
    refuses("GET / HTTP/1.1" END, ERR_INPUT, "Host");
    refuses("GET / HTTP/1.1\r\nHost: a\r\nHost: b" END, ERR_INPUT, "repeated Host");
    refuses("GET / HTTP/1.1\nHost: h" END, ERR_INPUT, "CR LF");
}

Test(http_head, refuses_a_zero_byte) {
    static const char text[] = "GET / HTTP/1.1\r\nHost: h\0x\r\n\r\n";
    struct http_head head = {0};
    cr_expect_eq(http_head_parse(bytes_of(text, sizeof text - 1), MAX_BODY_HERE, &head), ERR_INPUT);
}

Test(http_head, refuses_too_many_fields) {
    char text[2048] = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 1; i < HTTP_MAX_FIELDS; i++) {
        strcat(text, "X: y\r\n");
    }
    struct http_head head = {0};
    strcat(text, "\r\n");
    cr_expect_eq(parse(text, &head), OK, "%s", err_detail());
    strcpy(text + strlen(text) - 2, "X: y" END);
    refuses(text, ERR_TOO_LARGE, "header fields");
}

Test(http_head, refuses_bytes_after_its_end) {
    refuses("GET / HTTP/1.1\r\nHost: h" END "GET / HTTP/1.1" END, ERR_INPUT, "follow");
}

Test(http_head, finds_its_end_however_it_arrives) {
    static const char text[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\nbody\r\n\r\n";
    size_t end = (size_t)(strstr(text, "body") - text);
    cr_expect_eq(http_head_length((struct bytes){0}, 0), 0);
    for (size_t len = 1; len <= end; len++) {
        cr_expect_eq(http_head_length(bytes_of(text, len), len - 1), len < end ? 0 : end);
    }
    cr_expect_eq(http_head_length(bytes_of(text, sizeof text - 1), 0), end);
}

// Cut and altered heads must never be read beyond their end.
Test(http_head, survives_mutation) {
    static const char valid[] = "POST /v1/questions HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                                "Content-Length: 5\r\nConnection: a, b\r\n\r\n";
    unsigned seed = 1;
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)rand_r(&seed) % sizeof valid;
        char *copy = malloc(len + 1);
        cr_assert_not_null(copy);
        memcpy(copy, valid, len);
        for (int changes = rand_r(&seed) % 3; changes > 0 && len > 0; changes--) {
            copy[(size_t)rand_r(&seed) % len] = (char)rand_r(&seed);
        }
        char *exact = malloc(len > 0 ? len : 1);
        cr_assert_not_null(exact);
        memcpy(exact, copy, len);
        struct http_head head = {0};
        if (http_head_parse(bytes_of(exact, len), MAX_BODY_HERE, &head) == OK) {
            cr_expect_leq(head.content_length, MAX_BODY_HERE);
            cr_expect_gt(head.path.len, 0);
        }
        free(exact);
        free(copy);
    }
}
