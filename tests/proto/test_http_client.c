// SPDX-License-Identifier: Apache-2.0
#include "proto/http_client.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/proto/http_fixture.h"

#define TEN_SECONDS_MS 10000

static char base[64];
static char other_base[64];

// The machine's own proxy is no part of these tests.
static void forget_proxies(void) {
    static const char *const NAMES[] = {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        (void)unsetenv(NAMES[i]);
    }
}

TestSuite(http_client, .init = forget_proxies);

static struct http_client_settings settings_of(const struct tls_files *files) {
    return (struct http_client_settings){.ca = files->ca,
                                         .certificate = files->certificate,
                                         .key = files->key,
                                         .connect_timeout_ms = TEN_SECONDS_MS,
                                         .timeout_ms = TEN_SECONDS_MS};
}

static struct http_client *client_of(const struct http_client_settings *settings) {
    struct http_client *client = NULL;
    cr_assert_eq(http_client_new(settings, &client), OK, "%s", err_detail());
    return client;
}

static struct fixture *start(const struct http_settings *settings) {
    struct fixture *fixture = fixture_start(settings);
    (void)snprintf(base, sizeof base, "https://127.0.0.1:%u", http_server_port(fixture->server));
    return fixture;
}

static struct fixture *start_default(void) {
    struct http_settings settings = fixture_settings();
    return start(&settings);
}

static struct http_client *client_for(struct fixture *fixture) {
    struct http_client_settings settings = settings_of(&fixture->client_files);
    return client_of(&settings);
}

// One GET that must fail so.
static void fails(struct http_client *client, const char *at, const char *path, err_t expected, const char *says) {
    struct http_exchange exchange = {.base = at, .path = path};
    cr_expect_eq(http_client_one(client, &exchange), expected, "%d: %s", (int)exchange.err, exchange.detail);
    cr_expect_not_null(strstr(exchange.detail, says), "\"%s\" instead of \"%s\"", exchange.detail, says);
    cr_expect_str_eq(err_detail(), exchange.detail);
    buf_free(&exchange.reply);
}

static bool reply_is(const struct http_exchange *exchange, const char *text) {
    return bytes_equal(buf_bytes(&exchange->reply), bytes_str(text));
}

Test(http_client, asks_and_keeps_the_connection) {
    struct fixture *fixture = start_default();
    struct http_client *client = client_for(fixture);
    struct http_exchange exchange = {.base = base, .path = "/hello"};
    cr_assert_eq(http_client_one(client, &exchange), OK, "%s", exchange.detail);
    cr_expect(reply_is(&exchange, "{\"hello\":\"world\"}"));
    cr_expect_eq(exchange.status, 200);
    cr_expect_gt(exchange.connect_us, 0);
    cr_expect_gt(exchange.tls_us, exchange.connect_us);
    cr_expect_geq(exchange.first_byte_us, exchange.tls_us);
    cr_expect_geq(exchange.total_us, exchange.first_byte_us);
    exchange.path = "/echo";
    exchange.body = bytes_str("\"abc\"");
    cr_assert_eq(http_client_one(client, &exchange), OK, "%s", exchange.detail);
    cr_expect(reply_is(&exchange, "\"abc\""));
    cr_expect_eq(exchange.tls_us, 0, "the connection was not kept");
    buf_free(&exchange.reply);
    http_client_free(client);
    fixture_stop(fixture);
}

Test(http_client, shows_its_certificate) {
    struct fixture *fixture = start_default();
    struct http_client *client = client_for(fixture);
    struct http_exchange exchange = {.base = base, .path = "/who"};
    cr_assert_eq(http_client_one(client, &exchange), OK, "%s", exchange.detail);
    cr_expect(reply_is(&exchange, "\"" AGENCY "\""));
    buf_free(&exchange.reply);
    http_client_free(client);
    fixture_stop(fixture);
}

Test(http_client, runs_exchanges_side_by_side_and_keeps_their_outcomes_apart) {
    struct fixture *fixture = start_default();
    struct http_client *client = client_for(fixture);
    struct http_exchange exchanges[] = {
        {.base = base, .path = "/hello"},
        {.base = base, .path = "/budget"},
        {.base = "https://127.0.0.1:1", .path = "/hello"},
        {.base = "http://127.0.0.1:1", .path = "/hello"},
        {.base = base, .path = "/echo", .body = bytes_str("[1]")},
    };
    http_client_run(client, exchanges, 5);
    cr_expect(exchanges[0].err == OK && reply_is(&exchanges[0], "{\"hello\":\"world\"}"));
    cr_expect_eq(exchanges[1].err, ERR_BUDGET);
    cr_expect_eq(exchanges[1].status, 429);
    cr_expect_not_null(strstr(exchanges[1].detail, "ask again tomorrow"), "%s", exchanges[1].detail);
    cr_expect_eq(exchanges[2].err, ERR_NETWORK);
    cr_expect_eq(exchanges[3].err, ERR_INPUT);
    cr_expect(exchanges[4].err == OK && reply_is(&exchanges[4], "[1]"));
    for (size_t i = 0; i < 5; i++) {
        buf_free(&exchanges[i].reply);
    }
    http_client_run(client, NULL, 0);
    http_client_free(client);
    fixture_stop(fixture);
}

Test(http_client, sends_large_bodies_without_expect) {
    struct http_settings settings = fixture_settings();
    settings.max_body = 2 * 1024 * 1024;
    struct fixture *fixture = start(&settings);
    struct http_client *client = client_for(fixture);
    struct buf body = {0};
    for (int i = 0; i < 500 * 1024; i++) {
        buf_put_u8(&body, '1');
    }
    struct http_exchange exchange = {.base = base, .path = "/echo", .body = buf_bytes(&body)};
    cr_assert_eq(http_client_one(client, &exchange), OK, "%s", exchange.detail);
    cr_expect(bytes_equal(buf_bytes(&exchange.reply), buf_bytes(&body)));
    // Where libcurl would wait for "100 Continue", which the server refuses.
    while (body.len <= 1024 * 1024) {
        buf_put(&body, "1111111111111111", 16);
    }
    exchange.body = buf_bytes(&body);
    cr_expect_eq(http_client_one(client, &exchange), ERR_TOO_LARGE, "%s", exchange.detail);
    buf_free(&exchange.reply);
    buf_free(&body);
    http_client_free(client);
    fixture_stop(fixture);
}

Test(http_client, bounds_the_reply) {
    struct fixture *fixture = start_default();
    struct http_client *client = client_for(fixture);
    fails(client, base, "/large", ERR_TOO_LARGE, "longer than");
    http_client_free(client);
    fixture_stop(fixture);
}

Test(http_client, maps_problems_back_to_errors) {
    struct fixture *fixture = start_default();
    struct http_client *client = client_for(fixture);
    fails(client, base, "/none", ERR_NOT_FOUND, "");
    fails(client, base, "/echo", ERR_METHOD, "");
    fails(client, base, "/silent", ERR_STALE, "");
    fails(client, base, "/inside", ERR_REFUSED, "");
    http_client_free(client);
    fixture_stop(fixture);
}

Test(http_client, says_why_the_servers_certificate_was_refused) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = start(&settings);
    struct http_client *client = client_for(fixture);
    // Another name than the certificate's.
    char target[96];
    (void)snprintf(target, sizeof target, "index.example:443:127.0.0.1:%u", http_server_port(fixture->server));
    struct http_client_settings named = settings_of(&fixture->client_files);
    named.connect_to = target;
    struct http_client *lost = client_of(&named);
    fails(lost, "https://index.example", "/hello", ERR_TLS,
          "the server's certificate was refused: it is for another name than the address that was asked: check");
    http_client_free(lost);
    // A server of another CA.
    struct pki *foreign = pki_new();
    struct tls_files files = pki_client(foreign, "client", AGENCY);
    struct http_client_settings stranger = settings_of(&files);
    lost = client_of(&stranger);
    fails(lost, base, "/hello", ERR_TLS,
          "the server's certificate was refused: it is not from the scheme's CA: check that `ca`");
    http_client_free(lost);
    pki_free(foreign);
    http_client_free(client);
    fixture_stop(fixture);
}

// A server of OpenSSL's bare bones, for certificates that ours would not serve with. Takes one connection.
struct bare_server {
    int fd;
    SSL_CTX *context;
    pthread_t thread;
    const char *reply; // NULL: closes after the handshake
};

// A connection that is closed before everything was read is reset, and a reset destroys the alert on its way.
static void let_alert_arrive(int fd) {
    char rest[4096];
    (void)shutdown(fd, SHUT_WR);
    while (recv(fd, rest, sizeof rest, 0) > 0) {
    }
}

static void *serve_once(void *arg) {
    struct bare_server *server = arg;
    char request[4096];
    int fd = accept(server->fd, NULL, NULL);
    SSL *ssl = SSL_new(server->context);
    if (fd >= 0 && ssl != NULL && SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) != 1) {
        let_alert_arrive(fd);
    } else if (server->reply != NULL && SSL_read(ssl, request, sizeof request) > 0) {
        (void)SSL_write(ssl, server->reply, (int)strlen(server->reply));
        (void)SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    (void)close(fd);
    return NULL;
}

static int listen_somewhere(char *out_base, size_t size) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(fd, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(listen(fd, 8), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(out_base, size, "https://127.0.0.1:%u", ntohs(address.sin_port));
    return fd;
}

static void bare_prepare(struct bare_server *server, const struct tls_files *files) {
    server->fd = listen_somewhere(other_base, sizeof other_base);
    server->context = SSL_CTX_new(TLS_server_method());
    cr_assert_not_null(server->context);
    cr_assert_eq(SSL_CTX_use_certificate_file(server->context, files->certificate, SSL_FILETYPE_PEM), 1);
    cr_assert_eq(SSL_CTX_use_PrivateKey_file(server->context, files->key, SSL_FILETYPE_PEM), 1);
}

static void bare_end(struct bare_server *server) {
    cr_assert_eq(pthread_join(server->thread, NULL), 0);
    SSL_CTX_free(server->context);
    (void)close(server->fd);
}

// What is asked of a server that takes one connection must fail so.
static void fails_at(struct http_client *client, struct bare_server *server, err_t expected, const char *says) {
    cr_assert_eq(pthread_create(&server->thread, NULL, serve_once, server), 0);
    fails(client, other_base, "/hello", expected, says);
    bare_end(server);
}

Test(http_client, refuses_servers_of_wrong_validity_purpose_or_version) {
    struct pki *pki = pki_new();
    struct tls_files files = pki_client(pki, "client", AGENCY);
    struct http_client_settings settings = settings_of(&files);
    struct http_client *client = client_of(&settings);
    static const struct {
        struct pki_wish wish;
        const char *says;
    } cases[] = {
        {{.uris = {INDEX}, .hosts = {"127.0.0.1"}, .server = true, .valid_from_s = -7200, .valid_until_s = -60},
         "it has expired: tell the server's operator"},
        {{.uris = {INDEX}, .hosts = {"127.0.0.1"}, .server = true, .valid_from_s = 3600, .valid_until_s = 7200},
         "it is not valid yet: check this machine's clock"},
        {{.uris = {INDEX}, .hosts = {"127.0.0.1"}, .client = true}, "it is not for this purpose, of a server"},
        {{.uris = {INDEX}, .hosts = {"127.0.0.1"}}, "purpose"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        files = pki_issue(pki, "odd", &cases[i].wish);
        struct bare_server server = {0};
        bare_prepare(&server, &files);
        fails_at(client, &server, ERR_TLS, cases[i].says);
    }
    files = pki_server(pki, "server", INDEX);
    struct bare_server server = {0};
    bare_prepare(&server, &files);
    cr_assert_eq(SSL_CTX_set_max_proto_version(server.context, TLS1_2_VERSION), 1);
    fails_at(client, &server, ERR_TLS, "protocol version");
    http_client_free(client);
    pki_free(pki);
}

Test(http_client, says_why_the_server_refused_our_certificate) {
    struct fixture *fixture = start_default();
    struct pki *foreign = pki_new();
    // The server now wants clients of another CA, while its own certificate stays good.
    SSL_CTX *context = NULL;
    struct tls_files foreign_files = pki_server(foreign, "server", INDEX);
    cr_assert_eq(tls_server_context(&foreign_files, &context), OK);
    cr_assert_eq(SSL_CTX_use_certificate_file(context, fixture->server_files.certificate, SSL_FILETYPE_PEM), 1);
    cr_assert_eq(SSL_CTX_use_PrivateKey_file(context, fixture->server_files.key, SSL_FILETYPE_PEM), 1);
    http_server_set_context(fixture->server, context);
    SSL_CTX_free(context);
    struct http_client *client = client_for(fixture);
    fails(client, base, "/hello", ERR_TLS, "the server refused our certificate: it is not from the scheme's CA");
    http_client_free(client);
    pki_free(foreign);
    fixture_stop(fixture);
}

static int refuse_with_code(X509_STORE_CTX *store, void *arg) {
    X509_STORE_CTX_set_error(store, *(int *)arg);
    return 0;
}

Test(http_client, tells_the_servers_alerts_apart) {
    struct pki *pki = pki_new();
    struct tls_files server_files = pki_server(pki, "server", INDEX);
    struct tls_files files = pki_client(pki, "client", AGENCY);
    struct http_client_settings settings = settings_of(&files);
    static const struct {
        int code;
        const char *says;
    } cases[] = {
        {X509_V_ERR_CERT_HAS_EXPIRED, "it has expired: ask the scheme authority for a new one"},
        {X509_V_ERR_CERT_REVOKED, "it was revoked: ask"},
        {X509_V_ERR_INVALID_PURPOSE, "it is not for this purpose: check"},
        {X509_V_ERR_CERT_NOT_YET_VALID, "it is not valid, or not yet: check the clocks"},
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "it is not from the scheme's CA: check"},
        {X509_V_ERR_APPLICATION_VERIFICATION, "the server refused the secure connection"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int code = cases[i].code;
        struct http_client *client = client_of(&settings);
        struct bare_server server = {0};
        bare_prepare(&server, &server_files);
        SSL_CTX_set_verify(server.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        SSL_CTX_set_cert_verify_callback(server.context, refuse_with_code, &code);
        fails_at(client, &server, ERR_TLS, cases[i].says);
        http_client_free(client);
    }
    pki_free(pki);
}

Test(http_client, refuses_own_files_that_are_not_good) {
    struct pki *pki = pki_new();
    struct pki_wish wish = {.uris = {AGENCY}, .client = true, .valid_from_s = -7200, .valid_until_s = -60};
    struct tls_files files = pki_issue(pki, "old", &wish);
    struct http_client_settings settings = settings_of(&files);
    struct http_client *client = NULL;
    cr_expect_eq(http_client_new(&settings, &client), ERR_EXPIRED);
    settings.certificate = pki_path(pki, "nothing");
    cr_expect_eq(http_client_new(&settings, &client), ERR_NOT_FOUND);
    cr_expect_null(client);
    http_client_free(NULL);
    pki_free(pki);
}

Test(http_client, calls_an_unreachable_server_so) {
    struct pki *pki = pki_new();
    struct tls_files files = pki_client(pki, "client", AGENCY);
    struct http_client_settings settings = settings_of(&files);
    struct http_client *client = client_of(&settings);
    fails(client, "https://127.0.0.1:1", "/hello", ERR_NETWORK, "");
    fails(client, "https://no-such-host.invalid", "/hello", ERR_NETWORK, "");
    http_client_free(client);
    // Connects, and hears nothing.
    settings.timeout_ms = SHORT_MS;
    client = client_of(&settings);
    int fd = listen_somewhere(other_base, sizeof other_base);
    int64_t began_us = clock_monotonic_us();
    fails(client, other_base, "/hello", ERR_NETWORK, "");
    cr_expect_lt(clock_monotonic_us() - began_us, LONG_US);
    (void)close(fd);
    http_client_free(client);
    pki_free(pki);
}

Test(http_client, goes_by_the_proxy_of_the_environment) {
    struct fixture *fixture = start_default();
    cr_assert_eq(setenv("HTTPS_PROXY", "http://127.0.0.1:1", 1), 0);
    struct http_client *client = client_for(fixture);
    fails(client, base, "/hello", ERR_NETWORK, "127.0.0.1 port 1 ");
    http_client_free(client);
    cr_assert_eq(setenv("NO_PROXY", "127.0.0.1", 1), 0);
    client = client_for(fixture);
    struct http_exchange exchange = {.base = base, .path = "/hello"};
    cr_expect_eq(http_client_one(client, &exchange), OK, "%s", exchange.detail);
    buf_free(&exchange.reply);
    http_client_free(client);
    fixture_stop(fixture);
}

Test(http_client, calls_a_lost_connection_a_network_error) {
    struct pki *pki = pki_new();
    struct tls_files server_files = pki_server(pki, "server", INDEX);
    struct tls_files files = pki_client(pki, "client", AGENCY);
    struct http_client_settings settings = settings_of(&files);
    static const char *const REPLIES[] = {
        NULL,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{}",
    };
    for (size_t i = 0; i < 4; i++) {
        struct http_client *client = client_of(&settings);
        struct bare_server server = {.reply = REPLIES[i]};
        bare_prepare(&server, &server_files);
        fails_at(client, &server, ERR_NETWORK, "");
        http_client_free(client);
    }
    pki_free(pki);
}

Test(http_client, believes_json_alone_and_follows_nothing) {
    struct pki *pki = pki_new();
    struct tls_files server_files = pki_server(pki, "server", INDEX);
    struct tls_files files = pki_client(pki, "client", AGENCY);
    struct http_client_settings settings = settings_of(&files);
    static const char *const REPLIES[] = {
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 503 Busy\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nbusy",
    };
    for (size_t i = 0; i < sizeof REPLIES / sizeof REPLIES[0]; i++) {
        struct http_client *client = client_of(&settings);
        struct bare_server server = {.reply = REPLIES[i]};
        bare_prepare(&server, &server_files);
        fails_at(client, &server, ERR_REFUSED, "");
        http_client_free(client);
    }
    pki_free(pki);
}

Test(http_client, knows_what_is_only_put_off_and_until_when) {
    struct pki *pki = pki_new();
    struct tls_files server_files = pki_server(pki, "server", INDEX);
    struct tls_files files = pki_client(pki, "client", AGENCY);
    struct http_client_settings settings = settings_of(&files);
#define PROBLEM(slug) "{\"type\":\"urn:signpost:problem:" slug "\",\"title\":\"No\"}"
    static const struct {
        const char *head, *body;
        err_t err;
        bool put_off;
        int64_t after_ms;
    } cases[] = {
        {"503 Busy\r\nRetry-After: 7", "busy", ERR_REFUSED, true, 7000},
        {"503 Busy", "busy", ERR_REFUSED, true, 0},
        {"503 Busy", PROBLEM("unavailable"), ERR_UNAVAILABLE, true, 0},
        {"503 Busy\r\nRetry-After: 1", PROBLEM("expired"), ERR_EXPIRED, false, 0},
        {"429 Slower\r\nRetry-After: 2", PROBLEM("budget-used-up"), ERR_BUDGET, true, 2000},
        {"429 Slower", PROBLEM("budget-used-up"), ERR_BUDGET, false, 0},
        {"429 Slower", "slower", ERR_REFUSED, true, 0},
        {"503 Busy\r\nRetry-After: Thu, 01 Jan 1970 00:00:01 GMT", "busy", ERR_REFUSED, true, 0},
        {"503 Busy\r\nRetry-After: soon", "busy", ERR_REFUSED, true, 0},
        {"500 Broken\r\nRetry-After: 1", "broken", ERR_REFUSED, false, 0},
        {"200 OK\r\nContent-Type: application/json\r\nRetry-After: 1", "{}", OK, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char reply[512];
        snprintf(reply, sizeof reply, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", cases[i].head,
                 strlen(cases[i].body), cases[i].body);
        struct http_client *client = client_of(&settings);
        struct bare_server server = {.reply = reply};
        bare_prepare(&server, &server_files);
        cr_assert_eq(pthread_create(&server.thread, NULL, serve_once, &server), 0);
        struct http_exchange exchange = {.base = other_base, .path = "/hello"};
        cr_expect_eq(http_client_one(client, &exchange), cases[i].err, "%zu: %s", i, exchange.detail);
        cr_expect_eq(exchange.put_off, cases[i].put_off, "%zu", i);
        cr_expect_eq(exchange.put_off ? exchange.retry_after_ms : 0, cases[i].after_ms, "%zu", i);
        bare_end(&server);
        buf_free(&exchange.reply);
        http_client_free(client);
    }
    pki_free(pki);
}

#define FINE "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

// Two connections: the first is answered once and then closed, either at once or when the next request has come in.
struct forgetful_server {
    struct bare_server bare;
    bool takes_another_request;
    int whole_requests;
};

static bool take_request(SSL *ssl, struct forgetful_server *server) {
    char request[4096] = "";
    size_t len = 0;
    for (int got = 0; (got = SSL_read(ssl, request + len, (int)(sizeof request - 1 - len))) > 0;) {
        len += (size_t)got;
        request[len] = '\0';
        if (strstr(request, "\r\n\r\n\"abc\"") != NULL) {
            server->whole_requests++;
            return true;
        }
    }
    return false;
}

static void *serve_twice(void *arg) {
    struct forgetful_server *server = arg;
    for (int i = 0; i < 2; i++) {
        int fd = accept(server->bare.fd, NULL, NULL);
        SSL *ssl = SSL_new(server->bare.context);
        if (fd >= 0 && ssl != NULL && SSL_set_fd(ssl, fd) == 1 && SSL_accept(ssl) == 1 && take_request(ssl, server)) {
            (void)SSL_write(ssl, FINE, sizeof FINE - 1);
            if (i == 0 && server->takes_another_request) {
                (void)take_request(ssl, server);
            }
        }
        SSL_free(ssl);
        (void)close(fd);
    }
    return NULL;
}

static void asks_again(bool takes_another_request) {
    struct pki *pki = pki_new();
    struct tls_files server_files = pki_server(pki, "server", INDEX);
    struct tls_files files = pki_client(pki, "client", AGENCY);
    struct http_client_settings settings = settings_of(&files);
    struct http_client *client = client_of(&settings);
    struct forgetful_server server = {.takes_another_request = takes_another_request};
    bare_prepare(&server.bare, &server_files);
    cr_assert_eq(pthread_create(&server.bare.thread, NULL, serve_twice, &server), 0);
    struct http_exchange exchange = {.base = other_base, .path = "/echo", .body = bytes_str("\"abc\"")};
    for (int i = 0; i < 2; i++) {
        cr_expect_eq(http_client_one(client, &exchange), OK, "%s", exchange.detail);
        cr_expect(reply_is(&exchange, "{}"));
    }
    bare_end(&server.bare);
    cr_expect_eq(server.whole_requests, takes_another_request ? 3 : 2);
    buf_free(&exchange.reply);
    http_client_free(client);
    pki_free(pki);
}

Test(http_client, asks_again_when_the_kept_connection_was_closed) {
    asks_again(false);
}

Test(http_client, asks_again_when_the_kept_connection_closes_upon_the_request) {
    asks_again(true);
}

Test(http_client, reaches_a_name_at_another_address) {
    struct fixture *fixture = start_default();
    char targets[128];
    (void)snprintf(targets, sizeof targets, "other.example:1:127.0.0.1:1, localhost:8443:127.0.0.1:%u",
                   http_server_port(fixture->server));
    struct http_client_settings settings = settings_of(&fixture->client_files);
    settings.connect_to = targets;
    struct http_client *client = client_of(&settings);
    struct http_exchange exchange = {.base = "https://localhost:8443", .path = "/hello"};
    cr_expect_eq(http_client_one(client, &exchange), OK, "%s", exchange.detail);
    buf_free(&exchange.reply);
    http_client_free(client);
    fixture_stop(fixture);
}
