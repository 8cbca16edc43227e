// SPDX-License-Identifier: Apache-2.0
// The head of an HTTP/1.1 request (RFC 9112), parsed strictly: what two programs could read in two ways is refused.
//
// Refused are: line ends other than CR LF, folded lines, spaces before a colon, control characters, any
// Transfer-Encoding, a Content-Length that is repeated or not plain digits, a POST without one, a GET with a body,
// any Expect but 100-continue, a missing or repeated Host, targets that are not a path, other versions than 1.0
// and 1.1, more than HTTP_MAX_FIELDS lines.
#ifndef PROTO_HTTP_HEAD_H
#define PROTO_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"

#define HTTP_MAX_FIELDS 64

enum http_verb { HTTP_VERB_GET, HTTP_VERB_POST, HTTP_VERB_HEAD, HTTP_VERB_OTHER };

struct http_head {
    enum http_verb verb;
    struct bytes path;     // borrowed; with the query, if any
    size_t content_length; // 0 when absent
    bool json;             // Content-Type is application/json, without Content-Encoding
    bool close;            // Connection: close, or HTTP/1.0
    bool expects_continue; // Expect: 100-continue, of an HTTP/1.1 client
};

// The head's length with its empty line, or 0 while that has not arrived. `searched` bytes were looked at before.
size_t http_head_length(struct bytes received, size_t searched);

// Parses a head of that length. ERR_INPUT with a detail that quotes nothing of the request; ERR_TOO_LARGE for too many
// lines or a body of more than `max_body`.
err_t http_head_parse(struct bytes head, size_t max_body, struct http_head *out);

#endif
