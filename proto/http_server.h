// SPDX-License-Identifier: Apache-2.0
// The HTTPS server of both daemons: HTTP/1.1 over TLS in worker threads that share one listening socket.
//
// Handlers are plain functions: a request in, a reply out. A handler may answer at once, or keep the request and answer
// later in a function that it gives to http_request_resume. libevent is not visible outside. What proto/http_head.h
// refuses, unknown paths, other methods, other content than JSON and peers without exactly one identity never reach a
// handler: they are answered by a problem document, and the connection is closed.
#ifndef PROTO_HTTP_SERVER_H
#define PROTO_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/tls.h"

struct http_request; // owned by the server until answered

enum http_method { HTTP_GET, HTTP_POST };

struct http_route {
    enum http_method method;
    const char *path;
    // Called on a worker thread with a verified peer. Must lead to exactly one reply, here or where it is resumed.
    void (*handle)(struct http_request *request, void *ctx);
};

struct http_settings {  // numbers are at least 1
    const char *listen; // "127.0.0.1:8443", "[::1]:8443"; port 0: the system chooses
    int64_t workers;
    int64_t max_connections;
    int64_t handshake_timeout_ms; // absolute
    int64_t request_timeout_ms;   // from a request's first byte to its last, absolute
    int64_t idle_timeout_ms;      // between requests
    int64_t write_timeout_ms;     // for a reply to be taken, absolute
    size_t max_body;
};

struct http_server;

// Binds; does not serve yet. Takes a reference to `context`. ERR_INPUT (address), ERR_IO (port busy), ERR_MEMORY.
err_t http_server_new(const struct http_settings *settings, SSL_CTX *context, const struct http_route *routes,
                      size_t route_count, void *ctx, struct http_server **out);
// Starts the worker threads.
err_t http_server_start(struct http_server *server);
uint16_t http_server_port(const struct http_server *server);
// New connections use this context from now on (reload of certificates). Any thread.
void http_server_set_context(struct http_server *server, SSL_CTX *context);
// Stops accepting, lets requests in hand finish for at most `grace_ms`, joins the workers. Any thread but a worker.
// NULL is harmless.
void http_server_stop(struct http_server *server, int64_t grace_ms);
// Stops first where that has not been done, and runs here what was still to be resumed. A request that a handler kept
// must not be resumed after this call; what does that has to end before.
void http_server_free(struct http_server *server);

// Appends what the server counts, as metrics (proto/metrics.h). Any thread, until http_server_free.
void http_server_metrics(const struct http_server *server, struct buf *out);

struct bytes http_request_body(const struct http_request *request); // borrowed until the reply is sent
const struct tls_peer *http_request_peer(const struct http_request *request);

// Goes on with a request that its handler kept: runs `resume` on the request's worker, where it replies. From any
// thread and without waiting; whoever calls it gives the request up. That memory is freed where it was taken spares the
// C library the locks between threads.
typedef void (*http_resume)(struct http_request *request, void *ctx);
void http_request_resume(struct http_request *request, http_resume resume, void *ctx);

// Sends `body` (JSON) with status 200 and releases the request. Takes the buf's memory, leaves it zeroed. This and the
// replies below: in a handler, or where the request is resumed.
void http_reply_send(struct http_request *request, struct buf *body);
// Sends a problem document of the caller's for `err`, with the status that belongs to it.
void http_reply_problem(struct http_request *request, err_t err, struct buf *body);
// Sends an RFC 9457 problem document for `err` with this thread's err_detail, or a bare 500 when there is no memory.
void http_reply_err(struct http_request *request, err_t err);
// The same with a Retry-After of so many seconds; 0: without.
void http_reply_later(struct http_request *request, err_t err, int64_t retry_after_s);

#endif
