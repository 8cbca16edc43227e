// SPDX-License-Identifier: Apache-2.0
#include "tests/proto/http_fixture.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"

#define PATIENCE_S 10
#define MAX_TEXT (1024 * 1024)

static void hello(struct http_request *request, void *ctx) {
    (void)ctx;
    struct buf body = {0};
    buf_put_str(&body, "{\"hello\":\"world\"}");
    http_reply_send(request, &body);
}

static void echo(struct http_request *request, void *ctx) {
    (void)ctx;
    struct buf body = {0};
    struct bytes sent = http_request_body(request);
    buf_put(&body, sent.data, sent.len);
    http_reply_send(request, &body);
}

static void who(struct http_request *request, void *ctx) {
    (void)ctx;
    char urn[MAX_URN + 1];
    struct buf body = {0};
    urn_format(&http_request_peer(request)->identity, urn);
    buf_printf(&body, "\"%s\"", urn);
    http_reply_send(request, &body);
}

static void budget(struct http_request *request, void *ctx) {
    (void)ctx;
    http_reply_later(request, err_set(ERR_BUDGET, "ask again tomorrow"), 3600);
}

// Puts the first two requests off: one without a word when to come back, one for a second.
static void busy(struct http_request *request, void *ctx) {
    struct fixture *fixture = ctx;
    struct buf body = {0};
    if (fixture->busy_asked++ < 2) {
        http_reply_later(request, err_set(ERR_UNAVAILABLE, "too much at once"), fixture->busy_asked - 1);
        return;
    }
    buf_put_str(&body, "{}");
    http_reply_send(request, &body);
}

static void silent(struct http_request *request, void *ctx) {
    (void)ctx;
    http_reply_err(request, ERR_STALE); // without a detail of its own
}

static void inside(struct http_request *request, void *ctx) {
    (void)ctx;
    http_reply_err(request, err_set(ERR_IO, "/var/lib/secret-place"));
}

// More than the sockets' buffers hold.
static void large(struct http_request *request, void *ctx) {
    (void)ctx;
    struct buf body = {.data = calloc(1, LARGE_REPLY), .len = LARGE_REPLY, .cap = LARGE_REPLY};
    cr_assert_not_null(body.data);
    http_reply_send(request, &body);
}

static void later(struct http_request *request, void *ctx) {
    struct fixture *fixture = ctx;
    fixture->kept = request;
    fixture->kept_on = pthread_self();
    cr_assert_eq(sem_post(&fixture->has_kept), 0);
}

static void gate(struct http_request *request, void *ctx) {
    struct fixture *fixture = ctx;
    cr_assert_eq(sem_post(&fixture->at_gate), 0);
    cr_assert_eq(sem_wait(&fixture->gate), 0);
    hello(request, ctx);
}

static void strangers(struct http_request *request, void *ctx) {
    struct fixture *fixture = ctx;
    struct buf body = {0};
    buf_printf(&body, "%d", poll(fixture->strangers, STRANGERS, 0));
    http_reply_send(request, &body);
}

static const struct http_route ROUTES[] = {
    {HTTP_GET, "/hello", hello},         {HTTP_POST, "/echo", echo},    {HTTP_GET, "/who", who},
    {HTTP_GET, "/budget", budget},       {HTTP_GET, "/inside", inside}, {HTTP_GET, "/silent", silent},
    {HTTP_POST, "/later", later},        {HTTP_GET, "/both", hello},    {HTTP_POST, "/both", echo},
    {HTTP_GET, "/large", large},         {HTTP_POST, "/busy", busy},    {HTTP_GET, "/gate", gate},
    {HTTP_GET, "/strangers", strangers},
};

struct http_settings fixture_settings(void) {
    return (struct http_settings){
        .listen = "127.0.0.1:0",
        .workers = 1,
        .max_connections = 16,
        .handshake_timeout_ms = 10000,
        .request_timeout_ms = 10000,
        .idle_timeout_ms = 10000,
        .write_timeout_ms = 10000,
        .max_body = 65536,
    };
}

struct fixture *fixture_start(const struct http_settings *settings) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    SSL_CTX *context = NULL;
    cr_assert_not_null(fixture);
    cr_assert_neq(signal(SIGPIPE, SIG_IGN), SIG_ERR);
    cr_assert_eq(sem_init(&fixture->has_kept, 0, 0), 0);
    cr_assert_eq(sem_init(&fixture->at_gate, 0, 0), 0);
    cr_assert_eq(sem_init(&fixture->gate, 0, 0), 0);
    fixture->pki = pki_new();
    fixture->server_files = pki_server(fixture->pki, "server", INDEX);
    fixture->client_files = pki_client(fixture->pki, "client", AGENCY);
    cr_assert_eq(tls_server_context(&fixture->server_files, &context), OK, "%s", err_detail());
    cr_assert_eq(
        http_server_new(settings, context, ROUTES, sizeof ROUTES / sizeof ROUTES[0], fixture, &fixture->server), OK,
        "%s", err_detail());
    SSL_CTX_free(context);
    cr_assert_eq(http_server_start(fixture->server), OK);
    return fixture;
}

void fixture_stop(struct fixture *fixture) {
    http_server_stop(fixture->server, 5000);
    http_server_free(fixture->server);
    pki_free(fixture->pki);
    (void)sem_destroy(&fixture->has_kept);
    (void)sem_destroy(&fixture->at_gate);
    (void)sem_destroy(&fixture->gate);
    free(fixture);
}

struct http_request *fixture_wait_kept(struct fixture *fixture) {
    cr_assert_eq(sem_wait(&fixture->has_kept), 0);
    return fixture->kept;
}

int tcp_connect(struct fixture *fixture) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(http_server_port(fixture->server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(fd, 0);
    cr_assert_eq(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience), 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

struct client client_prepare(struct fixture *fixture, const struct tls_files *files) {
    struct client client = {.fd = tcp_connect(fixture), .context = SSL_CTX_new(TLS_client_method())};
    cr_assert_not_null(client.context);
    if (files != NULL) {
        cr_assert_eq(SSL_CTX_use_certificate_file(client.context, files->certificate, SSL_FILETYPE_PEM), 1);
        cr_assert_eq(SSL_CTX_use_PrivateKey_file(client.context, files->key, SSL_FILETYPE_PEM), 1);
    }
    client.ssl = SSL_new(client.context);
    cr_assert_not_null(client.ssl);
    cr_assert_eq(SSL_set_fd(client.ssl, client.fd), 1);
    return client;
}

struct client client_connect_as(struct fixture *fixture, const struct tls_files *files) {
    struct client client = client_prepare(fixture, files);
    cr_assert_eq(SSL_connect(client.ssl), 1);
    return client;
}

struct client client_connect(struct fixture *fixture) {
    return client_connect_as(fixture, &fixture->client_files);
}

void client_close(struct client *client) {
    SSL_free(client->ssl);
    SSL_CTX_free(client->context);
    (void)close(client->fd);
}

void client_send_bytes(struct client *client, const void *data, size_t len) {
    cr_assert_eq(SSL_write(client->ssl, data, (int)len), (int)len);
}

void client_send(struct client *client, const char *text) {
    client_send_bytes(client, text, strlen(text));
}

// Of the whole reply, once its head has come; SIZE_MAX before.
static size_t expected_length(const char *text) {
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strstr(text, "Content-Length: ");
    return end == NULL || length == NULL ? SIZE_MAX : (size_t)(end + 4 - text) + (size_t)strtoul(length + 16, NULL, 10);
}

// The head byte by byte, so that nothing of a next reply is taken; to the end of the connection with `all`.
static char *receive(struct client *client, bool all) {
    char *text = calloc(1, MAX_TEXT);
    cr_assert_not_null(text);
    size_t len = 0, wanted = all ? MAX_TEXT - 1 : SIZE_MAX;
    while (len < wanted && len < MAX_TEXT - 1) {
        int got = SSL_read(client->ssl, text + len, wanted == SIZE_MAX ? 1 : (int)(wanted - len));
        if (got <= 0) {
            break;
        }
        len += (size_t)got;
        wanted = wanted == SIZE_MAX ? expected_length(text) : wanted;
    }
    ERR_clear_error();
    return text;
}

char *client_receive(struct client *client) {
    return receive(client, false);
}

char *client_receive_all(struct client *client) {
    char *text = receive(client, true);
    cr_assert(client_is_closed(client), "the connection is still open");
    return text;
}

bool client_is_closed(struct client *client) {
    char byte = 0;
    int got = SSL_read(client->ssl, &byte, 1);
    bool timed_out = got < 0 && SSL_get_error(client->ssl, got) == SSL_ERROR_WANT_READ;
    ERR_clear_error();
    return got <= 0 && !timed_out;
}

char *client_exchange(struct client *client, const char *text) {
    client_send(client, text);
    return client_receive(client);
}

int status_of(const char *reply) {
    int status = 0;
    return sscanf(reply, "HTTP/1.1 %d ", &status) == 1 ? status : 0;
}

bool has(const char *text, const char *part) {
    return strstr(text, part) != NULL;
}

const char *body_of(const char *reply) {
    const char *end = strstr(reply, "\r\n\r\n");
    return end == NULL ? "" : end + 4;
}

char *ask(struct fixture *fixture, const char *text) {
    struct client client = client_connect(fixture);
    char *reply = client_exchange(&client, text);
    client_close(&client);
    return reply;
}

void wait_for_room(struct fixture *fixture) {
    int64_t began_us = clock_monotonic_us();
    for (;;) {
        struct client client = client_prepare(fixture, &fixture->client_files);
        bool connected = SSL_connect(client.ssl) == 1;
        ERR_clear_error();
        client_close(&client);
        if (connected) {
            return;
        }
        cr_assert_lt(clock_monotonic_us() - began_us, LONG_US, "no room");
    }
}
