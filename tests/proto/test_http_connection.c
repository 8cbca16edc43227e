// SPDX-License-Identifier: Apache-2.0
#include "proto/http_connection.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/proto/http_fixture.h"

// The request is answered by a problem of this status, and the connection is closed whatever follows.
static void refuses(struct fixture *fixture, const char *request, int status) {
    struct client client = client_connect(fixture);
    client_send(&client, request);
    client_send(&client, HELLO);
    char *reply = client_receive_all(&client);
    cr_expect_eq(status_of(reply), status, "%d for: %s", status_of(reply), request);
    cr_expect(has(reply, "\r\nContent-Type: application/problem+json\r\n"), "%s", reply);
    cr_expect(has(reply, "\r\nConnection: close\r\n"), "%s", reply);
    cr_expect(has(reply, "\"type\":\"urn:signpost:problem:"), "%s", reply);
    cr_expect_not(has(reply, "world"), "smuggled by: %s", request);
    free(reply);
    client_close(&client);
}

Test(http_connection, answers_and_keeps_the_connection) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    for (int i = 0; i < 3; i++) {
        char *reply = client_exchange(&client, HELLO);
        cr_expect_str_eq(reply, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n"
                                "Cache-Control: no-store\r\n\r\n{\"hello\":\"world\"}");
        free(reply);
        reply = client_exchange(&client, ECHO_ABC);
        cr_expect_str_eq(body_of(reply), "\"abc\"");
        free(reply);
    }
    client_close(&client);
    fixture_stop(fixture);
}

Test(http_connection, gives_leave_to_a_client_that_waits_with_its_body) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    for (int i = 0; i < 2; i++) { // leave is given for each request anew
        client_send(&client, "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        char interim[26] = "";
        cr_assert_eq(SSL_read(client.ssl, interim, 25), 25);
        cr_expect_str_eq(interim, "HTTP/1.1 100 Continue\r\n\r\n");
        char *reply = client_exchange(&client, "\"abc\"");
        cr_expect_str_eq(body_of(reply), "\"abc\"");
        free(reply);
    }
    // A body that came with its head needs no leave.
    char *reply = client_exchange(&client, "POST /echo HTTP/1.1\r\n" HOST JSON
                                           "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n\"abc\"");
    cr_expect_str_eq(body_of(reply), "\"abc\"");
    free(reply);
    client_close(&client);
    fixture_stop(fixture);
}

Test(http_connection, closes_when_asked_to) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    static const char *const REQUESTS[] = {"GET /hello HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
                                           "GET /hello HTTP/1.0\r\n\r\n"};
    for (size_t i = 0; i < 2; i++) {
        struct client client = client_connect(fixture);
        client_send(&client, REQUESTS[i]);
        char *reply = client_receive_all(&client);
        cr_expect_eq(status_of(reply), 200);
        cr_expect(has(reply, "\r\nConnection: close\r\n"));
        free(reply);
        client_close(&client);
    }
    fixture_stop(fixture);
}

Test(http_connection, answers_pipelined_requests_in_order) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    char many[50 * (sizeof HELLO + sizeof ECHO_ABC)] = "";
    for (int i = 0; i < 50; i++) {
        strcat(many, i % 2 == 0 ? HELLO : ECHO_ABC);
    }
    client_send(&client, many);
    for (int i = 0; i < 50; i++) {
        char *reply = client_receive(&client);
        cr_expect_str_eq(body_of(reply), i % 2 == 0 ? "{\"hello\":\"world\"}" : "\"abc\"", "reply %d: %s", i, reply);
        free(reply);
    }
    client_close(&client);
    fixture_stop(fixture);
}

static void reply_text(struct http_request *request, void *text) {
    struct buf body = {0};
    buf_put_str(&body, text);
    http_reply_send(request, &body);
}

static void reply_with(struct http_request *kept, char *text) {
    http_request_resume(kept, reply_text, text);
}

// One request in one record of `len` bytes on the wire, without padding of TLS.
static void send_record(struct client *client, size_t len) {
    char text[4096] = "GET /hello HTTP/1.1\r\n" HOST "X: ";
    const size_t around = 5 + 1 + 16; // of a record of TLS 1.3
    const size_t filled = strlen(text);
    const size_t end = len - around - strlen("\r\n\r\n");
    cr_assert(end > filled && end + 5 < sizeof text);
    memset(text + filled, 'x', end - filled);
    (void)snprintf(text + end, sizeof text - end, "\r\n\r\n");
    client_send(client, text);
}

// OpenSSL reads from the socket as much as fits its buffer. Here a read ends where a record does, while more is
// waiting.
Test(http_connection, reads_on_where_the_buffer_of_tls_is_full_to_its_end) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    const size_t buffer = 16709;
    cr_assert_eq(SSL_set_block_padding(client.ssl, 1), 1);
    client_send(&client, LATER);
    struct http_request *kept = fixture_wait_kept(fixture); // what follows gathers in the socket
    for (size_t i = 0; i < 16; i++) {
        send_record(&client, 1000);
    }
    send_record(&client, buffer - 16 * 1000);
    send_record(&client, 300);
    free(ask(fixture, HELLO)); // the worker has seen that there is more, and is not told again
    reply_with(kept, "{}");
    for (size_t i = 0; i < 1 + 16 + 2; i++) {
        char *reply = client_receive(&client);
        cr_assert_eq(status_of(reply), 200, "reply %zu", i);
        free(reply);
    }
    client_close(&client);
    fixture_stop(fixture);
}

Test(http_connection, answers_what_came_while_a_request_was_handled) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    for (int i = 0; i < 20; i++) {
        client_send(&client, LATER);
        struct http_request *kept = fixture_wait_kept(fixture);
        client_send(&client, HELLO);
        reply_with(kept, "{}");
        for (int k = 0; k < 2; k++) {
            char *reply = client_receive(&client);
            cr_assert_str_eq(body_of(reply), k == 0 ? "{}" : "{\"hello\":\"world\"}");
            free(reply);
        }
    }
    client_close(&client);
    fixture_stop(fixture);
}

Test(http_connection, takes_requests_however_they_are_cut) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    char many[20 * (sizeof HELLO + sizeof ECHO_ABC)] = "";
    unsigned seed = 1;
    for (int round = 0; round < 20; round++) {
        many[0] = '\0';
        for (int i = 0; i < 20; i++) {
            strcat(many, i % 2 == 0 ? ECHO_ABC : HELLO);
        }
        size_t left = strlen(many);
        for (const char *at = many; left > 0;) {
            size_t part = 1 + (size_t)rand_r(&seed) % 200;
            part = part > left ? left : part;
            client_send_bytes(&client, at, part);
            at += part;
            left -= part;
        }
        for (int i = 0; i < 20; i++) {
            char *reply = client_receive(&client);
            cr_assert_str_eq(body_of(reply), i % 2 == 0 ? "\"abc\"" : "{\"hello\":\"world\"}", "%s", reply);
            free(reply);
        }
    }
    client_close(&client);
    fixture_stop(fixture);
}

Test(http_connection, takes_a_request_byte_by_byte) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    for (const char *at = ECHO_ABC; *at != '\0'; at++) {
        client_send_bytes(&client, at, 1);
    }
    char *reply = client_receive(&client);
    cr_expect_str_eq(body_of(reply), "\"abc\"");
    free(reply);
    client_close(&client);
    fixture_stop(fixture);
}

Test(http_connection, takes_the_largest_body_and_refuses_one_byte_more) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    char head[256];
    char *body = malloc(settings.max_body);
    cr_assert_not_null(body);
    memset(body, '1', settings.max_body);
    struct client client = client_connect(fixture);
    (void)snprintf(head, sizeof head, "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: %zu\r\n\r\n",
                   settings.max_body);
    for (int i = 0; i < 2; i++) {
        client_send(&client, head);
        client_send_bytes(&client, body, settings.max_body);
        char *reply = client_receive(&client);
        cr_expect_eq(status_of(reply), 200);
        cr_expect_eq(strlen(body_of(reply)), settings.max_body);
        free(reply);
    }
    // The refusal arrives whole, although the client is still sending.
    (void)snprintf(head, sizeof head, "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: %zu\r\n\r\n",
                   settings.max_body + 1);
    client_send(&client, head);
    client_send_bytes(&client, body, settings.max_body);
    char *reply = client_receive_all(&client);
    cr_expect_eq(status_of(reply), 413);
    cr_expect(has(reply, "longer than 65536 bytes"), "%s", reply);
    free(reply);
    client_close(&client);
    free(body);
    fixture_stop(fixture);
}

Test(http_connection, refuses_what_could_be_read_in_two_ways) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    static const char *const REQUESTS[] = {
        "POST /echo HTTP/1.1\r\n" HOST JSON "Transfer-Encoding: chunked\r\n\r\n5\r\n\"abc\"\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\n" HOST JSON "Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n\r\n{}",
        "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 2\r\nContent-Length: 200\r\n\r\n{}",
        "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: +2\r\n\r\n{}",
        "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: -2\r\n\r\n{}",
        "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 2, 2\r\n\r\n{}",
        "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 0x2\r\n\r\n{}",
        "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length : 2\r\n\r\n{}",
        "POST /echo HTTP/1.1\r\n" HOST JSON "X-Else: a\r\n Content-Length: 2\r\n\r\n{}",
        "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 2\n\n{}\r\n\r\n",
        "POST /echo HTTP/1.1\r\n" HOST JSON "\r\n{}",
        "GET /hello HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}",
        "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 2\r\nExpect: a miracle\r\n\r\n{}",
        "GET http://localhost/hello HTTP/1.1\r\n" HOST "\r\n",
        "GET /hello HTTP/1.1\r\n\r\n",
        "GET /hello HTTP/1.1\r\n" HOST HOST "\r\n",
        "GET /hello HTTP/3.1\r\n" HOST "\r\n",
        "\r\n" HELLO,
        "nonsense\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof REQUESTS / sizeof REQUESTS[0]; i++) {
        refuses(fixture, REQUESTS[i], 400);
    }
    fixture_stop(fixture);
}

Test(http_connection, refuses_other_content_than_json) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    refuses(fixture, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n{}", 415);
    refuses(fixture, "POST /echo HTTP/1.1\r\n" HOST "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415);
    fixture_stop(fixture);
}

Test(http_connection, refuses_unknown_paths) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    static const char *const PATHS[] = {"/",      "/hell",   "/hello/",  "/hello?x=1",
                                        "/HELLO", "//hello", "/%68ello", "/x/../hello"};
    for (size_t i = 0; i < sizeof PATHS / sizeof PATHS[0]; i++) {
        char request[128];
        (void)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" HOST "\r\n", PATHS[i]);
        refuses(fixture, request, 404);
    }
    fixture_stop(fixture);
}

Test(http_connection, refuses_other_methods_and_names_those_that_are_allowed) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    static const struct {
        const char *request, *allow;
    } cases[] = {
        {"GET /echo HTTP/1.1\r\n" HOST "\r\n", "\r\nAllow: POST\r\n"},
        {"POST /hello HTTP/1.1\r\n" HOST JSON "Content-Length: 2\r\n\r\n{}", "\r\nAllow: GET\r\n"},
        {"DELETE /both HTTP/1.1\r\n" HOST "\r\n", "\r\nAllow: GET, POST\r\n"},
        {"OPTIONS /hello HTTP/1.1\r\n" HOST "\r\n", "\r\nAllow: GET\r\n"},
        {"PUT /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 2\r\n\r\n{}", "\r\nAllow: POST\r\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        refuses(fixture, cases[i].request, 405);
        char *reply = ask(fixture, cases[i].request);
        cr_expect(has(reply, cases[i].allow), "%s", reply);
        free(reply);
    }
    fixture_stop(fixture);
}

Test(http_connection, answers_head_without_a_body) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    client_send(&client, "HEAD /hello HTTP/1.1\r\n" HOST "\r\n");
    char *reply = client_receive_all(&client);
    cr_expect_eq(status_of(reply), 405);
    cr_expect_str_eq(body_of(reply), "");
    free(reply);
    client_close(&client);
    fixture_stop(fixture);
}

Test(http_connection, refuses_a_head_that_does_not_end) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    char request[MAX_HEADERS + 64];
    // Without an end, and with one beyond the bound.
    for (int ended = 0; ended < 2; ended++) {
        memset(request, 'x', sizeof request);
        memcpy(request, "GET /hello HTTP/1.1\r\nHost: ", 27);
        memcpy(request + sizeof request - 5, ended == 1 ? "\r\n\r\n" : "xxxx", 5);
        refuses(fixture, request, 413);
    }
    fixture_stop(fixture);
}

// Everything that comes back over a plain socket: no content may be among it.
static void never_answers_plaintext(struct fixture *fixture, const char *text) {
    char got[4096] = "";
    size_t len = 0;
    int fd = tcp_connect(fixture);
    cr_assert_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
    for (ssize_t more = 0; (more = recv(fd, got + len, sizeof got - 1 - len, 0)) > 0;) {
        len += (size_t)more;
    }
    cr_expect(errno != EAGAIN, "the connection stays open");
    cr_expect_leq(len, 7, "%zu bytes came back", len); // a TLS alert at most
    cr_expect_null(memmem(got, len, "HTTP", 4));
    (void)close(fd);
}

Test(http_connection, never_answers_plaintext) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    errno = 0;
    never_answers_plaintext(fixture, HELLO);
    never_answers_plaintext(fixture, ECHO_ABC);
    never_answers_plaintext(
        fixture, "\x16\x03\x01\x01\x05hello, this is no handshake, and longer than the record says. " HELLO HELLO HELLO
                     HELLO HELLO HELLO HELLO);
    fixture_stop(fixture);
}

// The client's handshake ends before the server has judged its certificate: the judgement comes with the first read.
static void refuses_certificate(struct fixture *fixture, const struct tls_files *files, const char *alert) {
    struct client client = client_prepare(fixture, files);
    char reason[256] = "";
    char byte = 0;
    if (SSL_connect(client.ssl) == 1) {
        (void)SSL_write(client.ssl, HELLO, sizeof HELLO - 1);
        cr_expect_leq(SSL_read(client.ssl, &byte, 1), 0, "answered in spite of: %s", alert);
    }
    ERR_error_string_n(ERR_peek_error(), reason, sizeof reason);
    cr_expect(has(reason, alert), "\"%s\" instead of: %s", reason, alert);
    ERR_clear_error();
    client_close(&client);
}

Test(http_connection, refuses_certificates_that_are_not_good) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct pki *foreign = pki_new();
    struct tls_files files = pki_client(foreign, "foreign", AGENCY);
    refuses_certificate(fixture, &files, "alert unknown ca");
    files =
        pki_issue(fixture->pki, "old",
                  &(struct pki_wish){.uris = {AGENCY}, .client = true, .valid_from_s = -7200, .valid_until_s = -60});
    refuses_certificate(fixture, &files, "alert certificate expired");
    files =
        pki_issue(fixture->pki, "early",
                  &(struct pki_wish){.uris = {AGENCY}, .client = true, .valid_from_s = 3600, .valid_until_s = 7200});
    refuses_certificate(fixture, &files, "alert bad certificate");
    files = pki_server(fixture->pki, "other-side", AGENCY);
    refuses_certificate(fixture, &files, "alert unsupported certificate");
    files = pki_issue(fixture->pki, "no-purpose", &(struct pki_wish){.uris = {AGENCY}});
    refuses_certificate(fixture, &files, "alert unsupported certificate");
    refuses_certificate(fixture, NULL, "alert certificate required");
    pki_free(foreign);
    fixture_stop(fixture);
}

Test(http_connection, refuses_a_certificate_without_exactly_one_identity) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    static const struct pki_wish WISHES[] = {
        {.client = true},
        {.client = true, .hosts = {"north.example"}},
        {.client = true, .uris = {AGENCY, "urn:signpost:demo:agency:south"}},
        {.client = true, .uris = {AGENCY, "https://north.example"}},
        {.client = true, .uris = {"https://north.example"}},
    };
    for (size_t i = 0; i < sizeof WISHES / sizeof WISHES[0]; i++) {
        struct tls_files files = pki_issue(fixture->pki, "odd", &WISHES[i]);
        struct client client = client_connect_as(fixture, &files);
        client_send(&client, HELLO);
        char *reply = client_receive_all(&client);
        cr_expect_eq(status_of(reply), 403, "%s", reply);
        free(reply);
        client_close(&client);
    }
    fixture_stop(fixture);
}

Test(http_connection, refuses_a_certificate_that_expires_while_its_connection_lasts) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct tls_files files =
        pki_issue(fixture->pki, "brief",
                  &(struct pki_wish){.uris = {AGENCY}, .client = true, .valid_from_s = -60, .valid_until_s = 3});
    struct client client = client_connect_as(fixture, &files);
    int64_t began_us = clock_monotonic_us();
    for (int status = 200; status != 403;) {
        char *reply = client_exchange(&client, HELLO);
        status = status_of(reply);
        cr_assert(status == 200 || status == 403, "%s", reply);
        cr_assert_lt(clock_monotonic_us() - began_us, LONG_US, "still served");
        free(reply);
    }
    cr_expect(client_is_closed(&client));
    client_close(&client);
    fixture_stop(fixture);
}

Test(http_connection, takes_an_ed25519_certificate) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct tls_files files =
        pki_issue(fixture->pki, "edwards", &(struct pki_wish){.uris = {AGENCY}, .client = true, .ed25519 = true});
    struct client client = client_connect_as(fixture, &files);
    char *reply = client_exchange(&client, HELLO);
    cr_expect_eq(status_of(reply), 200);
    free(reply);
    client_close(&client);
    fixture_stop(fixture);
}

// Sends a byte now and then, so that a deadline which restarts with every byte would never come.
static void is_cut_off(int fd, void (*drip)(void *arg, size_t i), void *arg) {
    int64_t began_us = clock_monotonic_us();
    struct pollfd wait = {.fd = fd, .events = POLLIN | POLLRDHUP};
    for (size_t i = 0; poll(&wait, 1, SHORT_MS / 10) == 0; i++) {
        cr_assert_lt(clock_monotonic_us() - began_us, LONG_US, "not cut off");
        drip(arg, i);
    }
    cr_expect_gt(clock_monotonic_us() - began_us, SHORT_MS * 1000 / 2, "cut off too early");
}

static void drip_plain(void *arg, size_t i) {
    // The beginning of a ClientHello record of 16 KiB.
    static const char RECORD[] = {0x16, 0x03, 0x01, 0x3f, 0x00, 0x01, 0x00, 0x3e, 0x00, 0x03, 0x03};
    const int *fd = arg;
    (void)send(*fd, i < sizeof RECORD ? &RECORD[i] : "x", 1, MSG_NOSIGNAL);
}

Test(http_connection, cuts_off_a_slow_handshake) {
    struct http_settings settings = fixture_settings();
    settings.handshake_timeout_ms = SHORT_MS;
    struct fixture *fixture = fixture_start(&settings);
    int fd = tcp_connect(fixture);
    is_cut_off(fd, drip_plain, &fd);
    (void)close(fd);
    fixture_stop(fixture);
}

static void drip_head(void *arg, size_t i) {
    static const char HEAD[] = "GET /hello HTTP/1.1\r\n";
    (void)SSL_write(arg, i < sizeof HEAD - 1 ? &HEAD[i] : "x", 1);
}

Test(http_connection, cuts_off_a_slow_head) {
    struct http_settings settings = fixture_settings();
    settings.request_timeout_ms = SHORT_MS;
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    is_cut_off(client.fd, drip_head, client.ssl);
    client_close(&client);
    fixture_stop(fixture);
}

static void drip_body(void *arg, size_t i) {
    (void)i;
    (void)SSL_write(arg, "1", 1);
}

Test(http_connection, cuts_off_a_slow_body) {
    struct http_settings settings = fixture_settings();
    settings.request_timeout_ms = SHORT_MS;
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    client_send(&client, "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 60000\r\n\r\n");
    is_cut_off(client.fd, drip_body, client.ssl);
    client_close(&client);
    fixture_stop(fixture);
}

Test(http_connection, closes_an_idle_connection) {
    struct http_settings settings = fixture_settings();
    settings.idle_timeout_ms = SHORT_MS;
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    char *reply = client_exchange(&client, HELLO);
    cr_expect_eq(status_of(reply), 200);
    free(reply);
    int64_t began_us = clock_monotonic_us();
    cr_expect(client_is_closed(&client));
    int64_t lasted_us = clock_monotonic_us() - began_us;
    cr_expect(lasted_us > SHORT_MS * 1000 / 2 && lasted_us < LONG_US, "%ld us", (long)lasted_us);
    cr_expect(SSL_get_shutdown(client.ssl) & SSL_RECEIVED_SHUTDOWN, "closed without a word");
    client_close(&client);
    fixture_stop(fixture);
}

Test(http_connection, cuts_off_a_client_that_does_not_read_its_reply) {
    struct http_settings settings = fixture_settings();
    settings.write_timeout_ms = SHORT_MS;
    settings.max_connections = 1;
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    client_send(&client, "GET /large HTTP/1.1\r\n" HOST "\r\n");
    wait_for_room(fixture);
    char *rest = malloc(LARGE_REPLY);
    cr_assert_not_null(rest);
    size_t got = 0;
    for (int more = 0; (more = SSL_read(client.ssl, rest, LARGE_REPLY)) > 0;) {
        got += (size_t)more;
    }
    cr_expect_lt(got, LARGE_REPLY);
    free(rest);
    ERR_clear_error();
    client_close(&client);
    fixture_stop(fixture);
}

Test(http_connection, sends_a_reply_larger_than_the_sockets_hold) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    client_send(&client, "GET /large HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    char *rest = malloc(LARGE_REPLY);
    cr_assert_not_null(rest);
    size_t got = 0;
    for (int more = 0; (more = SSL_read(client.ssl, rest, LARGE_REPLY)) > 0;) {
        got += (size_t)more;
    }
    cr_expect_gt(got, LARGE_REPLY);
    free(rest);
    client_close(&client);
    fixture_stop(fixture);
}

// The bytes on the wire, counted beneath TLS.
static uint64_t wire_bytes(struct client *client, const char *request) {
    uint64_t before = BIO_number_read(SSL_get_rbio(client->ssl));
    char *reply = client_exchange(client, request);
    cr_expect_eq(status_of(reply), 200);
    free(reply);
    return BIO_number_read(SSL_get_rbio(client->ssl)) - before;
}

Test(http_connection, pads_replies_so_that_their_length_on_the_wire_says_little) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    uint64_t first = wire_bytes(&client, ECHO_ABC);
    uint64_t other = wire_bytes(&client, "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 5\r\n\r\n\"xyz\"");
    uint64_t longer = wire_bytes(&client, "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 8\r\n\r\n\"abcdef\"");
    cr_expect_eq(first, other);
    cr_expect_eq(first, longer);
    cr_expect_eq(first % TLS_RECORD_PADDING, 5 + 16, "%lu: a record's head and tag beside whole blocks", first);
    client_close(&client);
    fixture_stop(fixture);
}
