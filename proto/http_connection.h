// SPDX-License-Identifier: Apache-2.0
// One connection of the HTTP server: TLS, the parsing of requests, deadlines, replies. Private to the server.
//
// OpenSSL is driven directly on libevent's events. Neither evhttp nor bufferevents give what is needed here: evhttp
// answers malformed requests by itself and reads folded lines, bare LF and "Content-Length :" leniently; timeouts of
// both restart with every byte. A connection belongs to one worker thread. While its request is kept by a handler, the
// connection stays in memory, whatever its client does, and the worker touches neither the request nor its body.
#ifndef PROTO_HTTP_CONNECTION_H
#define PROTO_HTTP_CONNECTION_H

#include <event2/event_struct.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "proto/http_head.h"
#include "proto/http_worker.h"
#include "proto/tls.h"

// What a connection waits for. Each phase but HANDLING has its deadline, absolute from when it was entered.
enum phase {
    HANDSHAKE,
    IDLE,      // for the first byte of a request
    RECEIVING, // for the rest of it
    HANDLING,  // for the handler's reply
    REPLYING,  // for the client to take it
    LINGERING, // for the client to read a refusal and close: closing first would destroy what it has not read
};

struct http_request {
    struct connection *connection;
    struct http_request *next; // in `resumed`
    const struct http_route *route;
    struct bytes body; // within the connection's input
    bool answered;     // outcome and reply are set
    err_t outcome;
    int64_t began_us;      // when the request was whole
    int64_t retry_after_s; // 0: not said
    struct buf reply;
    http_resume resume; // of one that its handler kept
    void *resume_ctx;
};

struct connection {
    struct worker *worker;
    struct connection *previous, *next;
    TAILQ_ENTRY(connection) handshake; // while that is its phase
    int fd;
    SSL *ssl;
    struct event io, deadline;
    enum phase phase;
    bool deadline_due; // the phase was entered anew since the deadline was set
    bool drained;      // nothing came since a read emptied the socket
    uint8_t *in;       // grows with what arrives, up to one request
    size_t in_len, in_cap, searched;
    size_t head_len; // 0 until the head was parsed
    struct http_head head;
    bool continued; // the interim reply that the head asked for was sent
    struct buf out;
    bool close_after, linger_after;
    bool peer_known;
    struct tls_peer peer;
    struct http_request request;
};

// Takes the socket over; closes it when there is no memory.
void connection_open(struct worker *worker, int fd, SSL_CTX *context);
// Goes on with the request that a handler kept, and sends its reply.
void connection_resume(struct connection *connection);
// The same when the connection is closed: whoever kept the request releases what belongs to it.
void connection_resume_closed(struct connection *connection);
// Frees the input's memory, which is empty.
void connection_drop_input(struct connection *connection);
// Closes what is not in hand of a handler or being replied to.
void connection_stop(struct connection *connection);
// Closes the socket now. The memory goes too, unless a handler still holds the request: then connection_free does it.
void connection_abandon(struct connection *connection);
void connection_free(struct connection *connection);

#endif
