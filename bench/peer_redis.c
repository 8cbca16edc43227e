// SPDX-License-Identifier: Apache-2.0
// Redis: MGET of five keys and XADD of the record, in one write; or one call of the function in bench/peer_redis.lua,
// which does both and decides. `appendfsync always` syncs before it replies.
#include <stdlib.h>
#include <string.h>

#include "bench/involvements.h"
#include "bench/load.h"
#include "bench/peer.h"
#include "bench/random.h"

#define REQUESTS 4096

struct redis {
    struct peer peer;
    struct load *load;
    load_reply_length reply_length;
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

static void put_call(uint64_t child, struct buf *out) {
    static const char *const rest[] = {"audit", "roster", "denied", INVOLVEMENTS_OWN, "caseload"};
    buf_printf(out, "*%d\r\n", 3 + PEER_SLOTS + 5);
    put_bulk(out, "FCALL", 5);
    put_bulk(out, "ask", 3);
    put_bulk(out, "8", 1);
    for (unsigned slot = 0; slot < PEER_SLOTS; slot++) {
        const uint64_t key = peer_key(child, slot);
        put_bulk(out, &key, sizeof key);
    }
    for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++) {
        put_bulk(out, rest[i], strlen(rest[i]));
    }
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
static size_t rows_length(const char *text, size_t len) {
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

// "+yes" and the like.
static size_t answer_length(const char *text, size_t len) {
    const char *end = memmem(text, len, "\r\n", 2);
    if (len > 0 && text[0] != '+') {
        return SIZE_MAX;
    }
    return end == NULL ? 0 : (size_t)(end + 2 - text);
}

static err_t run(struct peer *peer, int64_t ms, uint64_t *out_replies) {
    struct redis *redis = (struct redis *)peer;
    return load_run_raw(redis->load, redis->requests, REQUESTS, redis->reply_length, ms, out_replies);
}

static void close_redis(struct peer *peer) {
    struct redis *redis = (struct redis *)peer;
    load_close(redis->load);
    for (size_t i = 0; i < REQUESTS; i++) {
        buf_free(&redis->requests[i]);
    }
    free(redis);
}

static err_t open_redis(const struct peer_setup *setup, void (*put)(uint64_t child, struct buf *out),
                        load_reply_length reply_length, struct peer **out) {
    struct redis *redis = calloc(1, sizeof *redis);
    struct random random = {.state = 1};
    if (redis == NULL) {
        return err_set(ERR_MEMORY, "redis");
    }
    redis->peer = (struct peer){.run = run, .close = close_redis};
    redis->reply_length = reply_length;
    err_t err = OK;
    for (size_t i = 0; err == OK && i < REQUESTS; i++) {
        put(random_next(&random) % (2 * setup->children), &redis->requests[i]);
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

err_t peer_redis_open(const struct peer_setup *setup, struct peer **out) {
    return open_redis(setup, put_question, rows_length, out);
}

err_t peer_redis_answering_open(const struct peer_setup *setup, struct peer **out) {
    return open_redis(setup, put_call, answer_length, out);
}
