// SPDX-License-Identifier: Apache-2.0
// Requests in a closed loop over several kept connections, by one thread: each connection sends its next request when
// its reply is here. Meant to cost as little as it can, beside the server that is measured.
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/tls.h"

struct load;

// Connects to 127.0.0.1:`port`. ERR_NETWORK; ERR_TLS.
err_t load_open(const struct tls_files *files, uint16_t port, size_t connections, struct load **out);
void load_close(struct load *load);

// POSTs `bodies` in turn to `path` for `ms` milliseconds, waits for the last replies, and counts replies. Every one
// must be a 200. ERR_NETWORK; ERR_REFUSED.
err_t load_run(struct load *load, const char *path, const struct buf *bodies, size_t count, int64_t ms,
               uint64_t *out_replies);

#endif
