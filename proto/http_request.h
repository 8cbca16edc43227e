// SPDX-License-Identifier: Apache-2.0
// From the bytes that a connection has received to a reply: head, peer, route, handler. Private to the server.
#ifndef PROTO_HTTP_REQUEST_H
#define PROTO_HTTP_REQUEST_H

#include "proto/http_connection.h"

enum taken {
    NEEDS_MORE, // the request is not complete
    KEPT,       // its handler will have it resumed
    ANSWERED,   // the reply stands in `out`
};

// Takes a request from the connection's input, and either has it handled or refuses it.
enum taken request_take(struct connection *connection);
// Goes on with a kept request; its reply stands in `out` then.
void request_resume(struct connection *connection);
// The request that was answered makes way for what came after it.
void request_drop(struct connection *connection);

#endif
