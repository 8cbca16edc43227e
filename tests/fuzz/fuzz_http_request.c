// SPDX-License-Identifier: Apache-2.0
// A connection's requests, one behind the other, from the bytes that TLS has decrypted. Each input is served twice: as
// it stands, and byte by byte. Both must give the same replies, hand the same bodies on and end at the same place - or
// a request could be smuggled by the way in which it is cut up.
//
// Covers: proto/http_request.c proto/http_head.c
#include <stdlib.h>
#include <string.h>

#include "proto/http_request.h"
#include "proto/http_server.h"
#include "proto/limits.h"
#include "tests/fuzz/fuzz.h"

static void answer(struct http_request *request, void *ctx) {
    struct buf *bodies = ctx;
    struct bytes body = http_request_body(request);
    struct buf reply = {0};
    buf_put(bodies, body.data, body.len);
    buf_put_str(bodies, "|");
    buf_put_str(&reply, "{}");
    if (body.len > 0 && body.data[0] == 'e') {
        buf_free(&reply);
        http_reply_err(request, err_set(ERR_DENIED, "for a reason"));
    } else {
        http_reply_send(request, &reply);
    }
}

static const struct http_route routes[] = {
    {HTTP_GET, "/v1/whoami", answer},
    {HTTP_POST, "/v1/questions", answer},
    {HTTP_GET, "/both", answer},
    {HTTP_POST, "/both", answer},
};

// What a connection and its worker would hold, without sockets and TLS.
struct service {
    struct http_server server;
    struct worker worker;
    struct connection connection;
    struct buf bodies, replies;
    bool closed;
};

static void begin(struct service *service) {
    struct connection *connection = &service->connection;
    service->server = (struct http_server){.settings = {.max_body = MAX_BODY},
                                           .routes = routes,
                                           .route_count = sizeof routes / sizeof routes[0],
                                           .ctx = &service->bodies};
    service->worker.server = &service->server;
    connection->worker = &service->worker;
    connection->request.connection = connection;
    connection->peer_known = true;
    connection->peer.certificate_expires = INT64_MAX;
}

static void receive(struct connection *connection, const uint8_t *data, size_t len) {
    uint8_t *in = realloc(connection->in, connection->in_len + len);
    MUST(in != NULL);
    memcpy(in + connection->in_len, data, len);
    connection->in = in;
    connection->in_len += len;
}

// Answers what is complete.
static void answer_all(struct service *service) {
    struct connection *connection = &service->connection;
    while (!service->closed && connection->in_len > 0) {
        enum taken taken = request_take(connection);
        if (taken == NEEDS_MORE) {
            return;
        }
        MUST(taken == ANSWERED);
        buf_put(&service->replies, connection->out.data, connection->out.len);
        buf_reset(&connection->out);
        service->closed = connection->close_after;
        if (!service->closed) {
            request_drop(connection);
        }
    }
}

static void serve(struct service *service, struct bytes input, size_t step) {
    begin(service);
    for (size_t at = 0; at < input.len && !service->closed; at += step) {
        receive(&service->connection, input.data + at, input.len - at < step ? input.len - at : step);
        answer_all(service);
    }
}

static void end(struct service *service) {
    free(service->connection.in);
    buf_free(&service->connection.out);
    buf_free(&service->bodies);
    buf_free(&service->replies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct service whole, cut;
    whole = cut = (struct service){0};
    serve(&whole, bytes_of(data, size), size + 1);
    serve(&cut, bytes_of(data, size), 1);
    MUST(bytes_equal(buf_bytes(&whole.replies), buf_bytes(&cut.replies)));
    MUST(bytes_equal(buf_bytes(&whole.bodies), buf_bytes(&cut.bodies)));
    MUST(whole.closed == cut.closed);
    end(&whole);
    end(&cut);
    return 0;
}
