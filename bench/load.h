// SPDX-License-Identifier: Apache-2.0
// Requests over several kept connections, by one thread, in one of two ways. In a closed loop each connection sends its
// next request when its reply is here: this finds the most that a server does. In an open loop requests are due at
// moments that do not wait for the server, as those of people do, and a request's latency counts from the moment at
// which it was due: what waits for its turn is late. Meant to cost as little as it can, beside the server that is
// measured.
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "bench/histogram.h"
#include "proto/tls.h"

struct load;

// Connects to 127.0.0.1:`port`. ERR_NETWORK; ERR_TLS.
err_t load_open(const struct tls_files *files, uint16_t port, size_t connections, struct load **out);
void load_close(struct load *load);

// POSTs `bodies` in turn to `path` for `ms` milliseconds, waits for the last replies, and counts replies. Every one
// must be a 200. ERR_NETWORK; ERR_REFUSED.
err_t load_run(struct load *load, const char *path, const struct buf *bodies, size_t count, int64_t ms,
               uint64_t *out_replies);

// The same with whole requests of another protocol. `reply_length` tells the length of the reply that `text` begins
// with, or 0 while it cannot be told yet; SIZE_MAX for one that refuses.
typedef size_t (*load_reply_length)(const char *text, size_t len);
err_t load_run_raw(struct load *load, const struct buf *requests, size_t count, load_reply_length reply_length,
                   int64_t ms, uint64_t *out_replies);

// One kind of request of an open loop.
struct load_stream {
    const char *path;
    double per_s; // at random moments (a Poisson process); 0: none
    // Appends the body of the next request.
    err_t (*body)(void *ctx, struct buf *out);
    void *ctx;
    struct histogram latency; // of the replies
    double next_ns;           // private
};
// Sends what falls due within `ms` milliseconds and waits for the last replies. Every one must be a 200. `seed` gives
// the moments. ERR_NETWORK; ERR_REFUSED; what `body` says.
err_t load_run_open(struct load *load, struct load_stream *streams, size_t count, int64_t ms, uint64_t seed);

#endif
