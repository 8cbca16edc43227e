// SPDX-License-Identifier: Apache-2.0
// Redis: MGET of five keys and XADD of the record, in one write. `appendfsync always` syncs before it replies.
#include <stdlib.h>
#include <string.h>

#include "bench/load.h"
#include "bench/peer.h"
#include "bench/random.h"

#define REQUESTS 4096

struct redis {
    struct peer peer;
    struct load *load;
    struct buf requests[REQUESTS];
};

static void put_bulk(struct buf *out, const void *data, size_t len) {
    buf_printf(out, "$%zu\r\n", len);
    buf_put(out, data, len);
    buf_put_str(out, "\r\n");
}

static void put_question(uint64_t child, struct buf *out) {
    static const uint8_t record[PEER_RECORD] = {1};
    buf_printf(out, "*%d\r\n", PEER_SLOTS + 1);
    put_bulk(out, "MGET", 4);
    for (unsigned slot = 0; slot < PEER_SLOTS; slot++) {
        const uint64_t key = peer_key(child, slot);
        put_bulk(out, &key, sizeof key);
    }
    buf_put_str(out, "*5\r\n");
    put_bulk(out, "XADD", 4);
    put_bulk(out, "audit", 5);
    put_bulk(out, "*", 1);
    put_bulk(out, "r", 1);
    put_bulk(out, record, sizeof record);
}

// Behind one bulk string, NULL where it is not whole yet.
static const char *skip_bulk(const char *at, const char *end) {
    const char *line = memmem(at, (size_t)(end - at), "\r\n", 2);
    if (line == NULL || *at != '$') {
        return NULL;
    }
    const long len = strtol(at + 1, NULL, 10);
    const char *next = len < 0 ? line + 2 : line + 2 + len + 2;
    return next <= end ? next : NULL;
}

// An array of five bulk strings and another bulk string.
static size_t reply_length(const char *text, size_t len) {
    const char *end = text + len;
    if (len > 0 && text[0] != '*') {
        return SIZE_MAX;
    }
    const char *at = len < 4 ? NULL : text + 4; // "*5\r\n"
    for (int i = 0; at != NULL && i <= PEER_SLOTS; i++) {
        if (at < end && *at == '-') {
            return SIZE_MAX;
        }
        at = at < end ? skip_bulk(at, end) : NULL;
    }
    return at == NULL ? 0 : (size_t)(at - text);
}

static err_t run(struct peer *peer, int64_t ms, uint64_t *out_replies) {
    struct redis *redis = (struct redis *)peer;
    return load_run_raw(redis->load, redis->requests, REQUESTS, reply_length, ms, out_replies);
}

static void close_redis(struct peer *peer) {
    struct redis *redis = (struct redis *)peer;
    load_close(redis->load);
    for (size_t i = 0; i < REQUESTS; i++) {
        buf_free(&redis->requests[i]);
    }
    free(redis);
}

err_t peer_redis_open(const struct peer_setup *setup, struct peer **out) {
    struct redis *redis = calloc(1, sizeof *redis);
    struct random random = {.state = 1};
    if (redis == NULL) {
        return err_set(ERR_MEMORY, "redis");
    }
    redis->peer = (struct peer){.run = run, .close = close_redis};
    err_t err = OK;
    for (size_t i = 0; err == OK && i < REQUESTS; i++) {
        put_question(random_next(&random) % (2 * setup->children), &redis->requests[i]);
        err = buf_check(&redis->requests[i]);
    }
    if (err == OK) {
        err = load_open(&setup->files, setup->port, setup->connections, &redis->load);
    }
    if (err != OK) {
        close_redis(&redis->peer);
        return err;
    }
    *out = &redis->peer;
    return OK;
}
