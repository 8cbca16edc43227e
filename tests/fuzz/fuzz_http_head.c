// SPDX-License-Identifier: Apache-2.0
// The head of an HTTP request, against what RFC 9112 says of it in other words: whatever is accepted can be read in one
// way alone.
//
// Covers: proto/http_head.c
#include <string.h>
#include <strings.h>

#include "proto/http_head.h"
#include "proto/limits.h"
#include "tests/fuzz/fuzz.h"

static bool begins_with(struct bytes line, const char *name) {
    size_t len = strlen(name);
    return line.len >= len && strncasecmp((const char *)line.data, name, len) == 0;
}

// Looks at an accepted head line by line, as a careless proxy would.
static void check_accepted(struct bytes head, const struct http_head *parsed) {
    size_t lengths = 0, hosts = 0;
    for (size_t at = 0; at < head.len;) {
        const uint8_t *end = memchr(head.data + at, '\n', head.len - at);
        MUST(end != NULL && end > head.data + at && end[-1] == '\r');
        struct bytes line = bytes_of(head.data + at, (size_t)(end - head.data) - at - 1);
        MUST(line.len == 0 || (line.data[0] != ' ' && line.data[0] != '\t'));
        MUST(at == 0 || !begins_with(line, "transfer-encoding:")); // the first line is the request's
        MUST(memchr(line.data, '\r', line.len) == NULL && memchr(line.data, '\0', line.len) == NULL);
        lengths += at > 0 && begins_with(line, "content-length:") ? 1 : 0;
        hosts += at > 0 && begins_with(line, "host:") ? 1 : 0;
        at += line.len + 2;
    }
    MUST(hosts <= 1 && parsed->path.len > 0 && parsed->path.data[0] == '/');
    MUST(parsed->content_length <= MAX_BODY);
    MUST(parsed->verb != HTTP_VERB_GET || parsed->content_length == 0);
    MUST(parsed->verb != HTTP_VERB_POST || lengths == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bytes received = bytes_of(data, size);
    size_t length = http_head_length(received, 0);
    // However the bytes arrived, the head ends at the same place.
    for (size_t searched = 0; searched <= size && (length == 0 || searched < length); searched++) {
        MUST(http_head_length(received, searched) == length);
    }
    struct http_head head = {0};
    bool whole = length > 0;
    if (http_head_parse(bytes_of(data, whole ? length : size), MAX_BODY, &head) == OK) {
        MUST(whole);
        check_accepted(bytes_of(data, length), &head);
    }
    return 0;
}
