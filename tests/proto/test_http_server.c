// SPDX-License-Identifier: Apache-2.0
#include "proto/http_server.h"

#include <criterion/criterion.h>
#include <openssl/err.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/proto/http_fixture.h"

Test(http_server, names_the_verified_peer) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    char *reply = ask(fixture, "GET /who HTTP/1.1\r\n" HOST "\r\n");
    cr_expect_str_eq(body_of(reply), "\"" AGENCY "\"");
    free(reply);
    fixture_stop(fixture);
}

Test(http_server, sends_the_handlers_errors_as_problems_and_keeps_the_connection) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    char *reply = client_exchange(&client, "GET /budget HTTP/1.1\r\n" HOST "\r\n");
    cr_expect_eq(status_of(reply), 429);
    cr_expect_not_null(strstr(reply, "Retry-After: 3600\r\n"));
    cr_expect(has(reply, "application/problem+json") && has(reply, "ask again tomorrow"), "%s", reply);
    cr_expect_not(has(reply, "Connection: close"));
    free(reply);
    // A detail of the request before must not travel with the next one.
    reply = client_exchange(&client, "GET /silent HTTP/1.1\r\n" HOST "\r\n");
    cr_expect_eq(status_of(reply), 409);
    cr_expect_not(has(reply, "tomorrow"), "%s", reply);
    free(reply);
    reply = client_exchange(&client, HELLO);
    cr_expect_eq(status_of(reply), 200);
    free(reply);
    client_close(&client);
    fixture_stop(fixture);
}

Test(http_server, keeps_inner_faults_to_itself) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    char *reply = ask(fixture, "GET /inside HTTP/1.1\r\n" HOST "\r\n");
    cr_expect_eq(status_of(reply), 500);
    cr_expect_not(has(reply, "secret-place"), "%s", reply);
    free(reply);
    fixture_stop(fixture);
}

Test(http_server, closes_connections_beyond_the_bound_at_once) {
    struct http_settings settings = fixture_settings();
    settings.max_connections = 2;
    struct fixture *fixture = fixture_start(&settings);
    struct client first = client_connect(fixture);
    struct client second = client_connect(fixture);
    struct client third = client_prepare(fixture, &fixture->client_files);
    cr_expect_neq(SSL_connect(third.ssl), 1);
    ERR_clear_error();
    client_close(&third);
    client_close(&first);
    wait_for_room(fixture);
    char *reply = client_exchange(&second, HELLO);
    cr_expect_eq(status_of(reply), 200);
    free(reply);
    client_close(&second);
    fixture_stop(fixture);
}

Test(http_server, a_stranger_gives_way_when_the_bound_is_reached) {
    struct http_settings settings = fixture_settings();
    settings.max_connections = 3;
    struct fixture *fixture = fixture_start(&settings);
    struct client served = client_connect(fixture);
    int silent[3] = {tcp_connect(fixture), tcp_connect(fixture), -1};
    char *reply = ask(fixture, HELLO); // takes the place of the first that is silent
    cr_expect_eq(status_of(reply), 200);
    free(reply);
    struct pollfd wait = {.fd = silent[0], .events = POLLIN};
    cr_expect_eq(poll(&wait, 1, LONG_US / 1000), 1);
    cr_expect_eq(recv(silent[0], &wait, 1, 0), 0, "closed");
    wait.fd = silent[1];
    cr_expect_eq(poll(&wait, 1, 0), 0, "still there");
    silent[2] = tcp_connect(fixture);
    reply = ask(fixture, HELLO); // and of the second
    cr_expect_eq(status_of(reply), 200);
    free(reply);
    cr_expect_eq(recv(silent[1], &wait, 1, 0), 0, "closed");
    reply = client_exchange(&served, HELLO);
    cr_expect_eq(status_of(reply), 200);
    free(reply);
    for (size_t i = 0; i < 3; i++) {
        (void)close(silent[i]);
    }
    client_close(&served);
    fixture_stop(fixture);
}

static int64_t cpu_us(void) {
    struct rusage used;
    cr_assert_eq(getrusage(RUSAGE_SELF, &used), 0);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000L + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

Test(http_server, goes_on_when_descriptors_were_short) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct rlimit few = {.rlim_cur = 64, .rlim_max = 64};
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    struct client client = client_prepare(fixture, &fixture->client_files);
    char *reply = NULL;
    int fillers[64];
    size_t count = 0;
    cr_assert_eq(SSL_connect(client.ssl), 1);
    while (count < 64 && (fillers[count] = dup(0)) >= 0) {
        count++;
    }
    cr_assert_gt(count, 0);
    (void)close(fillers[--count]);
    int fd = tcp_connect(fixture); // takes the last one, so that the server finds none
    struct pollfd wait = {.fd = fd, .events = POLLIN | POLLRDHUP};
    int64_t used_us = cpu_us();
    cr_expect_eq(poll(&wait, 1, SHORT_MS), 0, "neither served nor dropped");
    cr_expect_lt(cpu_us() - used_us, SHORT_MS * 1000 / 10, "the worker spins");
    reply = client_exchange(&client, HELLO);
    cr_expect_eq(status_of(reply), 200, "the others are served meanwhile");
    free(reply);
    while (count > 0) {
        (void)close(fillers[--count]);
    }
    struct client second = {.fd = fd, .context = client.context, .ssl = SSL_new(client.context)};
    cr_assert_eq(SSL_CTX_up_ref(second.context), 1);
    cr_assert_eq(SSL_set_fd(second.ssl, fd), 1);
    cr_expect_eq(SSL_connect(second.ssl), 1);
    client_close(&second);
    client_close(&client);
    fixture_stop(fixture);
}

// The beginning of a handshake, which whoever floods a server need make but once.
static size_t client_hello(struct fixture *fixture, uint8_t *out, size_t size) {
    struct client client = client_prepare(fixture, NULL);
    BIO *sent = BIO_new(BIO_s_mem());
    SSL_set_bio(client.ssl, BIO_new(BIO_s_mem()), sent);
    cr_assert_neq(SSL_connect(client.ssl), 1);
    const int len = BIO_read(sent, out, (int)size);
    cr_assert_gt(len, 0);
    client_close(&client);
    return (size_t)len;
}

Test(http_server, answers_its_peers_before_the_handshakes_of_strangers) {
    struct http_settings settings = fixture_settings();
    settings.max_connections = 2 * STRANGERS;
    struct fixture *fixture = fixture_start(&settings);
    uint8_t hello[4096];
    const size_t len = client_hello(fixture, hello, sizeof hello);
    struct client busy = client_connect(fixture);
    for (size_t i = 0; i < STRANGERS; i++) {
        fixture->strangers[i] = (struct pollfd){.fd = tcp_connect(fixture), .events = POLLIN};
    }
    struct client peer = client_connect(fixture); // all before it were accepted
    client_send(&busy, "GET /gate HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(sem_wait(&fixture->at_gate), 0);
    for (size_t i = 0; i < STRANGERS; i++) {
        cr_assert_eq(send(fixture->strangers[i].fd, hello, len, 0), (ssize_t)len);
    }
    client_send(&peer, "GET /strangers HTTP/1.1\r\n" HOST "\r\n");
    cr_assert_eq(sem_post(&fixture->gate), 0);
    char *reply = client_receive(&peer);
    cr_expect_leq(atoi(body_of(reply)), 2, "%s", body_of(reply)); // the loop sees so many events at a time
    free(reply);
    for (size_t i = 0; i < STRANGERS; i++) { // and then their turn comes
        cr_expect_eq(poll(&fixture->strangers[i], 1, LONG_US / 1000), 1);
        (void)close(fixture->strangers[i].fd);
    }
    client_close(&busy);
    client_close(&peer);
    fixture_stop(fixture);
}

static void reply_later(struct http_request *request, void *ctx) {
    struct buf body = {0};
    buf_put_str(&body, "\"later\"");
    *(pthread_t *)ctx = pthread_self();
    http_reply_send(request, &body);
}

static pthread_t replied_on;

static void *answer_later(void *kept) {
    http_request_resume(kept, reply_later, &replied_on);
    return NULL;
}

Test(http_server, resumes_on_its_worker_what_another_thread_has_answered) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    // What is pipelined behind a kept request waits for it.
    client_send(&client, LATER HELLO);
    pthread_t thread;
    struct http_request *kept = fixture_wait_kept(fixture);
    cr_expect(bytes_equal(http_request_body(kept), bytes_str("{}")));
    cr_assert_eq(pthread_create(&thread, NULL, answer_later, kept), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    char *reply = client_receive(&client);
    cr_expect_str_eq(body_of(reply), "\"later\"");
    free(reply);
    cr_expect(pthread_equal(replied_on, fixture->kept_on));
    reply = client_receive(&client);
    cr_expect_str_eq(body_of(reply), "{\"hello\":\"world\"}");
    free(reply);
    client_close(&client);
    fixture_stop(fixture);
}

Test(http_server, is_not_harmed_by_a_client_that_leaves_before_its_reply) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    client_send(&client, LATER);
    struct http_request *kept = fixture_wait_kept(fixture);
    struct linger reset = {.l_onoff = 1};
    cr_assert_eq(setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
    client_close(&client);
    char *reply = ask(fixture, HELLO); // the reset has been seen by the loop before this is answered
    cr_expect_eq(status_of(reply), 200);
    free(reply);
    (void)answer_later(kept);
    reply = ask(fixture, HELLO);
    cr_expect_eq(status_of(reply), 200);
    free(reply);
    fixture_stop(fixture);
}

struct stop {
    struct fixture *fixture;
    int64_t grace_ms;
};

static void *stop_server(void *arg) {
    struct stop *stop = arg;
    http_server_stop(stop->fixture->server, stop->grace_ms);
    return NULL;
}

Test(http_server, lets_replies_in_hand_finish_when_it_stops) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct client idle = client_connect(fixture);
    struct client client = client_connect(fixture);
    client_send(&client, LATER);
    struct http_request *kept = fixture_wait_kept(fixture);
    pthread_t thread;
    struct stop stop = {fixture, 10000};
    cr_assert_eq(pthread_create(&thread, NULL, stop_server, &stop), 0);
    cr_expect(client_is_closed(&idle)); // the stop has begun
    (void)answer_later(kept);
    char *reply = client_receive_all(&client);
    cr_expect_str_eq(body_of(reply), "\"later\"");
    cr_expect(has(reply, "\r\nConnection: close\r\n"));
    free(reply);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    client_close(&idle);
    client_close(&client);
    fixture_stop(fixture);
}

static void count_resumed(struct http_request *request, void *ctx) {
    ++*(int *)ctx;
    http_reply_err(request, ERR_UNAVAILABLE);
}

Test(http_server, stops_when_the_grace_is_over_and_resumes_what_comes_late_without_harm) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct client client = client_connect(fixture);
    client_send(&client, LATER);
    struct http_request *kept = fixture_wait_kept(fixture);
    http_server_stop(fixture->server, SHORT_MS);
    cr_expect(client_is_closed(&client));
    int resumed = 0;
    http_request_resume(kept, count_resumed, &resumed);
    client_close(&client);
    fixture_stop(fixture);
    cr_expect_eq(resumed, 1, "whoever kept it can free what it holds");
}

Test(http_server, may_be_freed_without_having_been_started) {
    struct pki *pki = pki_new();
    struct tls_files files = pki_server(pki, "server", INDEX);
    struct http_settings settings = fixture_settings();
    struct http_server *server = NULL;
    SSL_CTX *context = NULL;
    cr_assert_eq(tls_server_context(&files, &context), OK);
    cr_assert_eq(http_server_new(&settings, context, NULL, 0, NULL, &server), OK);
    cr_expect_neq(http_server_port(server), 0);
    // A port that is taken, and addresses that are none.
    char listen[32];
    struct http_server *other = NULL;
    (void)snprintf(listen, sizeof listen, "127.0.0.1:%u", http_server_port(server));
    settings.listen = listen;
    cr_expect_eq(http_server_new(&settings, context, NULL, 0, NULL, &other), ERR_IO);
    static const char *const ADDRESSES[] = {"127.0.0.1",       "",       ":1",   "localhost:1", "127.0.0.1:x",
                                            "127.0.0.1:99999", "::1:80", "[::1]"};
    for (size_t i = 0; i < sizeof ADDRESSES / sizeof ADDRESSES[0]; i++) {
        settings.listen = ADDRESSES[i];
        cr_expect_eq(http_server_new(&settings, context, NULL, 0, NULL, &other), ERR_INPUT, "%s", ADDRESSES[i]);
    }
    settings.listen = "[::1]:0"; // where the machine has no IPv6, the socket is refused and not the text
    cr_expect_neq(http_server_new(&settings, context, NULL, 0, NULL, &other), ERR_INPUT);
    http_server_free(other);
    other = NULL;
    settings.listen = "127.0.0.1:0";
    int64_t *const NUMBERS[] = {&settings.workers,
                                &settings.max_connections,
                                &settings.handshake_timeout_ms,
                                &settings.request_timeout_ms,
                                &settings.idle_timeout_ms,
                                &settings.write_timeout_ms};
    for (size_t i = 0; i < sizeof NUMBERS / sizeof NUMBERS[0]; i++) {
        int64_t good = *NUMBERS[i];
        *NUMBERS[i] = 0;
        cr_expect_eq(http_server_new(&settings, context, NULL, 0, NULL, &other), ERR_INPUT, "number %zu", i);
        *NUMBERS[i] = good;
    }
    cr_expect_null(other);
    http_server_stop(NULL, 0);
    http_server_free(NULL);
    http_server_free(server);
    SSL_CTX_free(context);
    pki_free(pki);
}

static void server_name(struct client *client, char *out, size_t size) {
    X509 *certificate = SSL_get0_peer_certificate(client->ssl);
    cr_assert_gt(X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, out, (int)size), 0);
}

Test(http_server, gives_new_connections_the_new_certificate) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    struct client before = client_connect(fixture);
    struct tls_files files = pki_server(fixture->pki, "renewed", INDEX);
    SSL_CTX *context = NULL;
    cr_assert_eq(tls_server_context(&files, &context), OK);
    http_server_set_context(fixture->server, context);
    SSL_CTX_free(context);
    char name[64];
    struct client after = client_connect(fixture);
    server_name(&before, name, sizeof name);
    cr_expect_str_eq(name, "server");
    server_name(&after, name, sizeof name);
    cr_expect_str_eq(name, "renewed");
    struct client *both[] = {&before, &after};
    for (size_t i = 0; i < 2; i++) {
        char *reply = client_exchange(both[i], HELLO);
        cr_expect_eq(status_of(reply), 200);
        free(reply);
        client_close(both[i]);
    }
    fixture_stop(fixture);
}

#define CROWD 8
static void *ask_often(void *arg) {
    struct client client = client_connect(arg);
    for (int i = 0; i < 50; i++) {
        char *reply = client_exchange(&client, i % 2 == 0 ? HELLO : ECHO_ABC);
        cr_expect_eq(status_of(reply), 200);
        free(reply);
    }
    client_close(&client);
    return NULL;
}

Test(http_server, serves_many_clients_with_several_workers) {
    struct http_settings settings = fixture_settings();
    settings.workers = 4;
    struct fixture *fixture = fixture_start(&settings);
    pthread_t threads[CROWD];
    for (int i = 0; i < CROWD; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, ask_often, fixture), 0);
    }
    // Meanwhile the certificate is renewed again and again.
    SSL_CTX *context = NULL;
    cr_assert_eq(tls_server_context(&fixture->server_files, &context), OK);
    for (int i = 0; i < 100; i++) {
        http_server_set_context(fixture->server, context);
    }
    SSL_CTX_free(context);
    for (int i = 0; i < CROWD; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    }
    fixture_stop(fixture);
}

static void expect_line(const char *text, const char *line) {
    cr_expect(has(text, line), "no %s", line);
}

Test(http_server, counts_requests_by_route_and_outcome_and_names_no_path_that_it_does_not_know) {
    struct http_settings settings = fixture_settings();
    struct fixture *fixture = fixture_start(&settings);
    static const char *const requests[] = {HELLO,
                                           HELLO,
                                           "GET /budget HTTP/1.1\r\n" HOST "\r\n",
                                           "GET /inside HTTP/1.1\r\n" HOST "\r\n",
                                           "GET /ramsbottom HTTP/1.1\r\n" HOST "\r\n",
                                           "nonsense\r\n\r\n"};
    // The refusal comes first: it is counted once the one worker has turned to the requests that follow.
    struct client client = client_prepare(fixture, NULL); // without a certificate
    (void)SSL_connect(client.ssl);
    cr_expect(client_is_closed(&client));
    client_close(&client);
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        free(ask(fixture, requests[i]));
    }
    struct buf out = {0};
    http_server_metrics(fixture->server, &out);
    const char *text = buf_str(&out);
    expect_line(text, "signpost_http_requests_total{route=\"/hello\",method=\"GET\",status=\"200\"} 2\n");
    expect_line(text, "signpost_http_requests_total{route=\"/budget\",method=\"GET\",status=\"429\"} 1\n");
    expect_line(text, "signpost_http_requests_total{route=\"/inside\",method=\"GET\",status=\"500\"} 1\n");
    expect_line(text, "signpost_http_requests_total{route=\"none\",method=\"none\",status=\"404\"} 1\n");
    expect_line(text, "signpost_http_requests_total{route=\"none\",method=\"none\",status=\"400\"} 1\n");
    expect_line(text, "signpost_http_refusals_total{reason=\"budget-used-up\"} 1\n");
    expect_line(text, "signpost_http_refusals_total{reason=\"internal-error\"} 1\n");
    expect_line(text, "signpost_http_request_seconds_count{route=\"/hello\",method=\"GET\"} 2\n");
    expect_line(text, "signpost_tls_handshakes_total{result=\"done\"} 6\n");
    expect_line(text, "signpost_tls_handshakes_total{result=\"refused\"} 1\n");
    cr_expect_not(has(text, "ramsbottom"));
    buf_free(&out);
    fixture_stop(fixture);
}
