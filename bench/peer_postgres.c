// SPDX-License-Identifier: Apache-2.0
// PostgreSQL: one prepared statement, which looks up five keys and inserts the record, in one transaction of its own;
// synchronous_commit has it on disk before the reply.
#include <arpa/inet.h>
#include <endian.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "bench/figures.h"
#include "bench/peer.h"
#include "bench/random.h"

#define CONNECTIONS_MAX 256
#define PARAMETERS (PEER_SLOTS + 1)
#define INT8 20 // type numbers of PostgreSQL
#define BYTEA 17

static const char statement[] = "WITH record AS (INSERT INTO audit (record) VALUES ($6)) "
                                "SELECT tag, entries FROM children WHERE tag IN ($1, $2, $3, $4, $5)";

struct postgres {
    struct peer peer;
    uint64_t children;
    struct random random;
    size_t count;
    PGconn *connections[CONNECTIONS_MAX];
    struct pollfd polled[CONNECTIONS_MAX];
};

static err_t failed(PGconn *connection) {
    return err_set(ERR_NETWORK, "PostgreSQL: %s", PQerrorMessage(connection));
}

static err_t ask(struct postgres *postgres, PGconn *connection) {
    static const uint8_t record[PEER_RECORD] = {1};
    const uint64_t child = random_next(&postgres->random) % (2 * postgres->children);
    uint64_t keys[PEER_SLOTS];
    const char *values[PARAMETERS];
    int lengths[PARAMETERS], formats[PARAMETERS];
    for (unsigned i = 0; i < PARAMETERS; i++) {
        const bool key = i < PEER_SLOTS;
        if (key) {
            keys[i] = htobe64(peer_key(child, i));
        }
        values[i] = key ? (const char *)&keys[i] : (const char *)record;
        lengths[i] = key ? (int)sizeof keys[i] : (int)sizeof record;
        formats[i] = 1;
    }
    return PQsendQueryPrepared(connection, "question", PARAMETERS, values, lengths, formats, 1) == 1
               ? OK
               : failed(connection);
}

// *out_whole: the reply is here and was taken.
static err_t take(PGconn *connection, bool *out_whole) {
    *out_whole = false;
    if (PQconsumeInput(connection) != 1) {
        return failed(connection);
    }
    while (!PQisBusy(connection)) {
        PGresult *result = PQgetResult(connection);
        if (result == NULL) {
            *out_whole = true;
            return OK;
        }
        const ExecStatusType status = PQresultStatus(result);
        PQclear(result);
        if (status != PGRES_TUPLES_OK) {
            return failed(connection);
        }
    }
    return OK;
}

static err_t turn(struct postgres *postgres, size_t i, int64_t end_ns, size_t *waiting, uint64_t *replies) {
    bool whole = false;
    err_t err = take(postgres->connections[i], &whole);
    if (err != OK || !whole) {
        return err;
    }
    (*replies)++;
    if (wall_ns() >= end_ns) {
        (*waiting)--;
        return OK;
    }
    return ask(postgres, postgres->connections[i]);
}

static err_t run(struct peer *peer, int64_t ms, uint64_t *out_replies) {
    struct postgres *postgres = (struct postgres *)peer;
    const int64_t end_ns = wall_ns() + ms * 1000000;
    size_t waiting = postgres->count;
    uint64_t replies = 0;
    err_t err = OK;
    for (size_t i = 0; err == OK && i < postgres->count; i++) {
        err = ask(postgres, postgres->connections[i]);
    }
    while (err == OK && waiting > 0) {
        if (poll(postgres->polled, postgres->count, 10000) <= 0) {
            return err_set(ERR_NETWORK, "no reply for ten seconds");
        }
        for (size_t i = 0; err == OK && i < postgres->count; i++) {
            if (postgres->polled[i].revents != 0) {
                err = turn(postgres, i, end_ns, &waiting, &replies);
            }
        }
    }
    *out_replies = replies;
    return err;
}

static void close_postgres(struct peer *peer) {
    struct postgres *postgres = (struct postgres *)peer;
    for (size_t i = 0; i < postgres->count; i++) {
        PQfinish(postgres->connections[i]);
    }
    free(postgres);
}

static err_t open_connection(struct postgres *postgres, const char *target) {
    static const Oid types[PARAMETERS] = {INT8, INT8, INT8, INT8, INT8, BYTEA};
    PGconn *connection = PQconnectdb(target);
    postgres->connections[postgres->count] = connection;
    postgres->polled[postgres->count++] = (struct pollfd){.fd = PQsocket(connection), .events = POLLIN};
    if (PQstatus(connection) != CONNECTION_OK || PQsslInUse(connection) != 1) {
        return failed(connection);
    }
    PGresult *result = PQprepare(connection, "question", statement, PARAMETERS, types);
    const ExecStatusType status = PQresultStatus(result);
    PQclear(result);
    return status == PGRES_COMMAND_OK ? OK : failed(connection);
}

err_t peer_postgres_open(const struct peer_setup *setup, struct peer **out) {
    char target[2200];
    struct postgres *postgres = calloc(1, sizeof *postgres);
    if (postgres == NULL || setup->connections > CONNECTIONS_MAX) {
        free(postgres);
        return err_set(ERR_MEMORY, "no room for %zu connections", setup->connections);
    }
    postgres->peer = (struct peer){.run = run, .close = close_postgres};
    postgres->children = setup->children;
    postgres->random.state = 1;
    (void)snprintf(
        target, sizeof target,
        "host=127.0.0.1 port=%u user=signpost dbname=signpost sslmode=verify-ca ssl_min_protocol_version=TLSv1.3 "
        "sslrootcert='%s' sslcert='%s' sslkey='%s'",
        setup->port, setup->files.ca, setup->files.certificate, setup->files.key);
    err_t err = OK;
    while (err == OK && postgres->count < setup->connections) {
        err = open_connection(postgres, target);
    }
    if (err != OK) {
        close_postgres(&postgres->peer);
        return err;
    }
    *out = &postgres->peer;
    return OK;
}
