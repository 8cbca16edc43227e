// SPDX-License-Identifier: Apache-2.0
#include "proto/http_worker.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "proto/http_connection.h"

#define COMPLAIN_EVERY_US 1000000

static const struct timeval accept_pause = {.tv_usec = 100000};

void complain(struct complaint *complaint, const char *format, ...) {
    int64_t now_us = clock_monotonic_us();
    int64_t next_us = atomic_load(&complaint->next_us);
    if (now_us < next_us ||
        !atomic_compare_exchange_strong(&complaint->next_us, &next_us, now_us + COMPLAIN_EVERY_US)) {
        atomic_fetch_add(&complaint->left_out, 1);
        return;
    }
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    unsigned left_out = atomic_exchange(&complaint->left_out, 0);
    if (left_out == 0) {
        log_line(LOG_WARNING, "%s", text);
    } else {
        log_line(LOG_WARNING, "%s (and %u times more that were not logged)", text, left_out);
    }
}

static SSL_CTX *current_context(struct http_server *server) {
    (void)pthread_mutex_lock(&server->context_lock);
    SSL_CTX *context = server->context;
    (void)SSL_CTX_up_ref(context);
    (void)pthread_mutex_unlock(&server->context_lock);
    return context;
}

// A stranger that takes its time gives way to whoever comes: it has had longer than a handshake needs.
static bool make_room(struct worker *worker) {
    struct connection *oldest = TAILQ_FIRST(&worker->handshakes);
    if (oldest == NULL) {
        return false;
    }
    http_counts_handshake(&worker->counts, HANDSHAKE_LOST);
    connection_abandon(oldest);
    return true;
}

static void take_connection(struct worker *worker, int fd) {
    struct http_server *server = worker->server;
    const size_t most = (size_t)server->settings.max_connections;
    if (atomic_fetch_add(&server->connections, 1) >= most && !make_room(worker)) {
        atomic_fetch_sub(&server->connections, 1);
        (void)close(fd);
        complain(&server->too_many, "a connection was closed: max_connections is reached");
        return;
    }
    SSL_CTX *context = current_context(server);
    connection_open(worker, fd, context);
    SSL_CTX_free(context);
}

// Without descriptors or memory the socket stays ready, and accepting would spin: it rests for a moment.
static void rest_accepting(struct worker *worker) {
    complain(&worker->server->accept_failed, "accepting connections: %s", strerror(errno));
    if (event_add(worker->accept_again_event, &accept_pause) == 0) {
        (void)event_del(worker->accept_event);
    }
}

// One connection each time, so that the other workers get theirs.
static void on_accept(evutil_socket_t listen_fd, short what, void *arg) {
    (void)what;
    struct worker *worker = arg;
    int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        take_connection(worker, fd);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        rest_accepting(worker);
    }
}

static void on_accept_again(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct worker *worker = arg;
    if (event_add(worker->accept_event, NULL) != 0) {
        (void)event_add(worker->accept_again_event, &accept_pause); // in the place that it has just left
    }
}

static void wake(struct worker *worker) {
    uint64_t one = 1;
    ssize_t put = write(worker->wake_fd, &one, sizeof one);
    (void)put; // a full counter wakes as well
}

void worker_post(struct worker *worker, struct http_request *request) {
    struct http_request *before = atomic_load(&worker->resumed);
    do {
        request->next = before;
    } while (!atomic_compare_exchange_weak(&worker->resumed, &before, request));
    if (before == NULL) {
        wake(worker);
    }
}

static void resume_all(struct worker *worker, void (*resume)(struct connection *connection)) {
    struct http_request *request = atomic_exchange(&worker->resumed, NULL);
    while (request != NULL) {
        struct http_request *next = request->next;
        resume(request->connection);
        request = next;
    }
}

static void begin_stop(struct worker *worker) {
    worker->stopping = true;
    (void)event_del(worker->accept_event);
    (void)event_del(worker->accept_again_event);
    for (struct connection *at = worker->connections, *next = NULL; at != NULL; at = next) {
        next = at->next;
        connection_stop(at);
    }
    int64_t grace_ms = worker->server->grace_ms;
    struct timeval grace = {.tv_sec = grace_ms / 1000, .tv_usec = grace_ms % 1000 * 1000};
    (void)event_add(worker->grace_event, &grace);
    if (worker->connections == NULL) {
        (void)event_base_loopbreak(worker->base);
    }
}

static void on_wake(evutil_socket_t fd, short what, void *arg) {
    (void)what;
    struct worker *worker = arg;
    uint64_t count = 0;
    ssize_t got = read(fd, &count, sizeof count);
    (void)got;
    resume_all(worker, connection_resume);
    if (!worker->stopping && atomic_load(&worker->server->stopping)) {
        begin_stop(worker);
    }
}

static void on_grace_over(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct worker *worker = arg;
    (void)event_base_loopbreak(worker->base);
}

void worker_forget(struct worker *worker, struct connection *connection) {
    if (connection->previous != NULL) {
        connection->previous->next = connection->next;
    } else {
        worker->connections = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    if (worker->stopping && worker->connections == NULL) {
        (void)event_base_loopbreak(worker->base);
    }
}

static struct event_base *base_new(void) {
    struct event_config *config = event_config_new();
    struct event_base *base = NULL;
    if (config != NULL && event_config_set_max_dispatch_interval(config, NULL, 1, PRIORITY_NEW) == 0) {
        base = event_base_new_with_config(config);
    }
    if (config != NULL) {
        event_config_free(config);
    }
    if (base != NULL && event_base_priority_init(base, PRIORITIES) != 0) {
        event_base_free(base);
        return NULL;
    }
    return base;
}

static struct event *persistent(struct worker *worker, int fd, int priority, event_callback_fn callback) {
    struct event *event = event_new(worker->base, fd, EV_READ | EV_PERSIST, callback, worker);
    if (event != NULL && (event_priority_set(event, priority) != 0 || event_add(event, NULL) != 0)) {
        event_free(event);
        return NULL;
    }
    return event;
}

err_t worker_init(struct worker *worker, struct http_server *server) {
    worker->server = server;
    TAILQ_INIT(&worker->handshakes);
    worker->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    worker->base = base_new();
    if (worker->wake_fd < 0 || worker->base == NULL) {
        return err_set(ERR_MEMORY, "event loop of a worker");
    }
    worker->accept_event = persistent(worker, server->listen_fd, PRIORITY_NEW, on_accept);
    worker->wake_event = persistent(worker, worker->wake_fd, PRIORITY_SERVED, on_wake);
    worker->accept_again_event = evtimer_new(worker->base, on_accept_again, worker);
    worker->grace_event = evtimer_new(worker->base, on_grace_over, worker);
    if (worker->accept_event == NULL || worker->wake_event == NULL || worker->accept_again_event == NULL ||
        worker->grace_event == NULL) {
        return err_set(ERR_MEMORY, "event loop of a worker");
    }
    return OK;
}

// After the loop the sockets are closed; requests that handlers still hold keep their memory.
static void *worker_main(void *arg) {
    struct worker *worker = arg;
    (void)event_base_loop(worker->base, EVLOOP_NO_EXIT_ON_EMPTY);
    for (struct connection *at = worker->connections, *next = NULL; at != NULL; at = next) {
        next = at->next;
        connection_abandon(at);
    }
    return NULL;
}

err_t worker_start(struct worker *worker) {
    return thread_start("http-worker", worker_main, worker, &worker->thread);
}

void worker_join(struct worker *worker) {
    wake(worker);
    (void)pthread_join(worker->thread, NULL);
}

static void free_event(struct event *event) {
    if (event != NULL) {
        event_free(event);
    }
}

void worker_end(struct worker *worker) {
    resume_all(worker, connection_resume_closed);
    while (worker->connections != NULL) {
        connection_free(worker->connections);
    }
    free_event(worker->accept_event);
    free_event(worker->accept_again_event);
    free_event(worker->wake_event);
    free_event(worker->grace_event);
    if (worker->base != NULL) {
        event_base_free(worker->base);
    }
    if (worker->wake_fd >= 0) {
        (void)close(worker->wake_fd);
    }
}
