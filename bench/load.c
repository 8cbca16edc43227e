// SPDX-License-Identifier: Apache-2.0
#include "bench/load.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/figures.h"
#include "bench/random.h"

#define CONNECTIONS_MAX 256
#define REPLY_MAX 65536

struct connection {
    SSL *ssl;
    uint8_t reply[REPLY_MAX];
    size_t reply_len;
    bool waiting;               // for a reply
    struct load_stream *stream; // open loop: whose request it is, and when it was due
    int64_t due_ns;
};

struct load {
    SSL_CTX *context;
    size_t count;
    struct connection connections[CONNECTIONS_MAX];
    struct pollfd polled[CONNECTIONS_MAX];
};

static int connect_to(uint16_t port) {
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return -1;
    }
    return fd;
}

static err_t open_connection(struct load *load, uint16_t port) {
    int fd = connect_to(port);
    if (fd < 0) {
        return err_set(ERR_NETWORK, "the daemon cannot be reached");
    }
    load->polled[load->count] = (struct pollfd){.fd = fd, .events = POLLIN};
    struct connection *connection = &load->connections[load->count++];
    connection->ssl = SSL_new(load->context);
    if (connection->ssl == NULL || SSL_set_fd(connection->ssl, fd) != 1 || SSL_connect(connection->ssl) != 1) {
        return err_set(ERR_TLS, "no secure connection");
    }
    return OK;
}

err_t load_open(const struct tls_files *files, uint16_t port, size_t connections, struct load **out) {
    struct load *load = calloc(1, sizeof *load);
    if (load == NULL || connections > CONNECTIONS_MAX) {
        free(load);
        return err_set(ERR_MEMORY, "no room for %zu connections", connections);
    }
    err_t err = tls_client_context(files, &load->context);
    while (err == OK && load->count < connections) {
        err = open_connection(load, port);
    }
    if (err != OK) {
        load_close(load);
        return err;
    }
    *out = load;
    return OK;
}

void load_close(struct load *load) {
    if (load == NULL) {
        return;
    }
    for (size_t i = 0; i < load->count; i++) {
        SSL_free(load->connections[i].ssl);
        (void)close(load->polled[i].fd);
    }
    SSL_CTX_free(load->context);
    free(load);
}

// Head and body as one text, so that a request is one write.
static err_t write_request(const char *path, struct bytes body, struct buf *out) {
    buf_printf(out,
               "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
               "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
               path, body.len);
    buf_put(out, body.data, body.len);
    return buf_check(out);
}

static err_t send_next(struct connection *connection, const struct buf *request) {
    connection->reply_len = 0;
    connection->waiting = SSL_write(connection->ssl, request->data, (int)request->len) == (int)request->len;
    return connection->waiting ? OK : err_set(ERR_NETWORK, "a request could not be sent");
}

static size_t http_reply_length(const char *text, size_t len) {
    const char *end = memmem(text, len, "\r\n\r\n", 4);
    const char *length = end == NULL ? NULL : memmem(text, (size_t)(end - text), "Content-Length: ", 16);
    if (length == NULL) {
        return 0;
    }
    return memcmp(text, "HTTP/1.1 200 ", 13) == 0 ? (size_t)(end + 4 - text) + strtoul(length + 16, NULL, 10)
                                                  : SIZE_MAX;
}

static err_t receive(struct connection *connection, load_reply_length reply_length) {
    do {
        size_t room = REPLY_MAX - connection->reply_len;
        int got = SSL_read(connection->ssl, connection->reply + connection->reply_len, (int)room);
        if (got <= 0) {
            return err_set(ERR_NETWORK, "a reply did not arrive");
        }
        connection->reply_len += (size_t)got;
    } while (SSL_pending(connection->ssl) > 0);
    size_t length = reply_length((const char *)connection->reply, connection->reply_len);
    if (length > REPLY_MAX) {
        return err_set(ERR_REFUSED, "%.*s", (int)connection->reply_len, (const char *)connection->reply);
    }
    connection->waiting = length == 0 || connection->reply_len < length;
    return OK;
}

struct loop {
    struct load *load;
    const struct buf *requests;
    size_t request_count, next;
    load_reply_length reply_length;
    int64_t end_ns;
    size_t waiting;
    uint64_t replies;
};

static err_t turn(struct loop *loop, struct connection *connection) {
    err_t err = receive(connection, loop->reply_length);
    if (err != OK || connection->waiting) {
        return err;
    }
    loop->replies++;
    if (wall_ns() >= loop->end_ns) {
        loop->waiting--;
        return OK;
    }
    return send_next(connection, &loop->requests[loop->next++ % loop->request_count]);
}

static err_t run_loop(struct loop *loop) {
    struct load *load = loop->load;
    err_t err = OK;
    for (size_t i = 0; err == OK && i < load->count; i++, loop->waiting++) {
        err = send_next(&load->connections[i], &loop->requests[loop->next++ % loop->request_count]);
    }
    while (err == OK && loop->waiting > 0) {
        if (poll(load->polled, load->count, 10000) <= 0) {
            return err_set(ERR_NETWORK, "no reply for ten seconds");
        }
        for (size_t i = 0; err == OK && i < load->count; i++) {
            if (load->polled[i].revents != 0) {
                err = turn(loop, &load->connections[i]);
            }
        }
    }
    return err;
}

err_t load_run_raw(struct load *load, const struct buf *requests, size_t count, load_reply_length reply_length,
                   int64_t ms, uint64_t *out_replies) {
    struct loop loop = {.load = load, .requests = requests, .request_count = count, .reply_length = reply_length};
    loop.end_ns = wall_ns() + ms * 1000000;
    err_t err = run_loop(&loop);
    if (err == OK) {
        *out_replies = loop.replies;
    }
    return err;
}

err_t load_run(struct load *load, const char *path, const struct buf *bodies, size_t count, int64_t ms,
               uint64_t *out_replies) {
    struct buf *requests = calloc(count, sizeof *requests);
    err_t err = requests == NULL ? err_set(ERR_MEMORY, "requests") : OK;
    for (size_t i = 0; err == OK && i < count; i++) {
        err = write_request(path, buf_bytes(&bodies[i]), &requests[i]);
    }
    if (err == OK) {
        err = load_run_raw(load, requests, count, http_reply_length, ms, out_replies);
    }
    for (size_t i = 0; requests != NULL && i < count; i++) {
        buf_free(&requests[i]);
    }
    free(requests);
    return err;
}

// ---- open loop

struct open_loop {
    struct load *load;
    struct load_stream *streams;
    size_t stream_count;
    struct random random;
    int64_t end_ns; // nothing falls due after it
    size_t waiting; // connections
    struct buf body, request;
};

static void plan_next(struct open_loop *loop, struct load_stream *stream) {
    stream->next_ns += -log(1 - random_share(&loop->random)) / stream->per_s * 1e9;
}

static struct load_stream *first_due(const struct open_loop *loop) {
    struct load_stream *first = NULL;
    for (size_t i = 0; i < loop->stream_count; i++) {
        struct load_stream *stream = &loop->streams[i];
        if (stream->per_s > 0 && stream->next_ns < (double)loop->end_ns &&
            (first == NULL || stream->next_ns < first->next_ns)) {
            first = stream;
        }
    }
    return first;
}

static struct connection *idle_connection(const struct load *load) {
    for (size_t i = 0; i < load->count; i++) {
        if (!load->connections[i].waiting) {
            return (struct connection *)(uintptr_t)&load->connections[i];
        }
    }
    return NULL;
}

static err_t send_due(struct open_loop *loop, struct load_stream *stream, struct connection *connection) {
    buf_reset(&loop->body);
    buf_reset(&loop->request);
    err_t err = stream->body(stream->ctx, &loop->body);
    if (err == OK) {
        err = write_request(stream->path, buf_bytes(&loop->body), &loop->request);
    }
    if (err == OK) {
        err = send_next(connection, &loop->request);
    }
    connection->stream = stream;
    connection->due_ns = (int64_t)stream->next_ns;
    loop->waiting++;
    plan_next(loop, stream);
    return err;
}

// Sends all that is due while there is a connection for it. What waits for one is sent as soon as there is.
static err_t send_all_due(struct open_loop *loop) {
    err_t err = OK;
    struct load_stream *due = first_due(loop);
    struct connection *idle = idle_connection(loop->load);
    while (err == OK && due != NULL && idle != NULL && due->next_ns <= (double)wall_ns()) {
        err = send_due(loop, due, idle);
        due = first_due(loop);
        idle = idle_connection(loop->load);
    }
    return err;
}

static err_t take_reply(struct open_loop *loop, struct connection *connection) {
    err_t err = receive(connection, http_reply_length);
    if (err == OK && !connection->waiting) {
        histogram_add(&connection->stream->latency, (wall_ns() - connection->due_ns) / 1000);
        loop->waiting--;
    }
    return err;
}

static err_t wait_for_replies(struct open_loop *loop) {
    struct load *load = loop->load;
    const struct load_stream *due = first_due(loop);
    double left_ns = due == NULL || idle_connection(load) == NULL ? 10e9 : due->next_ns - (double)wall_ns();
    left_ns = left_ns < 0 ? 0 : left_ns;
    const struct timespec patience = {.tv_sec = (time_t)(left_ns / 1e9), .tv_nsec = (long)fmod(left_ns, 1e9)};
    int ready = ppoll(load->polled, load->count, &patience, NULL);
    if (ready == 0 && left_ns >= 10e9) {
        return err_set(ERR_NETWORK, "no reply for ten seconds");
    }
    err_t err = OK;
    for (size_t i = 0; err == OK && ready > 0 && i < load->count; i++) {
        if (load->polled[i].revents != 0) {
            err = take_reply(loop, &load->connections[i]);
        }
    }
    return err;
}

err_t load_run_open(struct load *load, struct load_stream *streams, size_t count, int64_t ms, uint64_t seed) {
    struct open_loop loop = {.load = load, .streams = streams, .stream_count = count, .random = {.state = seed}};
    const int64_t start_ns = wall_ns();
    err_t err = OK;
    loop.end_ns = start_ns + ms * 1000000;
    for (size_t i = 0; i < count; i++) {
        streams[i].next_ns = (double)start_ns;
        plan_next(&loop, &streams[i]);
    }
    while (err == OK && (loop.waiting > 0 || first_due(&loop) != NULL)) {
        err = send_all_due(&loop);
        if (err == OK) {
            err = wait_for_replies(&loop);
        }
    }
    buf_free(&loop.body);
    buf_free(&loop.request);
    return err;
}
