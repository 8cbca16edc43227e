// SPDX-License-Identifier: Apache-2.0
// Peers that wish an index ill, each kind a function that goes on until it is told to stop. Any thread.
#ifndef BENCH_HOSTILE_PEERS_H
#define BENCH_HOSTILE_PEERS_H

#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/err.h"

struct hostile {
    uint16_t port;
    SSL_CTX *listed, *unlisted; // clients' contexts: of an agency, and of somebody who is not on the roster
    atomic_bool stop;
    atomic_ulong tries;    // connections, or requests on one
    atomic_ulong breaches; // what must not have worked: a request taken that had to be refused, an answer in plaintext
};

struct hostile_kind {
    const char *name;
    void (*run)(struct hostile *hostile);
};

extern const struct hostile_kind hostile_kinds[];
extern const size_t hostile_kind_count;

// Connections whose handshake is done and that say nothing more. ERR_MEMORY; ERR_NETWORK when one was refused.
struct idlers;
err_t idlers_open(struct hostile *hostile, size_t count, struct idlers **out);
void idlers_close(struct idlers *idlers); // NULL is harmless

#endif
