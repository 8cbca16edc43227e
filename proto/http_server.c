// SPDX-License-Identifier: Apache-2.0
#include "proto/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "proto/http_connection.h"
#include "proto/problem.h"

#define HOST_SIZE 64

// "127.0.0.1:8443" or "[::1]:8443": addresses only, since a name could resolve to more than was meant.
static err_t parse_address(const char *text, struct addrinfo **out) {
    char host[HOST_SIZE];
    const char *colon = strrchr(text, ':');
    uint64_t port = 0; // getaddrinfo takes 65536 for 0
    for (const char *at = colon == NULL ? "" : colon + 1; *at >= '0' && *at <= '9' && port <= UINT16_MAX; at++) {
        port = port * 10 + (uint64_t)(*at - '0');
    }
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);
    if (len == 0 || len >= sizeof host || port > UINT16_MAX) {
        return err_set(ERR_INPUT, "listen must be ADDRESS:PORT");
    }
    bool brackets = text[0] == '[' && text[len - 1] == ']';
    if (!brackets && memchr(text, ':', len) != NULL) {
        return err_set(ERR_INPUT, "listen: an IPv6 address stands in brackets");
    }
    (void)snprintf(host, sizeof host, "%.*s", (int)(brackets ? len - 2 : len), brackets ? text + 1 : text);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    int failed = getaddrinfo(host, colon + 1, &hints, out);
    return failed == 0 ? OK : err_set(ERR_INPUT, "listen must be ADDRESS:PORT: %s", gai_strerror(failed));
}

// Accepted sockets inherit TCP_NODELAY; without it a reply may wait 40 ms for an acknowledgement.
static err_t bind_and_listen(int fd, const struct addrinfo *address) {
    int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0) {
        return err_set(ERR_IO, "listen: %s", strerror(errno));
    }
    return OK;
}

static err_t read_port(int fd, uint16_t *out) {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } bound = {.v6 = {0}};
    socklen_t len = sizeof bound;
    if (getsockname(fd, &bound.any, &len) != 0) {
        return err_set(ERR_IO, "listen: %s", strerror(errno));
    }
    *out = ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
    return OK;
}

static err_t open_listener(struct http_server *server) {
    struct addrinfo *address = NULL;
    err_t err = parse_address(server->settings.listen, &address);
    if (err != OK) {
        return err;
    }
    server->listen_fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (server->listen_fd < 0) {
        err = err_set(ERR_IO, "listen: %s", strerror(errno));
    } else {
        err = bind_and_listen(server->listen_fd, address);
    }
    freeaddrinfo(address);
    return err == OK ? read_port(server->listen_fd, &server->port) : err;
}

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
    err = open_listener(server);
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

void http_reply_send(struct http_request *request, int status, struct buf *body) {
    struct worker *worker = request->connection->worker;
    request->status = status;
    request->reply = *body;
    *body = (struct buf){0};
    if (worker_is_dispatching(worker, request)) {
        request->answered = true;
    } else {
        worker_post(worker, request);
    }
}

// What went wrong inside stays inside: the operator reads the detail in the log.
void http_reply_err(struct http_request *request, err_t err) {
    struct buf body = {0};
    int status = problem_status(err);
    const char *detail = err_detail();
    if (status == 500) {
        log_err(err, "%s", request->route->path);
        detail = "";
    }
    if (problem_write(err, detail, &body) != OK) {
        buf_reset(&body);
    }
    http_reply_send(request, status, &body);
}
