// SPDX-License-Identifier: Apache-2.0
#include "bench/hostile_peers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>

#define CROWD 100 // connections that one kind holds at a time

struct peer {
    int fd;
    SSL *ssl; // NULL: plain TCP
};

static bool stopped(const struct hostile *hostile) {
    return atomic_load_explicit(&hostile->stop, memory_order_relaxed);
}

static void rest(long ms) {
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&pause, NULL);
}

static void peer_close(struct peer *peer) {
    SSL_free(peer->ssl);
    if (peer->fd >= 0) {
        (void)close(peer->fd);
    }
    *peer = (struct peer){.fd = -1};
    ERR_clear_error();
}

// With `context`, up to the end of the handshake. A peer that is refused is closed.
static void peer_open(struct hostile *hostile, SSL_CTX *context, struct peer *out) {
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(hostile->port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    const struct timeval patience = {.tv_sec = 5};
    *out = (struct peer){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    (void)setsockopt(out->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(out->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    atomic_fetch_add(&hostile->tries, 1);
    bool good = connect(out->fd, (const struct sockaddr *)&address, sizeof address) == 0;
    if (good && context != NULL) {
        out->ssl = SSL_new(context);
        good = out->ssl != NULL && SSL_set_fd(out->ssl, out->fd) == 1 && SSL_connect(out->ssl) == 1;
    }
    if (!good) {
        peer_close(out);
    }
}

static bool peer_send(struct peer *peer, const char *data, size_t len) {
    if (peer->fd < 0) {
        return false;
    }
    bool sent = peer->ssl != NULL ? SSL_write(peer->ssl, data, (int)len) == (int)len
                                  : send(peer->fd, data, len, MSG_NOSIGNAL) == (ssize_t)len;
    if (!sent) {
        peer_close(peer);
    }
    return sent;
}

// The beginning of what comes, as a text; "" when the connection ends.
static void peer_read(struct peer *peer, char *out, size_t size) {
    int got = -1;
    if (peer->fd >= 0) {
        got = peer->ssl != NULL ? SSL_read(peer->ssl, out, (int)size - 1) : (int)recv(peer->fd, out, size - 1, 0);
    }
    out[got > 0 ? got : 0] = '\0';
}

// A crowd of connections that each send one byte of `text` every tenth of a second, and begin again when they are
// closed.
static void trickle(struct hostile *hostile, SSL_CTX *context, const char *first, const char *text) {
    struct peer crowd[CROWD];
    for (size_t i = 0; i < CROWD; i++) {
        crowd[i] = (struct peer){.fd = -1};
    }
    for (size_t step = 0; !stopped(hostile); step++) {
        for (size_t i = 0; i < CROWD && !stopped(hostile); i++) {
            if (crowd[i].fd < 0) {
                peer_open(hostile, context, &crowd[i]);
                (void)peer_send(&crowd[i], first, strlen(first));
            } else if (text[0] != '\0') {
                (void)peer_send(&crowd[i], &text[step % strlen(text)], 1);
            }
        }
        rest(100);
    }
    for (size_t i = 0; i < CROWD; i++) {
        peer_close(&crowd[i]);
    }
}

static void half_open(struct hostile *hostile) {
    trickle(hostile, NULL, "", "");
}

static void slow_handshake(struct hostile *hostile) {
    trickle(hostile, NULL, "\x16\x03\x01\x02", "\x01");
}

static void slow_head(struct hostile *hostile) {
    trickle(hostile, hostile->listed, "GET /v1/whoami HTTP/1.1\r\n", "X: slow\r\n");
}

#define POST "POST /v1/questions HTTP/1.1\r\nHost: index\r\nContent-Type: application/json\r\n"

static void slow_body(struct hostile *hostile) {
    trickle(hostile, hostile->listed, POST "Content-Length: 400000\r\n\r\n{", " ");
}

static void slow_reader(struct hostile *hostile) {
    trickle(hostile, hostile->listed, "GET /v1/scheme HTTP/1.1\r\nHost: index\r\n\r\n", "G");
}

// Sends far more than it may.
static void endless_body(struct hostile *hostile) {
    static const char noise[16384] = "{";
    static const char *const heads[] = {POST "Content-Length: 500000\r\n\r\n",
                                        POST "Content-Length: 99999999999\r\n\r\n", "GET /v1/whoami HTTP/1.1\r\nX: "};
    for (size_t turn = 0; !stopped(hostile); turn++) {
        struct peer peer;
        char reply[64];
        const char *head = heads[turn % (sizeof heads / sizeof heads[0])];
        peer_open(hostile, hostile->listed, &peer);
        bool going = peer_send(&peer, head, strlen(head));
        for (size_t sent = 0; going && sent < 64; sent++) {
            going = peer_send(&peer, noise, sizeof noise);
        }
        peer_read(&peer, reply, sizeof reply);
        if (strncmp(reply, "HTTP/1.1 200", 12) == 0) {
            atomic_fetch_add(&hostile->breaches, 1);
        }
        peer_close(&peer);
        rest(20);
    }
}

static void pipelining(struct hostile *hostile) {
    char burst[64 * 48] = "";
    for (size_t i = 0; i < 64; i++) {
        strcat(burst, "GET /v1/whoami HTTP/1.1\r\nHost: index\r\n\r\n");
    }
    while (!stopped(hostile)) {
        struct peer peer;
        char reply[16384];
        peer_open(hostile, hostile->listed, &peer);
        (void)peer_send(&peer, burst, strlen(burst));
        peer_read(&peer, reply, sizeof reply);
        if (strncmp(reply, "HTTP/1.1 200", 12) != 0) {
            atomic_fetch_add(&hostile->breaches, 1); // pipelining is allowed
        }
        peer_close(&peer);
        rest(20);
    }
}

// Requests that two programs could take for two different ones. None may be handled.
static void smuggling(struct hostile *hostile) {
    static const char *const shapes[] = {
        POST "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        POST "Content-Length: 2\r\nContent-Length: 30\r\n\r\n{}GET /v1/whoami HTTP/1.1\r\n\r\n",
        POST "Content-Length: +2\r\n\r\n{}",
        POST "Content-Length: -2\r\n\r\n{}",
        POST "Content-Length: 2 2\r\n\r\n{}",
        POST "Content-Length: 0x2\r\n\r\n{}",
        POST "Content-Length : 2\r\n\r\n{}",
        POST " Content-Length: 2\r\n\r\n{}",
        POST "Content-Length: 2,2\r\n\r\n{}",
        POST "Content-Length:\r\n\r\n{}",
        POST "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        POST "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
        POST "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}",
        POST "Transfer-Encoding:\x0b chunked\r\nContent-Length: 2\r\n\r\n{}",
        POST "X: a\nContent-Length: 2\r\n\r\n{}",
        "GET /v1/whoami HTTP/1.1\r\nHost: index\r\nContent-Length: 5\r\n\r\nGET /",
        "GET /v1/whoami HTTP/1.1\r\nHost: index\r\nHost: other\r\n\r\n",
        "GET http://index/v1/whoami HTTP/1.1\r\nHost: index\r\n\r\n",
    };
    for (size_t turn = 0; !stopped(hostile); turn++) {
        const char *shape = shapes[turn % (sizeof shapes / sizeof shapes[0])];
        struct peer peer;
        char reply[512];
        peer_open(hostile, hostile->listed, &peer);
        bool sent = peer_send(&peer, shape, strlen(shape));
        peer_read(&peer, reply, sizeof reply);
        // Refused as malformed, and the connection ends: nothing behind it is ever read as a request.
        if (sent && (strncmp(reply, "HTTP/1.1 400", 12) != 0 || strstr(reply, "Connection: close") == NULL)) {
            fprintf(stderr, "hostile: shape %zu: %.40s\n", turn % (sizeof shapes / sizeof shapes[0]), reply);
            atomic_fetch_add(&hostile->breaches, 1);
        }
        peer_close(&peer);
        rest(10);
    }
}

static void plaintext(struct hostile *hostile) {
    static const char request[] = "GET /v1/whoami HTTP/1.1\r\nHost: index\r\n\r\n";
    while (!stopped(hostile)) {
        struct peer peer;
        char reply[64];
        peer_open(hostile, NULL, &peer);
        (void)peer_send(&peer, request, strlen(request));
        peer_read(&peer, reply, sizeof reply);
        if (strncmp(reply, "HTTP", 4) == 0) {
            atomic_fetch_add(&hostile->breaches, 1);
        }
        peer_close(&peer);
        rest(5);
    }
}

// A good certificate of the scheme's CA whose key is not on the roster.
static void unlisted(struct hostile *hostile) {
    static const char request[] = "GET /v1/whoami HTTP/1.1\r\nHost: index\r\n\r\n";
    while (!stopped(hostile)) {
        struct peer peer;
        char reply[64];
        peer_open(hostile, hostile->unlisted, &peer);
        bool sent = peer_send(&peer, request, strlen(request));
        peer_read(&peer, reply, sizeof reply);
        if (sent && strncmp(reply, "HTTP/1.1 403", 12) != 0) {
            atomic_fetch_add(&hostile->breaches, 1);
        }
        peer_close(&peer);
        rest(5);
    }
}

// The beginning of a handshake, made once: whoever repeats it pays nothing for what it costs the other side.
static size_t make_hello(SSL_CTX *context, char *out, size_t size) {
    SSL *ssl = SSL_new(context);
    BIO *sent = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), sent);
    (void)SSL_connect(ssl); // wants a reply
    const int len = BIO_read(sent, out, (int)size);
    SSL_free(ssl);
    ERR_clear_error();
    return len > 0 ? (size_t)len : 0;
}

static void handshake_flood(struct hostile *hostile) {
    char hello[4096];
    struct peer crowd[CROWD];
    const size_t len = make_hello(hostile->unlisted, hello, sizeof hello);
    while (!stopped(hostile)) {
        for (size_t i = 0; i < CROWD; i++) {
            peer_open(hostile, NULL, &crowd[i]);
        }
        for (size_t i = 0; i < CROWD; i++) { // all at once
            (void)(crowd[i].fd >= 0 && send(crowd[i].fd, hello, len, MSG_NOSIGNAL) > 0);
        }
        rest(20);
        for (size_t i = 0; i < CROWD; i++) {
            peer_close(&crowd[i]);
        }
    }
}

const struct hostile_kind hostile_kinds[] = {
    {"half-open TLS", half_open},
    {"slow handshakes", slow_handshake},
    {"slow heads", slow_head},
    {"slow bodies", slow_body},
    {"slow readers", slow_reader},
    {"endless and oversized", endless_body},
    {"pipelining", pipelining},
    {"smuggling shapes", smuggling},
    {"plaintext", plaintext},
    {"an unlisted certificate", unlisted},
    {"a flood of handshakes", handshake_flood},
};
const size_t hostile_kind_count = sizeof hostile_kinds / sizeof hostile_kinds[0];

struct idlers {
    size_t count;
    struct peer peers[];
};

void idlers_close(struct idlers *idlers) {
    for (size_t i = 0; idlers != NULL && i < idlers->count; i++) {
        peer_close(&idlers->peers[i]);
    }
    free(idlers);
}

err_t idlers_open(struct hostile *hostile, size_t count, struct idlers **out) {
    struct idlers *idlers = calloc(1, sizeof *idlers + count * sizeof idlers->peers[0]);
    if (idlers == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    for (; idlers->count < count; idlers->count++) {
        struct peer *peer = &idlers->peers[idlers->count];
        peer_open(hostile, hostile->listed, peer);
        if (peer->fd < 0) {
            err_t err = err_set(ERR_NETWORK, "idle connection %zu was refused", idlers->count + 1);
            idlers_close(idlers);
            return err;
        }
    }
    *out = idlers;
    return OK;
}
