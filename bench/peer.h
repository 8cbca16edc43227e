// SPDX-License-Identifier: Apache-2.0
// What a team might take in place of the index: a database of everybody's choosing, with the same rows, the same mutual
// TLS and the same durability - the record of a question is on disk before the reply. One question is five look-ups and
// one record. Servers run as processes of bench/peers.sh.
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdint.h>

#include "base/err.h"
#include "proto/tls.h"

#define PEER_SLOTS 5
#define PEER_VALUE 67   // bytes: a seal of 16 and three entries of 17
#define PEER_RECORD 160 // bytes: a sealed record of one question

struct peer_setup {
    uint16_t port;
    struct tls_files files; // ca, certificate, key
    uint64_t children;      // numbers from 0; as many more are asked about
    size_t connections;
};

struct peer;

// Connects; the server holds the rows already. ERR_NETWORK, ERR_TLS.
err_t peer_postgres_open(const struct peer_setup *setup, struct peer **out);
err_t peer_redis_open(const struct peer_setup *setup, struct peer **out);
err_t peer_redis_answering_open(const struct peer_setup *setup, struct peer **out); // by bench/peer_redis.lua

// Asks in a closed loop for `ms` milliseconds and counts replies.
err_t peer_run(struct peer *peer, int64_t ms, uint64_t *out_replies);
void peer_close(struct peer *peer);

// The key of a child's slot, and what stands in each: of an entry, the agency's number (2 bytes, the lower first) and,
// in byte 14, its state (1: current; 2: quiet) mean something.
uint64_t peer_key(uint64_t child, unsigned slot);
void peer_value(uint64_t child, uint8_t out[PEER_VALUE]);

struct peer { // private: what each kind implements
    err_t (*run)(struct peer *peer, int64_t ms, uint64_t *out_replies);
    void (*close)(struct peer *peer);
};

#endif
