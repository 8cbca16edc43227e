// SPDX-License-Identifier: Apache-2.0
// A daemon's metrics: what its HTTP server counts, and its table of figures, gathered at each scrape.
#ifndef PROTO_DAEMON_METRICS_H
#define PROTO_DAEMON_METRICS_H

#include "base/err.h"
#include "proto/daemon.h"

struct daemon_metrics;

// Starts the listener where the settings name one; otherwise *out is NULL. `server` and `state` must outlive it.
// ERR_INPUT: not a loopback address. ERR_IO, ERR_TLS, ERR_MEMORY.
err_t daemon_metrics_start(const struct daemon *daemon, const struct http_server *server, void *state,
                           struct daemon_metrics **out);
void daemon_metrics_stop(struct daemon_metrics *metrics); // NULL is harmless, here and below
// After a reload: how many of its parts were refused, and the new certificate's end. The main thread.
void daemon_metrics_reloaded(struct daemon_metrics *metrics, unsigned refused);

#endif
