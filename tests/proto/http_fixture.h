// SPDX-License-Identifier: Apache-2.0
// A server on 127.0.0.1 with a few routes, and a bare TLS client that sends exactly the bytes it is given. A failure of
// the fixture itself ends the test.
#ifndef TESTS_PROTO_HTTP_FIXTURE_H
#define TESTS_PROTO_HTTP_FIXTURE_H

#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

#include "proto/http_server.h"
#include "tests/support/pki.h"

#define AGENCY "urn:signpost:demo:agency:north"
#define INDEX "urn:signpost:demo:index:main"

#define LARGE_REPLY (32U * 1024 * 1024) // of GET /large

// Beginnings of requests, and whole ones.
#define HOST "Host: localhost\r\n"
#define JSON "Content-Type: application/json\r\n"
#define HELLO "GET /hello HTTP/1.1\r\n" HOST "\r\n"
#define ECHO_ABC "POST /echo HTTP/1.1\r\n" HOST JSON "Content-Length: 5\r\n\r\n\"abc\""
#define LATER "POST /later HTTP/1.1\r\n" HOST JSON "Content-Length: 2\r\n\r\n{}"

#define STRANGERS 64
#define SHORT_MS 150
#define LONG_US 5000000 // far beyond SHORT_MS, far below the other deadlines

struct fixture {
    struct pki *pki;
    struct tls_files server_files, client_files;
    struct http_server *server;
    struct http_request *kept; // by POST /later; posted to `has_kept`
    pthread_t kept_on;         // the worker's
    sem_t has_kept;
    int busy_asked;                     // of POST /busy
    sem_t at_gate, gate;                // GET /gate posts the one and waits for the other, on the worker's own thread
    struct pollfd strangers[STRANGERS]; // GET /strangers: how many of them have been sent something
};

// Generous deadlines, one worker, 16 connections, bodies up to 64 KiB.
struct http_settings fixture_settings(void);
struct fixture *fixture_start(const struct http_settings *settings);
void fixture_stop(struct fixture *fixture);
// Waits until POST /later has kept a request.
struct http_request *fixture_wait_kept(struct fixture *fixture);

struct client {
    int fd;
    SSL_CTX *context;
    SSL *ssl;
};

// A TCP connection; reads and writes give up after ten seconds, so that a hang is a failure.
int tcp_connect(struct fixture *fixture);
// TCP and TLS as the fixture's client; with other files, or none (no certificate).
struct client client_connect(struct fixture *fixture);
struct client client_connect_as(struct fixture *fixture, const struct tls_files *files);
// The same before the handshake.
struct client client_prepare(struct fixture *fixture, const struct tls_files *files);
void client_close(struct client *client);

void client_send(struct client *client, const char *text);
void client_send_bytes(struct client *client, const void *data, size_t len);
// One reply, whole, zero-terminated, freed by the caller; "" when the connection was closed instead.
char *client_receive(struct client *client);
// Everything up to the end of the connection, which must come.
char *client_receive_all(struct client *client);
// True when nothing more comes and the connection ends.
bool client_is_closed(struct client *client);
// Sends and receives once.
char *client_exchange(struct client *client, const char *text);
// One request on a connection of its own.
char *ask(struct fixture *fixture, const char *text);
int status_of(const char *reply);
const char *body_of(const char *reply);
bool has(const char *text, const char *part);
// Tries until a connection is served; fails after LONG_US.
void wait_for_room(struct fixture *fixture);

#endif
