// SPDX-License-Identifier: Apache-2.0
// Through a proxy that is real, small and the test's own.
#include "proto/http_proxy.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/http_client.h"
#include "tests/proto/http_fixture.h"
#include "tests/support/connect_proxy.h"

#define PATIENCE_MS 10000

static struct fixture *fixture;
static struct connect_proxy *proxy;
static char base[64], url[64];

static void begin(void) {
    static const char *const names[] = {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)unsetenv(names[i]);
    }
    struct http_settings settings = fixture_settings();
    fixture = fixture_start(&settings);
    snprintf(base, sizeof base, "https://127.0.0.1:%u", http_server_port(fixture->server));
}

static void end(void) {
    if (proxy != NULL) {
        connect_proxy_stop(proxy);
    }
    fixture_stop(fixture);
}

TestSuite(http_proxy, .init = begin, .fini = end, .timeout = 60);

static void start_proxy(const char *credentials, int status) {
    proxy = connect_proxy_start(credentials, status);
    snprintf(url, sizeof url, "http://127.0.0.1:%u", connect_proxy_port(proxy));
}

static err_t try_client(const char *proxy_url, const char *credentials, struct http_client **out) {
    const struct http_client_settings settings = {.ca = fixture->client_files.ca,
                                                  .certificate = fixture->client_files.certificate,
                                                  .key = fixture->client_files.key,
                                                  .proxy = proxy_url,
                                                  .proxy_credentials = credentials,
                                                  .connect_timeout_ms = PATIENCE_MS,
                                                  .timeout_ms = PATIENCE_MS};
    return http_client_new(&settings, out);
}

static struct http_client *client_by(const char *proxy_url, const char *credentials) {
    struct http_client *client = NULL;
    cr_assert_eq(try_client(proxy_url, credentials, &client), OK, "%s", err_detail());
    return client;
}

// One GET; "" says that it must be answered.
static void get(struct http_client *client, const char *failure) {
    struct http_exchange exchange = {.base = base, .path = "/hello"};
    http_client_run(client, &exchange, 1);
    cr_expect_eq(exchange.err, failure[0] == '\0' ? OK : ERR_NETWORK, "%d: %s", (int)exchange.err, exchange.detail);
    cr_expect_not_null(strstr(exchange.detail, failure), "\"%s\" instead of \"%s\"", exchange.detail, failure);
    buf_free(&exchange.reply);
}

static const char *write_credentials(const char *text, mode_t mode) {
    const char *path = pki_path(fixture->pki, "proxy.credentials");
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(chmod(path, mode), 0);
    return path;
}

Test(http_proxy, opens_one_way_for_many_requests) {
    start_proxy(NULL, 0);
    struct http_client *client = client_by(url, NULL);
    for (int i = 0; i < 5; i++) {
        get(client, "");
    }
    cr_expect_eq(connect_proxy_opened(proxy), 1);
    http_client_free(client);
}

Test(http_proxy, is_taken_from_the_environment_unless_the_setting_says_none) {
    start_proxy(NULL, 0);
    cr_assert_eq(setenv("HTTPS_PROXY", url, 1), 0);
    struct http_client *client = client_by(NULL, NULL);
    get(client, "");
    cr_expect_eq(connect_proxy_opened(proxy), 1);
    http_client_free(client);
    client = client_by("none", NULL);
    get(client, "");
    cr_expect_eq(connect_proxy_opened(proxy), 1);
    http_client_free(client);
}

Test(http_proxy, is_left_out_where_no_proxy_says_so) {
    start_proxy(NULL, 0);
    cr_assert_eq(setenv("NO_PROXY", "example.org,127.0.0.1", 1), 0);
    struct http_client *client = client_by(url, NULL);
    get(client, "");
    cr_expect_eq(connect_proxy_asked(proxy), 0);
    http_client_free(client);
}

Test(http_proxy, is_told_who_we_are) {
    start_proxy("north:pass:word", 0);
    struct http_client *client = client_by(url, write_credentials("north:pass:word\n", 0600));
    get(client, "");
    cr_expect_eq(connect_proxy_opened(proxy), 1);
    http_client_free(client);
    // The way of curl and of most systems: in the environment.
    char with[128];
    snprintf(with, sizeof with, "http://north:pass%%3aword@127.0.0.1:%u", connect_proxy_port(proxy));
    cr_assert_eq(setenv("https_proxy", with, 1), 0);
    client = client_by(NULL, NULL);
    get(client, "");
    cr_expect_eq(connect_proxy_opened(proxy), 2);
    http_client_free(client);
}

Test(http_proxy, that_wants_a_password_is_named_as_the_cause) {
    start_proxy("north:secret", 0);
    struct http_client *client = client_by(url, NULL);
    get(client, "the proxy wants a name and a password");
    http_client_free(client);
    client = client_by(url, write_credentials("north:wrong", 0600));
    get(client, "check `proxy_credentials`");
    cr_expect_eq(connect_proxy_opened(proxy), 0);
    http_client_free(client);
}

Test(http_proxy, that_refuses_is_named_as_the_cause) {
    start_proxy(NULL, 403);
    struct http_client *client = client_by(url, NULL);
    get(client, "have the scheme's addresses and ports allowed");
    http_client_free(client);
    client = client_by("http://no-such-proxy.invalid:3128", NULL);
    get(client, "the proxy's name is not known");
    http_client_free(client);
    client = client_by("http://127.0.0.1:1", NULL);
    get(client, "127.0.0.1 port 1 ");
    http_client_free(client);
}

Test(http_proxy, cannot_read_or_change_what_passes) {
    // A proxy that ends TLS itself would show a certificate of its own: as if it were the server.
    struct pki *agency = pki_new();
    struct tls_files files = pki_server(agency, "inspection", INDEX);
    SSL_CTX *context = NULL;
    cr_assert_eq(tls_server_context(&files, &context), OK, "%s", err_detail());
    http_server_set_context(fixture->server, context);
    SSL_CTX_free(context);
    start_proxy(NULL, 0);
    struct http_client *client = client_by(url, NULL);
    struct http_exchange exchange = {.base = base, .path = "/hello"};
    http_client_run(client, &exchange, 1);
    cr_expect_eq(exchange.err, ERR_TLS, "%s", exchange.detail);
    cr_expect_not_null(strstr(exchange.detail, "for inspection"), "%s", exchange.detail);
    buf_free(&exchange.reply);
    http_client_free(client);
    pki_free(agency);
}

static void refuses(const char *proxy_url, const char *credentials, err_t expected, const char *says) {
    struct http_client *client = NULL;
    cr_expect_eq(try_client(proxy_url, credentials, &client), expected, "%s", err_detail());
    cr_expect_not_null(strstr(err_detail(), says), "\"%s\" instead of \"%s\"", err_detail(), says);
    cr_expect_null(strstr(err_detail(), "hunter2"));
    cr_expect_null(client);
}

Test(http_proxy, refuses_settings_that_cannot_work_or_tell_the_password) {
    refuses("proxy.example:3128", NULL, ERR_INPUT, "must be none or http://");
    refuses("https://proxy.example:3128", NULL, ERR_INPUT, "must be none or http://");
    refuses("http://north:hunter2@proxy.example:3128", NULL, ERR_INPUT, "put them into a file");
    refuses("http://proxy.example", write_credentials("north:hunter2", 0644), ERR_DENIED, "chmod 600");
    refuses("http://proxy.example", write_credentials("hunter2", 0600), ERR_INPUT, "NAME:PASSWORD");
    refuses("http://proxy.example", pki_path(fixture->pki, "nothing"), ERR_NOT_FOUND, "nothing");
    cr_assert_eq(setenv("HTTPS_PROXY", "https://proxy.example", 1), 0);
    refuses(NULL, NULL, ERR_INPUT, "HTTPS_PROXY names a proxy by https://");
    struct http_client *client = client_by("none", NULL);
    http_client_free(client);
}
