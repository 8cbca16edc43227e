// SPDX-License-Identifier: Apache-2.0
// A worker thread of the HTTP server: accepts connections, runs their events, goes on with the requests that other
// threads have resumed. Private to the server.
#ifndef PROTO_HTTP_WORKER_H
#define PROTO_HTTP_WORKER_H

#include <event2/event.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/err.h"
#include "proto/http_counts.h"
#include "proto/http_server.h"

struct connection;

// Whoever has shown a certificate of the scheme comes first: of accepting and handshakes, which anybody can ask for and
// which cost most, there is one at a time, and then another look at who else waits.
enum { PRIORITY_SERVED, PRIORITY_NEW, PRIORITIES };

// A log line that is written at most once a second, so that a flood outside is none in the log.
struct complaint {
    _Atomic int64_t next_us;
    atomic_uint left_out;
};
void complain(struct complaint *complaint, const char *format, ...) PRINTF_LIKE(2, 3);

struct worker {
    struct http_server *server;
    struct event_base *base;
    pthread_t thread;
    struct event *accept_event, *accept_again_event, *wake_event, *grace_event;
    int wake_fd;
    struct http_request *_Atomic resumed; // from any thread, newest first
    struct connection *connections;       // of this worker
    TAILQ_HEAD(handshake_queue, connection)
    handshakes; // of these, who has not ended its handshake, in the order in which they came
    bool stopping;
    struct http_counts counts; // the worker's own thread counts
};

struct http_server {
    struct http_settings settings;
    const struct http_route *routes;
    size_t route_count;
    void *ctx;
    int listen_fd;
    uint16_t port;
    pthread_mutex_t context_lock; // guards `context`
    SSL_CTX *context;
    atomic_size_t connections;
    atomic_bool stopping;
    int64_t grace_ms; // set before `stopping`
    struct complaint accept_failed, too_many, handshake_refused;
    struct worker *workers;
    size_t inited, started; // of the workers
};

// worker_end releases also what a failed worker_init leaves.
err_t worker_init(struct worker *worker, struct http_server *server);
void worker_end(struct worker *worker);
err_t worker_start(struct worker *worker);
// Wakes the worker, so that it sees `stopping`, and waits for its end.
void worker_join(struct worker *worker);

// Called by a connection that is no more.
void worker_forget(struct worker *worker, struct connection *connection);
// Queues a request that is to be resumed for its worker and wakes it. Any thread.
void worker_post(struct worker *worker, struct http_request *request);

#endif
