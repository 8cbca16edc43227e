// SPDX-License-Identifier: Apache-2.0
// GET /metrics on a loopback address, in plain HTTP, on a thread of its own: for a Prometheus (or its agent) on this
// machine. It answers one client after the other, each within an absolute deadline, so that a client of it takes one
// file descriptor and one thread's time from the daemon and no more.
#ifndef PROTO_METRICS_SERVER_H
#define PROTO_METRICS_SERVER_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

struct metrics_server;

// Appends the metrics; called on the listener's thread.
typedef void (*metrics_fn)(void *ctx, struct buf *out);

// Binds, and then serves. ERR_INPUT: not a loopback address. ERR_IO, ERR_MEMORY.
err_t metrics_server_start(const char *listen, metrics_fn metrics, void *ctx, struct metrics_server **out);
uint16_t metrics_server_port(const struct metrics_server *server);
void metrics_server_stop(struct metrics_server *server); // joins the thread; NULL is harmless

#endif
