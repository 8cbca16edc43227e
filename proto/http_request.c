// SPDX-License-Identifier: Apache-2.0
#include "proto/http_request.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "proto/limits.h"
#include "proto/problem.h"

// The whole reply goes out in one SSL_write: its records, and so its length on the wire, depend on its length alone.
static void put_reply(struct connection *connection, int status, const struct buf *body, const char *more_fields) {
    struct buf *out = &connection->out;
    buf_printf(out, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nCache-Control: no-store\r\n%s%s\r\n",
               status, status == 200 ? "OK" : "Problem",
               status == 200 ? "application/json" : "application/problem+json", body->len, more_fields,
               connection->close_after ? "Connection: close\r\n" : "");
    if (connection->head_len == 0 || connection->head.verb != HTTP_VERB_HEAD) {
        buf_put(out, body->data, body->len);
    }
}

// Answers what never reaches a handler, and closes: where the next request would begin is not certain.
static void refuse(struct connection *connection, err_t reason, const char *more_fields) {
    struct buf body = {0};
    if (problem_write(reason, err_detail(), &body) != OK) {
        buf_reset(&body);
    }
    connection->close_after = true;
    connection->linger_after = true;
    put_reply(connection, problem_status(reason), &body, more_fields);
    http_counts_request(&connection->worker->counts, HTTP_ROUTES_MAX, reason);
    buf_free(&body);
}

// The handshake has verified the peer already; nothing is ever handled without having asked again.
static err_t check_peer(struct connection *connection) {
    if (!connection->peer_known) {
        err_t err = tls_peer_of(connection->ssl, &connection->peer);
        if (err != OK) {
            return err;
        }
        connection->peer_known = true;
    }
    if (connection->peer.certificate_expires < time(NULL)) {
        return err_set(ERR_DENIED, "the certificate has expired");
    }
    return OK;
}

static bool method_is(const struct http_head *head, const struct http_route *route) {
    return head->verb == (route->method == HTTP_GET ? HTTP_VERB_GET : HTTP_VERB_POST);
}

// The route of the head, or NULL; `out_allowed` gets the methods of the path's routes.
static const struct http_route *find_route(const struct http_server *server, const struct http_head *head,
                                           unsigned *out_allowed) {
    for (size_t i = 0; i < server->route_count; i++) {
        const struct http_route *route = &server->routes[i];
        if (!bytes_equal(head->path, bytes_str(route->path))) {
            continue;
        }
        if (method_is(head, route)) {
            return route;
        }
        *out_allowed |= 1U << route->method;
    }
    return NULL;
}

static void refuse_route(struct connection *connection, unsigned allowed) {
    static const char *const ALLOW[] = {
        [1U << HTTP_GET] = "Allow: GET\r\n",
        [1U << HTTP_POST] = "Allow: POST\r\n",
        [1U << HTTP_GET | 1U << HTTP_POST] = "Allow: GET, POST\r\n",
    };
    if (allowed == 0) {
        refuse(connection, err_set(ERR_NOT_FOUND, "no such path"), "");
        return;
    }
    refuse(connection, err_set(ERR_METHOD, "the path does not take this method"), ALLOW[allowed]);
}

static void write_reply(struct connection *connection) {
    struct http_request *request = &connection->request;
    struct worker *worker = connection->worker;
    size_t route = (size_t)(request->route - worker->server->routes);
    char fields[48] = "";
    if (request->retry_after_s > 0) {
        (void)snprintf(fields, sizeof fields, "Retry-After: %lld\r\n", (long long)request->retry_after_s);
    }
    connection->close_after = connection->close_after || worker->stopping;
    put_reply(connection, request->outcome == OK ? 200 : problem_status(request->outcome), &request->reply, fields);
    http_counts_request(&worker->counts, route, request->outcome);
    http_counts_latency(&worker->counts, route, clock_monotonic_us() - request->began_us);
    buf_free(&request->reply);
}

// A detail that an earlier request left on this thread must not reach this client.
static void forget_detail(void) {
    (void)err_set(OK, "%s", "");
}

static enum taken dispatch(struct connection *connection) {
    struct worker *worker = connection->worker;
    struct http_request *request = &connection->request;
    request->body = bytes_of(connection->in + connection->head_len, connection->head.content_length);
    request->answered = false;
    request->began_us = clock_monotonic_us();
    request->retry_after_s = 0;
    forget_detail();
    request->route->handle(request, worker->server->ctx);
    if (request->answered) {
        write_reply(connection);
        return ANSWERED;
    }
    return KEPT;
}

void request_resume(struct connection *connection) {
    struct http_request *request = &connection->request;
    forget_detail();
    request->resume(request, request->resume_ctx);
    assert(request->answered);
    write_reply(connection);
}

// Everything that the head alone decides. False when it was refused and the reply is on its way.
static bool take_head(struct connection *connection, size_t head_len) {
    struct http_server *server = connection->worker->server;
    struct http_head *head = &connection->head;
    err_t err = check_peer(connection);
    if (err == OK) {
        err = http_head_parse(bytes_of(connection->in, head_len), server->settings.max_body, head);
    }
    if (err != OK) {
        refuse(connection, err, "");
        return false;
    }
    connection->head_len = head_len;
    connection->close_after = head->close;
    unsigned allowed = 0;
    connection->request.route = find_route(server, head, &allowed);
    if (connection->request.route == NULL) {
        refuse_route(connection, allowed);
        return false;
    }
    if (head->verb == HTTP_VERB_POST && !head->json) {
        refuse(connection, err_set(ERR_MEDIA_TYPE, "the body must be application/json"), "");
        return false;
    }
    return true;
}

enum taken request_take(struct connection *connection) {
    if (connection->head_len == 0) {
        size_t head_len = http_head_length(bytes_of(connection->in, connection->in_len), connection->searched);
        connection->searched = connection->in_len;
        if (head_len == 0 && connection->in_len >= MAX_HEADERS) {
            refuse(connection, err_set(ERR_TOO_LARGE, "the head is longer than %d bytes", MAX_HEADERS), "");
            return ANSWERED;
        }
        if (head_len == 0) {
            return NEEDS_MORE;
        }
        if (!take_head(connection, head_len)) {
            return ANSWERED;
        }
    }
    if (connection->in_len - connection->head_len < connection->head.content_length) {
        return NEEDS_MORE;
    }
    return dispatch(connection);
}

void request_drop(struct connection *connection) {
    size_t used = connection->head_len + connection->head.content_length;
    connection->in_len -= used;
    if (connection->in_len > 0) {
        memmove(connection->in, connection->in + used, connection->in_len);
    } else {
        connection_drop_input(connection);
    }
    connection->head_len = 0;
    connection->searched = 0;
    connection->continued = false;
}
