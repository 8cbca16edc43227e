// SPDX-License-Identifier: Apache-2.0
#include "proto/metrics_server.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define LARGE (4 << 20)

static void write_some(void *ctx, struct buf *out) {
    const size_t *size = ctx;
    buf_put_str(out, "up 1\n");
    for (size_t i = 0; size != NULL && i < *size; i++) {
        buf_put_u8(out, 'x');
    }
}

static struct metrics_server *start(size_t *size) {
    struct metrics_server *server = NULL;
    cr_assert_eq(metrics_server_start("127.0.0.1:0", write_some, size, &server), OK, "%s", err_detail());
    return server;
}

static int connect_to(const struct metrics_server *server) {
    const struct timeval patience = {.tv_sec = 20};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(metrics_server_port(server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

// Everything up to the connection's end.
static void receive(int fd, struct buf *out) {
    char chunk[65536];
    ssize_t got = 0;
    while ((got = recv(fd, chunk, sizeof chunk, 0)) > 0) {
        buf_put(out, chunk, (size_t)got);
    }
    close(fd);
}

static void expect(struct metrics_server *server, const char *request, const char *begins, const char *ends) {
    struct buf reply = {0};
    int fd = connect_to(server);
    cr_assert_eq(send(fd, request, strlen(request), MSG_NOSIGNAL), (ssize_t)strlen(request));
    receive(fd, &reply);
    const char *text = buf_str(&reply);
    cr_expect_eq(strncmp(text, begins, strlen(begins)), 0, "%.40s: %.200s", request, text);
    cr_expect_not_null(strstr(text, ends), "%.200s", text);
    buf_free(&reply);
}

Test(metrics_server, listens_on_loopback_addresses_alone) {
    static const char *const refused[] = {"0.0.0.0:0",   "[::]:0",          "192.0.2.1:0",
                                          "128.0.0.1:0", "[2001:db8::1]:0", "[::ffff:127.0.0.1]:0"};
    static const char *const taken[] = {"127.0.0.1:0", "127.3.2.1:0"};
    struct metrics_server *server = NULL;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        cr_expect_eq(metrics_server_start(refused[i], write_some, NULL, &server), ERR_INPUT, "%s", refused[i]);
        cr_expect_not_null(strstr(err_detail(), "metrics must be a loopback address"), "%s", err_detail());
    }
    cr_expect_eq(metrics_server_start("localhost:0", write_some, NULL, &server), ERR_INPUT, "a name may be anything");
    cr_expect_eq(metrics_server_start("127.0.0.1", write_some, NULL, &server), ERR_INPUT);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        cr_assert_eq(metrics_server_start(taken[i], write_some, NULL, &server), OK, "%s", err_detail());
        metrics_server_stop(server);
    }
}

Test(metrics_server, answers_for_its_one_path) {
    struct metrics_server *server = start(NULL);
    expect(server, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 OK\r\n", "\r\n\r\nup 1\n");
    expect(server, "GET /metrics HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\n", "text/plain; version=0.0.4");
    expect(server, "GET /metricsx HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 ", "GET /metrics");
    expect(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 ", "GET /metrics");
    expect(server, "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 404 ", "");
    metrics_server_stop(server);
}

Test(metrics_server, sends_what_is_long_whole) {
    size_t size = LARGE;
    struct metrics_server *server = start(&size);
    struct buf reply = {0};
    int fd = connect_to(server);
    static const char request[] = "GET /metrics HTTP/1.1\r\n\r\n";
    cr_assert_eq(send(fd, request, sizeof request - 1, MSG_NOSIGNAL), (ssize_t)sizeof request - 1);
    receive(fd, &reply);
    cr_expect_gt(reply.len, (size_t)LARGE);
    cr_expect_eq(reply.data[reply.len - 1], 'x');
    buf_free(&reply);
    metrics_server_stop(server);
}

Test(metrics_server, gives_up_a_client_that_says_nothing_and_goes_on, .timeout = 30) {
    struct metrics_server *server = start(NULL);
    int silent = connect_to(server);
    const int64_t began_us = clock_monotonic_us();
    expect(server, "GET /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n", "up 1\n");
    cr_expect_lt(clock_monotonic_us() - began_us, INT64_C(10000000));
    struct buf nothing = {0};
    receive(silent, &nothing);
    cr_expect_eq(nothing.len, 0);
    metrics_server_stop(server);
}

Test(metrics_server, gives_up_a_head_without_end) {
    struct metrics_server *server = start(NULL);
    struct buf nothing = {0};
    char head[9000];
    memset(head, 'a', sizeof head);
    int fd = connect_to(server);
    (void)!send(fd, head, sizeof head, MSG_NOSIGNAL);
    receive(fd, &nothing);
    cr_expect_eq(nothing.len, 0);
    metrics_server_stop(server);
}

Test(metrics_server, stops_at_once_with_clients_in_hand_and_waiting) {
    struct metrics_server *server = start(NULL);
    int in_hand = connect_to(server), waiting = connect_to(server);
    cr_assert_eq(send(in_hand, "GET", 3, MSG_NOSIGNAL), 3);
    const int64_t began_us = clock_monotonic_us();
    metrics_server_stop(server);
    cr_expect_lt(clock_monotonic_us() - began_us, INT64_C(1500000));
    close(in_hand);
    close(waiting);
}
