// SPDX-License-Identifier: Apache-2.0
#include "proto/http_connection.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/http_request.h"
#include "proto/limits.h"

#define FIRST_READ 4096
#define LINGER_MS 5000
#define MAX_STEPS 16 // before other connections have their turn

// What a step came to.
enum progress {
    MORE,    // call again
    BLOCKED, // wait for the socket, the deadline or the handler
    CLOSED,  // the connection is no more
};

static int64_t phase_limit_ms(const struct connection *connection) {
    const struct http_settings *settings = &connection->worker->server->settings;
    switch (connection->phase) {
    case HANDSHAKE:
        return settings->handshake_timeout_ms;
    case IDLE:
        return settings->idle_timeout_ms;
    case RECEIVING:
        return settings->request_timeout_ms;
    case HANDLING:
        return 0;
    case REPLYING:
        return settings->write_timeout_ms;
    case LINGERING:
        return LINGER_MS;
    }
    return 0;
}

static void end_handshake(struct connection *connection) {
    if (connection->phase == HANDSHAKE) {
        TAILQ_REMOVE(&connection->worker->handshakes, connection, handshake);
    }
}

static void enter(struct connection *connection, enum phase phase) {
    end_handshake(connection);
    connection->phase = phase;
    connection->deadline_due = true;
}

// Called when a connection begins to wait, so that phases which pass at once set no timer. False: there is no memory
// for one, and without it nobody would end the connection.
static bool set_deadline(struct connection *connection) {
    if (!connection->deadline_due) {
        return true;
    }
    connection->deadline_due = false;
    int64_t limit_ms = phase_limit_ms(connection);
    if (limit_ms == 0) {
        return evtimer_del(&connection->deadline) == 0;
    }
    struct timeval limit = {.tv_sec = limit_ms / 1000, .tv_usec = limit_ms % 1000 * 1000};
    return evtimer_add(&connection->deadline, &limit) == 0;
}

static enum progress close_connection(struct connection *connection) {
    connection_abandon(connection);
    return CLOSED;
}

// Tells the client that nothing follows. The alert may find no room, which is no loss.
static void send_close_notify(struct connection *connection) {
    ERR_clear_error();
    (void)SSL_shutdown(connection->ssl);
    ERR_clear_error();
}

static enum progress start_lingering(struct connection *connection) {
    if (shutdown(connection->fd, SHUT_WR) != 0) {
        return close_connection(connection);
    }
    enter(connection, LINGERING);
    return MORE;
}

static enum progress step_linger(struct connection *connection) {
    uint8_t unread[FIRST_READ];
    ssize_t got = recv(connection->fd, unread, sizeof unread, 0);
    if (got > 0 || (got < 0 && errno == EINTR)) {
        return MORE;
    }
    return got < 0 && errno == EAGAIN ? BLOCKED : close_connection(connection);
}

// After an SSL call that did not succeed: wait, or give up.
static bool would_block(const struct connection *connection, int result) {
    int reason = SSL_get_error(connection->ssl, result);
    return reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE;
}

static void complain_of_handshake(struct connection *connection) {
    long verdict = SSL_get_verify_result(connection->ssl);
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    complain(&connection->worker->server->handshake_refused, "a TLS handshake failed: %s%s%s",
             reason == NULL ? "connection lost" : reason, verdict == X509_V_OK ? "" : ": ",
             verdict == X509_V_OK ? "" : X509_verify_cert_error_string(verdict));
}

static enum progress step_handshake(struct connection *connection) {
    ERR_clear_error();
    int result = SSL_do_handshake(connection->ssl);
    struct http_counts *counts = &connection->worker->counts;
    if (result == 1) {
        http_counts_handshake(counts, HANDSHAKE_DONE);
        (void)event_priority_set(&connection->io, PRIORITY_SERVED);
        enter(connection, IDLE);
        return MORE;
    }
    if (would_block(connection, result)) {
        return BLOCKED;
    }
    // A peer that merely went away (a port scan, a health check) left nothing to say, or an unexpected end.
    unsigned long reason = ERR_peek_error();
    bool refused = reason != 0 && ERR_GET_REASON(reason) != SSL_R_UNEXPECTED_EOF_WHILE_READING;
    if (refused) {
        complain_of_handshake(connection);
    }
    ERR_clear_error();
    http_counts_handshake(counts, refused ? HANDSHAKE_REFUSED : HANDSHAKE_LOST);
    // OpenSSL has sent its alert, which tells the client why.
    return refused ? start_lingering(connection) : close_connection(connection);
}

// Room for what is still expected of this request, no more: at most twice what has arrived, so that a client pays for
// the memory it takes by sending.
static bool make_room(struct connection *connection) {
    if (connection->in_len < connection->in_cap) {
        return true;
    }
    size_t need = connection->head_len == 0 ? MAX_HEADERS : connection->head_len + connection->head.content_length;
    size_t cap = connection->in_cap == 0 ? FIRST_READ : connection->in_cap * 2;
    cap = cap > need ? need : cap;
    uint8_t *in = realloc(connection->in, cap);
    if (in == NULL) {
        return false;
    }
    connection->in = in;
    connection->in_cap = cap;
    return true;
}

void connection_drop_input(struct connection *connection) {
    free(connection->in);
    connection->in = NULL;
    connection->in_len = 0;
    connection->in_cap = 0;
}

// Reads what has come. OpenSSL asks the socket for more than a record at once: where it did ask and keeps nothing back,
// the socket is empty, and what comes later is an event of its own.
static int read_some(struct connection *connection) {
    BIO *socket = SSL_get_rbio(connection->ssl);
    const uint64_t before = BIO_number_read(socket);
    const size_t room = connection->in_cap - connection->in_len;
    ERR_clear_error();
    const int got = SSL_read(connection->ssl, connection->in + connection->in_len, (int)room);
    connection->drained = BIO_number_read(socket) > before && SSL_has_pending(connection->ssl) == 0;
    return got;
}

static enum progress read_more(struct connection *connection) {
    if (connection->drained && connection->in_len == 0) {
        return BLOCKED;
    }
    if (!make_room(connection)) {
        return close_connection(connection);
    }
    int got = read_some(connection);
    if (got > 0) {
        if (connection->phase == IDLE) {
            enter(connection, RECEIVING);
        }
        connection->in_len += (size_t)got;
        return MORE;
    }
    if (would_block(connection, got)) {
        if (connection->in_len == 0) {
            connection_drop_input(connection);
        }
        return BLOCKED;
    }
    if (SSL_get_error(connection->ssl, got) == SSL_ERROR_ZERO_RETURN) {
        send_close_notify(connection);
    }
    ERR_clear_error();
    return close_connection(connection);
}

// RFC 9110, section 10.1.1: a client that waits for leave to send its body is given it, once its head has been taken.
static enum progress send_continue(struct connection *connection) {
    static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
    ERR_clear_error();
    int put = SSL_write(connection->ssl, interim, sizeof interim - 1);
    if (put > 0) {
        connection->continued = true;
        return MORE;
    }
    if (would_block(connection, put)) {
        return BLOCKED;
    }
    ERR_clear_error();
    return close_connection(connection);
}

static bool waits_for_leave(const struct connection *connection) {
    return connection->head_len > 0 && connection->in_len == connection->head_len &&
           connection->head.expects_continue && !connection->continued;
}

static enum progress step_receive(struct connection *connection) {
    switch (connection->in_len == 0 ? NEEDS_MORE : request_take(connection)) {
    case NEEDS_MORE:
        return waits_for_leave(connection) ? send_continue(connection) : read_more(connection);
    case KEPT:
        enter(connection, HANDLING);
        return BLOCKED;
    case ANSWERED:
        enter(connection, REPLYING);
        return MORE;
    }
    return BLOCKED;
}

static enum progress finish_reply(struct connection *connection) {
    buf_free(&connection->out);
    if (connection->close_after || connection->worker->stopping) {
        send_close_notify(connection);
        return connection->linger_after ? start_lingering(connection) : close_connection(connection);
    }
    request_drop(connection);
    enter(connection, connection->in_len > 0 ? RECEIVING : IDLE);
    return MORE;
}

static enum progress step_reply(struct connection *connection) {
    if (connection->out.failed || connection->out.len > INT32_MAX) {
        return close_connection(connection);
    }
    ERR_clear_error();
    int put = SSL_write(connection->ssl, connection->out.data, (int)connection->out.len);
    if (put > 0) {
        return finish_reply(connection);
    }
    if (would_block(connection, put)) {
        return BLOCKED;
    }
    ERR_clear_error();
    return close_connection(connection);
}

static enum progress step(struct connection *connection) {
    switch (connection->phase) {
    case HANDSHAKE:
        return step_handshake(connection);
    case IDLE:
    case RECEIVING:
        return step_receive(connection);
    case HANDLING:
        return BLOCKED;
    case REPLYING:
        return step_reply(connection);
    case LINGERING:
        return step_linger(connection);
    }
    return BLOCKED;
}

static void run(struct connection *connection) {
    enum progress progress = MORE;
    for (int steps = 0; steps < MAX_STEPS && progress == MORE; steps++) {
        progress = step(connection);
    }
    if (progress == CLOSED) {
        return;
    }
    if (!set_deadline(connection)) {
        connection_abandon(connection);
        return;
    }
    if (progress == MORE) {
        event_active(&connection->io, EV_WRITE, 0);
    }
}

static void on_io(evutil_socket_t fd, short what, void *arg) {
    struct connection *connection = arg;
    (void)fd;
    if ((what & EV_READ) != 0) {
        connection->drained = false;
    }
    run(connection);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg) {
    (void)fd, (void)what;
    struct connection *connection = arg;
    if (connection->phase == IDLE) {
        send_close_notify(connection);
    }
    if (connection->phase == HANDSHAKE) {
        http_counts_handshake(&connection->worker->counts, HANDSHAKE_LOST);
    }
    connection_abandon(connection);
}

// Events are edge-triggered: reading stops while a request is handled, and no system call is needed to say so.
static bool watch(struct connection *connection) {
    struct event_base *base = connection->worker->base;
    return event_assign(&connection->io, base, connection->fd, EV_READ | EV_WRITE | EV_PERSIST | EV_ET, on_io,
                        connection) == 0 &&
           event_priority_set(&connection->io, PRIORITY_NEW) == 0 &&
           evtimer_assign(&connection->deadline, base, on_deadline, connection) == 0 &&
           event_add(&connection->io, NULL) == 0;
}

void connection_open(struct worker *worker, int fd, SSL_CTX *context) {
    struct connection *connection = calloc(1, sizeof *connection);
    SSL *ssl = SSL_new(context);
    if (connection == NULL || ssl == NULL || SSL_set_fd(ssl, fd) != 1) {
        complain(&worker->server->accept_failed, "a connection was closed: no memory");
        SSL_free(ssl);
        free(connection);
        (void)close(fd);
        atomic_fetch_sub(&worker->server->connections, 1);
        ERR_clear_error();
        return;
    }
    SSL_set_accept_state(ssl);
    *connection = (struct connection){.worker = worker, .fd = fd, .ssl = ssl, .next = worker->connections};
    connection->request.connection = connection;
    if (connection->next != NULL) {
        connection->next->previous = connection;
    }
    worker->connections = connection;
    TAILQ_INSERT_TAIL(&worker->handshakes, connection, handshake);
    connection->deadline_due = true;
    // The socket is writable, so that its event comes at once and starts the handshake.
    if (!watch(connection) || !set_deadline(connection)) {
        complain(&worker->server->accept_failed, "a connection was closed: it could not be watched");
        connection_abandon(connection);
    }
}

static void unwatch(struct connection *connection) {
    if (event_initialized(&connection->io)) {
        (void)event_del(&connection->io);
    }
    if (event_initialized(&connection->deadline)) {
        (void)evtimer_del(&connection->deadline);
    }
}

void connection_abandon(struct connection *connection) {
    end_handshake(connection);
    unwatch(connection);
    SSL_free(connection->ssl);
    connection->ssl = NULL;
    (void)close(connection->fd);
    connection->fd = -1;
    atomic_fetch_sub(&connection->worker->server->connections, 1);
    if (connection->phase != HANDLING) {
        connection_free(connection);
    }
}

void connection_free(struct connection *connection) {
    worker_forget(connection->worker, connection);
    free(connection->in);
    buf_free(&connection->out);
    buf_free(&connection->request.reply);
    free(connection);
}

void connection_resume_closed(struct connection *connection) {
    struct http_request *request = &connection->request;
    request->resume(request, request->resume_ctx);
}

void connection_resume(struct connection *connection) {
    request_resume(connection);
    enter(connection, REPLYING);
    run(connection);
}

void connection_stop(struct connection *connection) {
    if (connection->phase == IDLE) {
        send_close_notify(connection);
    }
    if (connection->phase != HANDLING && connection->phase != REPLYING) {
        connection_abandon(connection);
    }
}
