// SPDX-License-Identifier: Apache-2.0
// What the HTTP server counts: each worker for itself, on its own thread. Requests are told apart by route and by what
// became of them alone; a path that is no route counts as "none", whatever it says.
#ifndef PROTO_HTTP_COUNTS_H
#define PROTO_HTTP_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/histogram.h"
#include "proto/http_server.h"

#define HTTP_ROUTES_MAX 16

enum http_handshake { HANDSHAKE_DONE, HANDSHAKE_REFUSED, HANDSHAKE_LOST, HANDSHAKE_OUTCOMES };

struct http_counts { // the last route is no route
    _Atomic uint64_t requests[HTTP_ROUTES_MAX + 1][ERR_COUNT];
    struct histogram latency[HTTP_ROUTES_MAX + 1]; // from the whole request to its reply, where a handler was reached
    _Atomic uint64_t handshakes[HANDSHAKE_OUTCOMES];
};

void http_counts_request(struct http_counts *counts, size_t route, err_t outcome);
void http_counts_latency(struct http_counts *counts, size_t route, int64_t us);
void http_counts_handshake(struct http_counts *counts, enum http_handshake outcome);

#endif
