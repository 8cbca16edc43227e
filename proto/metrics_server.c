// SPDX-License-Identifier: Apache-2.0
#include "proto/metrics_server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "proto/listen.h"

#define WANTED "GET /metrics HTTP/1."
#define PATIENCE_US 2000000 // with one client, from its connection to its end
#define HEAD_MAX 8192
#define ACCEPT_AGAIN_MS 100

struct metrics_server {
    metrics_fn metrics;
    void *ctx;
    int listen_fd, stop_fd;
    uint16_t port;
    pthread_t thread;
    bool running;
};

struct client {
    const struct metrics_server *server;
    int fd;
    int64_t until_us;
};

// False: time is up, or the daemon stops.
static bool wait_for(const struct client *client, short what) {
    struct pollfd polled[2] = {{.fd = client->fd, .events = what}, {.fd = client->server->stop_fd, .events = POLLIN}};
    for (;;) {
        const int64_t left_us = client->until_us - clock_monotonic_us();
        const int ready = left_us <= 0 ? 0 : poll(polled, 2, (int)(left_us / 1000) + 1);
        if (ready >= 0 || errno != EINTR) {
            return ready > 0 && polled[1].revents == 0;
        }
    }
}

// False: the client did not send a whole head.
static bool read_head(const struct client *client, char head[HEAD_MAX + 1]) {
    size_t len = 0;
    while (len < HEAD_MAX && wait_for(client, POLLIN)) {
        const ssize_t got = recv(client->fd, head + len, HEAD_MAX - len, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
        head[len] = '\0';
        if (strstr(head, "\r\n\r\n") != NULL) {
            return true;
        }
    }
    return false;
}

static void send_all(const struct client *client, const struct buf *text) {
    for (size_t at = 0; at < text->len && wait_for(client, POLLOUT);) {
        const ssize_t put = send(client->fd, text->data + at, text->len - at, MSG_NOSIGNAL);
        if (put < 0 && errno != EAGAIN && errno != EINTR) {
            return;
        }
        at += put > 0 ? (size_t)put : 0;
    }
}

// Closing before the client has read and closed could destroy what it has not read.
static void end_politely(const struct client *client) {
    char unread[512];
    (void)shutdown(client->fd, SHUT_WR);
    while (wait_for(client, POLLIN) && recv(client->fd, unread, sizeof unread, 0) > 0) {
    }
}

static void answer(const struct client *client, const char *head) {
    struct buf body = {0}, reply = {0};
    const bool wanted = strncmp(head, WANTED, sizeof WANTED - 1) == 0;
    if (wanted) {
        client->server->metrics(client->server->ctx, &body);
    } else {
        buf_put_str(&body, "This is the metrics listener: GET /metrics\n");
    }
    buf_printf(&reply,
               "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: %zu\r\n"
               "Cache-Control: no-store\r\nConnection: close\r\n\r\n",
               wanted ? "200 OK" : "404 Not Found", body.len);
    buf_put(&reply, body.data, body.len);
    if (buf_check(&body) == OK && buf_check(&reply) == OK) {
        send_all(client, &reply);
        end_politely(client);
    }
    buf_free(&reply);
    buf_free(&body);
}

// False: nobody could be accepted, as there is no descriptor.
static bool serve_one(const struct metrics_server *server) {
    char head[HEAD_MAX + 1];
    struct client client = {.server = server, .until_us = clock_monotonic_us() + PATIENCE_US};
    client.fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client.fd >= 0) {
        if (read_head(&client, head)) {
            answer(&client, head);
        }
        (void)close(client.fd);
    }
    return client.fd >= 0;
}

static void *serve(void *arg) {
    const struct metrics_server *server = arg;
    struct pollfd polled[2] = {{.fd = server->listen_fd, .events = POLLIN}, {.fd = server->stop_fd, .events = POLLIN}};
    for (;;) {
        if (poll(polled, 2, -1) < 0 && errno != EINTR) {
            log_line(LOG_ERROR, "metrics: poll: %s", strerror(errno));
            return NULL;
        }
        if (polled[1].revents != 0) {
            return NULL;
        }
        if (polled[0].revents != 0 && !serve_one(server)) {
            (void)poll(&polled[1], 1, ACCEPT_AGAIN_MS); // the listener stays ready
        }
    }
}

err_t metrics_server_start(const char *listen, metrics_fn metrics, void *ctx, struct metrics_server **out) {
    struct metrics_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        return err_set(ERR_MEMORY, "metrics");
    }
    *server = (struct metrics_server){.metrics = metrics, .ctx = ctx, .listen_fd = -1};
    server->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    err_t err = server->stop_fd < 0 ? err_set(ERR_MEMORY, "metrics: %s", strerror(errno)) : OK;
    if (err == OK) {
        err = listen_open("metrics", listen, true, &server->listen_fd, &server->port);
    }
    if (err == OK) {
        err = thread_start("metrics", serve, server, &server->thread);
        server->running = err == OK;
    }
    if (err != OK) {
        metrics_server_stop(server);
        return err;
    }
    *out = server;
    return OK;
}

uint16_t metrics_server_port(const struct metrics_server *server) {
    return server->port;
}

void metrics_server_stop(struct metrics_server *server) {
    if (server == NULL) {
        return;
    }
    if (server->running) {
        const uint64_t one = 1;
        const ssize_t put = write(server->stop_fd, &one, sizeof one);
        (void)put; // a full counter wakes as well
        (void)pthread_join(server->thread, NULL);
    }
    if (server->listen_fd >= 0) {
        (void)close(server->listen_fd);
    }
    if (server->stop_fd >= 0) {
        (void)close(server->stop_fd);
    }
    free(server);
}
