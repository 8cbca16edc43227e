// SPDX-License-Identifier: Apache-2.0
#include "proto/http_server.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "proto/http_connection.h"
#include "proto/listen.h"
#include "proto/problem.h"

static err_t init_workers(struct http_server *server) {
    size_t count = (size_t)server->settings.workers;
    server->workers = calloc(count, sizeof *server->workers);
    if (server->workers == NULL) {
        return err_set(ERR_MEMORY, "workers");
    }
    for (size_t i = 0; i < count; i++) {
        server->inited = i + 1;
        err_t err = worker_init(&server->workers[i], server);
        if (err != OK) {
            return err;
        }
    }
    return OK;
}

// A deadline of 0 would be none.
static err_t check_settings(const struct http_settings *settings) {
    bool ok = settings->workers >= 1 && settings->max_connections >= 1 && settings->handshake_timeout_ms >= 1 &&
              settings->request_timeout_ms >= 1 && settings->idle_timeout_ms >= 1 && settings->write_timeout_ms >= 1;
    return ok ? OK : err_set(ERR_INPUT, "workers, max_connections and timeouts must be at least 1");
}

err_t http_server_new(const struct http_settings *settings, SSL_CTX *context, const struct http_route *routes,
                      size_t route_count, void *ctx, struct http_server **out) {
    assert(route_count <= HTTP_ROUTES_MAX);
    err_t err = check_settings(settings);
    if (err != OK) {
        return err;
    }
    struct http_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return err_set(ERR_MEMORY, "HTTP server");
    }
    *server = (struct http_server){
        .settings = *settings, .routes = routes, .route_count = route_count, .ctx = ctx, .listen_fd = -1};
    (void)pthread_mutex_init(&server->context_lock, NULL);
    (void)SSL_CTX_up_ref(context);
    server->context = context;
    err = listen_open("listen", settings->listen, false, &server->listen_fd, &server->port);
    if (err == OK) {
        err = init_workers(server);
    }
    if (err != OK) {
        http_server_free(server);
        return err;
    }
    server->settings.listen = NULL; // the caller's text need not outlive this call
    *out = server;
    return OK;
}

err_t http_server_start(struct http_server *server) {
    for (size_t i = 0; i < server->inited; i++) {
        err_t err = worker_start(&server->workers[i]);
        if (err != OK) {
            http_server_stop(server, 0);
            return err;
        }
        server->started = i + 1;
    }
    return OK;
}

uint16_t http_server_port(const struct http_server *server) {
    return server->port;
}

void http_server_set_context(struct http_server *server, SSL_CTX *context) {
    (void)SSL_CTX_up_ref(context);
    (void)pthread_mutex_lock(&server->context_lock);
    SSL_CTX *old = server->context;
    server->context = context;
    (void)pthread_mutex_unlock(&server->context_lock);
    SSL_CTX_free(old);
}

void http_server_stop(struct http_server *server, int64_t grace_ms) {
    if (server == NULL) {
        return;
    }
    server->grace_ms = grace_ms;
    atomic_store(&server->stopping, true);
    for (size_t i = 0; i < server->started; i++) {
        worker_join(&server->workers[i]);
    }
    server->started = 0;
}

void http_server_free(struct http_server *server) {
    if (server == NULL) {
        return;
    }
    http_server_stop(server, 0);
    for (size_t i = 0; i < server->inited; i++) {
        worker_end(&server->workers[i]);
    }
    free(server->workers);
    if (server->listen_fd >= 0) {
        (void)close(server->listen_fd);
    }
    SSL_CTX_free(server->context);
    (void)pthread_mutex_destroy(&server->context_lock);
    free(server);
}

struct bytes http_request_body(const struct http_request *request) {
    return request->body;
}

const struct tls_peer *http_request_peer(const struct http_request *request) {
    return &request->connection->peer;
}

void http_request_resume(struct http_request *request, http_resume resume, void *ctx) {
    request->resume = resume;
    request->resume_ctx = ctx;
    worker_post(request->connection->worker, request);
}

static void reply(struct http_request *request, err_t outcome, struct buf *body) {
    request->outcome = outcome;
    request->reply = *body;
    *body = (struct buf){0};
    request->answered = true;
}

void http_reply_send(struct http_request *request, struct buf *body) {
    reply(request, OK, body);
}

void http_reply_problem(struct http_request *request, err_t err, struct buf *body) {
    reply(request, err, body);
}

// What went wrong inside stays inside: the operator reads the detail in the log.
void http_reply_err(struct http_request *request, err_t err) {
    struct buf body = {0};
    const char *detail = err_detail();
    if (problem_status(err) == 500) {
        log_err(err, "%s", request->route->path);
        detail = "";
    }
    if (problem_write(err, detail, &body) != OK) {
        buf_reset(&body);
    }
    reply(request, err, &body);
}

void http_reply_later(struct http_request *request, err_t err, int64_t retry_after_s) {
    request->retry_after_s = retry_after_s > 0 ? retry_after_s : 0;
    http_reply_err(request, err);
}
