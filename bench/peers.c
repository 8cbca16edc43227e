// SPDX-License-Identifier: Apache-2.0
// The index beside PostgreSQL and Redis (bench/peer.h), in turns, in one run: questions a second, and what a question
// costs the server's processors, of which the load takes none. PostgreSQL and Redis hand the rows to whoever asks;
// asked by a function (bench/peer_redis.lua) Redis looks up the account that the client names, decides, and hands out
// the answer alone. The index does what none of them do: it checks certificate and roster, makes tags from tokens by
// HMAC, opens what is sealed, counts budgets, and seals a record that a tree of hashes binds.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/options.h"
#include "bench/figures.h"
#include "bench/involvements.h"
#include "bench/load.h"
#include "bench/peer.h"
#include "bench/random.h"
#include "bench/running_scheme.h"
#include "bench/threads.h"
#include "proto/routes.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define BODIES 4096

enum server { INDEX, POSTGRES, REDIS, REDIS_ANSWERING, SERVERS };
static const char *const names[SERVERS] = {"Signpost", "PostgreSQL, rows", "Redis, rows", "Redis, answering"};
static const char *const keys[SERVERS] = {"signpost", "postgresql", "redis", "redis_answering"};

struct bench {
    int64_t children, ms, rounds, connections;
    bool json, rows;
    const char *script;
    struct running_scheme *scheme;
    struct load *load;
    struct buf bodies[BODIES];
    struct peer *peers[SERVERS];
    pid_t pids[SERVERS];
    double rate[SERVERS][ROUNDS_MAX], cpu_us[SERVERS][ROUNDS_MAX];
};

uint64_t peer_key(uint64_t child, unsigned slot) {
    const struct token_set tokens = involvements_tokens(child, PEER_SLOTS);
    uint64_t key = 0;
    memcpy(&key, tokens.tokens[slot], sizeof key);
    return key;
}

#define SEAL_SIZE 16
#define ENTRY_SIZE 17
#define ENTRY_STATE 14

void peer_value(uint64_t child, uint8_t out[PEER_VALUE]) {
    (void)crypto_generichash(out, 64, (const uint8_t *)&child, sizeof child, NULL, 0);
    memset(out + 64, 1, PEER_VALUE - 64);
    for (unsigned i = 0; i < INVOLVEMENTS_A_CHILD; i++) {
        uint8_t *entry = out + SEAL_SIZE + i * ENTRY_SIZE;
        const struct change change = involvements_open(child, i, PEER_SLOTS);
        entry[0] = (uint8_t)(entry[0] % AGENCIES);
        entry[1] = 0;
        entry[ENTRY_STATE] = (uint8_t)((change.previous ? 0 : 1) | (change.quiet ? 2 : 0));
    }
}

err_t peer_run(struct peer *peer, int64_t ms, uint64_t *out_replies) {
    return peer->run(peer, ms, out_replies);
}

void peer_close(struct peer *peer) {
    if (peer != NULL) {
        peer->close(peer);
    }
}

// The rows as the loaders of both take them: "redis" - the protocol of `redis-cli --pipe`; "postgresql" - COPY's text.
static int print_rows(const char *what, uint64_t children) {
    const bool redis = strcmp(what, "redis") == 0;
    if (!redis && strcmp(what, "postgresql") != 0) {
        return figures_fail("peers", err_set(ERR_INPUT, "--rows-for %s: redis or postgresql", what));
    }
    for (uint64_t i = 0; i < children * PEER_SLOTS; i++) {
        uint8_t value[PEER_VALUE];
        const uint64_t key = peer_key(i / PEER_SLOTS, (unsigned)(i % PEER_SLOTS));
        peer_value(i / PEER_SLOTS, value);
        if (redis) {
            (void)printf("*3\r\n$3\r\nSET\r\n$8\r\n");
            (void)fwrite(&key, 1, sizeof key, stdout);
            (void)printf("\r\n$%d\r\n", PEER_VALUE);
            (void)fwrite(value, 1, sizeof value, stdout);
            (void)printf("\r\n");
        } else {
            char hex[2 * PEER_VALUE + 1];
            (void)sodium_bin2hex(hex, sizeof hex, value, sizeof value);
            (void)printf("%lld\t\\\\x%s\n", (long long)key, hex);
        }
    }
    return fflush(stdout) == 0 ? 0 : 2;
}

// ---- the index

static err_t load_index(const struct bench *bench) {
    char command[1400];
    err_t err = scheme_stop_index(bench->scheme);
    if (err != OK) {
        return err;
    }
    (void)snprintf(command, sizeof command,
                   "cd '%s' && exec '%s/indexd/indexctl' import --config index.ini - >/dev/null 2>&1",
                   bench->scheme->dir, bench->scheme->build);
    FILE *pipe = popen(command, "we");
    err = pipe == NULL ? err_set(ERR_IO, "indexctl import")
                       : involvements_write((uint64_t)bench->children, bench->scheme->descriptor.slot_count, pipe);
    if (pipe != NULL && pclose(pipe) != 0 && err == OK) {
        err = err_set(ERR_IO, "indexctl import failed");
    }
    scheme_start_index(bench->scheme);
    return err;
}

static err_t connect_index(struct bench *bench, const struct peer_setup *setup) {
    struct random random = {.state = 1};
    const size_t slots = bench->scheme->descriptor.slot_count;
    err_t err = load_index(bench);
    for (size_t i = 0; err == OK && i < BODIES; i++) {
        struct token_set child = involvements_tokens(random_next(&random) % (2 * setup->children), PEER_SLOTS);
        const struct question question = {
            .purpose = PURPOSE_CASELOAD, .slots = slots, .epochs = token_epoch(1), .count = 1, .children = &child};
        err = question_write(&question, &bench->bodies[i]);
    }
    bench->pids[INDEX] = bench->scheme->index.pid;
    return err == OK ? load_open(&setup->files, bench->scheme->index.port, setup->connections, &bench->load) : err;
}

// ---- the others

// bench/peers.sh starts one of them and prints its port and process.
static err_t start_peer(const struct bench *bench, const char *what, uint16_t *out_port, pid_t *out_pid) {
    char children[32], program[640];
    (void)snprintf(children, sizeof children, "%lld", (long long)bench->children);
    (void)snprintf(program, sizeof program, "%s/bench/peers", bench->scheme->build);
    const char *argv[] = {bench->script, "start", what, bench->scheme->dir, program, children, NULL};
    struct outcome outcome = process_run(bench->scheme->dir, argv, NULL);
    unsigned port = 0;
    int pid = 0;
    err_t err = outcome.exit_code == 0 && sscanf(outcome.out, "ready %u %d", &port, &pid) == 2
                    ? OK
                    : err_set(ERR_IO, "%s could not be started: %s%s", what, outcome.out, outcome.err);
    *out_port = (uint16_t)port;
    *out_pid = (pid_t)pid;
    outcome_free(&outcome);
    return err;
}

static void stop_peers(const struct bench *bench) {
    const char *argv[] = {bench->script, "stop", bench->scheme->dir, NULL};
    struct outcome outcome = process_run(bench->scheme->dir, argv, NULL);
    outcome_free(&outcome);
}

static err_t connect_peers(struct bench *bench, struct peer_setup setup) {
    err_t err = start_peer(bench, keys[POSTGRES], &setup.port, &bench->pids[POSTGRES]);
    if (err == OK) {
        err = peer_postgres_open(&setup, &bench->peers[POSTGRES]);
    }
    if (err == OK) {
        err = start_peer(bench, keys[REDIS], &setup.port, &bench->pids[REDIS]);
        bench->pids[REDIS_ANSWERING] = bench->pids[REDIS]; // one server, asked in two ways
    }
    if (err == OK) {
        err = peer_redis_open(&setup, &bench->peers[REDIS]);
    }
    return err == OK ? peer_redis_answering_open(&setup, &bench->peers[REDIS_ANSWERING]) : err;
}

// ---- measuring

static err_t measure(struct bench *bench, enum server server, size_t round) {
    int64_t before = 0, after = 0;
    uint64_t replies = 0;
    err_t err = processes_spent_us(bench->pids[server], &before);
    const int64_t start_ns = wall_ns();
    if (err == OK) {
        err = server == INDEX ? load_run(bench->load, ROUTE_QUESTIONS, bench->bodies, BODIES, bench->ms, &replies)
                              : peer_run(bench->peers[server], bench->ms, &replies);
    }
    const double took_s = (double)(wall_ns() - start_ns) / 1e9;
    if (err == OK) {
        err = processes_spent_us(bench->pids[server], &after);
    }
    if (err == OK) {
        bench->rate[server][round] = (double)replies / took_s;
        bench->cpu_us[server][round] = (double)(after - before) / (double)replies;
    }
    return err;
}

static err_t report(struct bench *bench) {
    const size_t rounds = (size_t)bench->rounds;
    json_t *document = json_pack("{s:I, s:I, s:I}", "children", (json_int_t)bench->children, "rounds",
                                 (json_int_t)bench->rounds, "connections", (json_int_t)bench->connections);
    if (!bench->json) {
        printf("%-18s %14s %18s %22s\n", "", "questions/s", "server CPU us each", "questions a core-second");
    }
    for (enum server server = INDEX; server < SERVERS; server++) {
        const double rate = median(bench->rate[server], rounds), cpu_us = median(bench->cpu_us[server], rounds);
        if (bench->json) {
            (void)json_object_set_new(
                document, keys[server],
                json_pack("{s:f, s:f}", "questions_per_s", rate, "questions_per_core_second", 1e6 / cpu_us));
        } else {
            printf("%-18s %14.0f %18.1f %22.0f\n", names[server], rate, cpu_us, 1e6 / cpu_us);
        }
    }
    if (bench->json) {
        return figures_print_json(document);
    }
    json_decref(document);
    return OK;
}

static int run(struct running_scheme *scheme, void *ctx) {
    struct bench *bench = ctx;
    char ca[640], certificate[640], key[640];
    bench->scheme = scheme;
    scheme_path(scheme, "authority/ca.crt", ca);
    scheme_path(scheme, "south.crt", certificate);
    scheme_path(scheme, "south.key", key);
    const struct peer_setup setup = {.files = {.ca = ca, .certificate = certificate, .key = key},
                                     .children = (uint64_t)bench->children,
                                     .connections = (size_t)bench->connections};
    err_t err = connect_index(bench, &setup);
    if (err == OK) {
        err = connect_peers(bench, setup);
    }
    for (size_t round = 0; err == OK && round < (size_t)bench->rounds; round++) {
        for (enum server server = INDEX; err == OK && server < SERVERS; server++) {
            err = measure(bench, server, round);
        }
    }
    if (err == OK) {
        err = report(bench);
    }
    load_close(bench->load);
    for (enum server server = POSTGRES; server < SERVERS; server++) {
        peer_close(bench->peers[server]);
    }
    stop_peers(bench);
    for (size_t i = 0; i < BODIES; i++) {
        buf_free(&bench->bodies[i]);
    }
    return err == OK ? 0 : figures_fail("peers", err);
}

int main(int argc, char **argv) {
    static struct bench bench = {.children = 20000, .ms = 2000, .rounds = 5, .connections = 32};
    const char *rows_for = NULL;
    bool help = false;
    int first = 0;
    const struct option_row options[] = {
        {"children", "N", OPTION_NUMBER, &bench.children, 1000, 12000000, "Children that each server knows (20000)."},
        {"ms", "N", OPTION_NUMBER, &bench.ms, 100, 60000, "Milliseconds for each server's turn (2000)."},
        {"rounds", "N", OPTION_NUMBER, &bench.rounds, 1, ROUNDS_MAX, "Rounds, of which the median counts (5)."},
        {"connections", "N", OPTION_NUMBER, &bench.connections, 1, 90, "Kept connections (32)."},
        {"json", NULL, OPTION_FLAG, &bench.json, 0, 0, "Print JSON."},
        {"rows-for", "SERVER", OPTION_TEXT, &rows_for, 0, 0, "Print the rows for its loader, for bench/peers.sh."},
    };
    const struct option_usage usage = {"peers", "[--children N] [--ms N] [--rounds N] [--connections N] [--json]",
                                       "Measures the index beside PostgreSQL and Redis with the same rows, the same "
                                       "mutual TLS and the same durability.",
                                       "Run it by `bench/peers.sh BUILD [OPTIONS]`, which installs both."};
    err_t err = options_read(argc, argv, &usage, options, COUNT(options), &first, &help);
    if (err != OK || help) {
        return err == OK ? 0 : figures_fail("peers", err);
    }
    if (rows_for != NULL) {
        return print_rows(rows_for, (uint64_t)bench.children);
    }
    bench.script = getenv("SIGNPOST_PEERS");
    if (bench.script == NULL) {
        return figures_fail("peers", err_set(ERR_INPUT, "run it by bench/peers.sh"));
    }
    return running_scheme_with(run, &bench);
}
