// SPDX-License-Identifier: Apache-2.0
// How many questions one worker of the index answers over kept connections, and what a question costs its threads:
// the worker (TLS, HTTP, JSON, the child's tags) and the sequencer (look-up, journal record, sync, reply). Half of the
// children asked about are known. Each round measures questions about one child and about 256; the medians count.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "bench/figures.h"
#include "bench/load.h"
#include "bench/running_scheme.h"
#include "bench/threads.h"
#include "proto/involvement.h"
#include "proto/routes.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define CHILDREN (64 * MAX_CHILDREN) // of which the first half is registered
#define BODIES_MAX 4096

enum size { ONE, MANY, SIZES };
static const struct {
    const char *name; // in the JSON
    const char *text;
    size_t children, bodies;
} sizes[SIZES] = {
    {"one_child", "questions about one child", 1, BODIES_MAX},
    {"256_children", "questions about 256 children", MAX_CHILDREN, 64},
};

struct figures { // a round each
    double rate[ROUNDS_MAX], worker_us[ROUNDS_MAX], sequencer_us[ROUNDS_MAX];
};

struct bench {
    size_t rounds, connections;
    int64_t ms;
    bool json;
    struct running_scheme *scheme;
    size_t slots;
    struct token_set *children;
    struct buf bodies[SIZES][BODIES_MAX];
    struct load *load;
    struct figures figures[SIZES];
};

static err_t register_some(const struct bench *bench, struct http_client *client, const struct token_set *children) {
    static struct change changes[MAX_CHILDREN];
    const struct involvement_request request = {
        .slots = bench->slots, .epochs = token_epoch(1), .count = MAX_CHILDREN, .changes = changes};
    struct buf body = {0};
    for (size_t i = 0; i < MAX_CHILDREN; i++) {
        changes[i] = (struct change){.action = ACTION_OPEN, .tokens = children[i]};
        randombytes_buf(changes[i].handle, HANDLE_SIZE);
    }
    err_t err = involvement_request_write(&request, &body);
    struct http_exchange exchange = {
        .base = bench->scheme->descriptor.indexes[0], .path = ROUTE_INVOLVEMENTS, .body = buf_bytes(&body)};
    if (err == OK) {
        err = http_client_one(client, &exchange);
    }
    buf_free(&exchange.reply);
    buf_free(&body);
    return err;
}

static err_t register_half(const struct bench *bench) {
    struct http_client *client = NULL;
    err_t err = scheme_client(bench->scheme, "north", &client);
    for (size_t i = 0; err == OK && i < CHILDREN / 2; i += MAX_CHILDREN) {
        err = register_some(bench, client, &bench->children[i]);
    }
    http_client_free(client);
    return err;
}

// Children at random, so that known and unknown ones are mixed.
static err_t write_body(const struct bench *bench, size_t children, struct buf *out) {
    static struct token_set asked[MAX_CHILDREN];
    const struct question question = {.purpose = PURPOSE_CASELOAD,
                                      .slots = bench->slots,
                                      .epochs = token_epoch(1),
                                      .count = children,
                                      .children = asked};
    for (size_t i = 0; i < children; i++) {
        asked[i] = bench->children[randombytes_uniform(CHILDREN)];
    }
    return question_write(&question, out);
}

static err_t prepare(struct bench *bench) {
    char ca[640], certificate[640], key[640];
    bench->slots = bench->scheme->descriptor.slot_count;
    bench->children = calloc(CHILDREN, sizeof *bench->children);
    if (bench->children == NULL) {
        return err_set(ERR_MEMORY, "children");
    }
    for (size_t i = 0; i < CHILDREN; i++) {
        randombytes_buf(bench->children[i].tokens, bench->slots * TOKEN_SIZE);
    }
    err_t err = register_half(bench);
    for (size_t size = 0; size < SIZES; size++) {
        for (size_t i = 0; err == OK && i < sizes[size].bodies; i++) {
            err = write_body(bench, sizes[size].children, &bench->bodies[size][i]);
        }
    }
    if (err != OK) {
        return err;
    }
    scheme_path(bench->scheme, "authority/ca.crt", ca);
    scheme_path(bench->scheme, "south.crt", certificate);
    scheme_path(bench->scheme, "south.key", key);
    const struct tls_files files = {.ca = ca, .certificate = certificate, .key = key};
    return load_open(&files, bench->scheme->index.port, bench->connections, &bench->load);
}

static void release(struct bench *bench) {
    load_close(bench->load);
    for (size_t size = 0; size < SIZES; size++) {
        for (size_t i = 0; i < sizes[size].bodies; i++) {
            buf_free(&bench->bodies[size][i]);
        }
    }
    free(bench->children);
}

struct spent {
    int64_t worker_us, sequencer_us;
};

static err_t spent(const struct bench *bench, struct spent *out) {
    pid_t pid = bench->scheme->index.pid;
    err_t err = threads_spent_us(pid, "http-worker", &out->worker_us);
    return err == OK ? threads_spent_us(pid, "sequencer", &out->sequencer_us) : err;
}

static err_t measure(struct bench *bench, enum size size, size_t round) {
    struct spent before, after;
    uint64_t replies = 0;
    err_t err = spent(bench, &before);
    int64_t start_ns = wall_ns();
    if (err == OK) {
        err = load_run(bench->load, ROUTE_QUESTIONS, bench->bodies[size], sizes[size].bodies, bench->ms, &replies);
    }
    int64_t took_ns = wall_ns() - start_ns;
    if (err == OK) {
        err = spent(bench, &after);
    }
    if (err == OK) {
        struct figures *figures = &bench->figures[size];
        figures->rate[round] = (double)replies * 1e9 / (double)took_ns;
        figures->worker_us[round] = (double)(after.worker_us - before.worker_us) / (double)replies;
        figures->sequencer_us[round] = (double)(after.sequencer_us - before.sequencer_us) / (double)replies;
    }
    return err;
}

static void print_table(struct bench *bench) {
    printf("%-50s %12s %12s %12s\n", "one worker, kept connections", "questions/s", "worker us", "sequencer us");
    for (size_t size = 0; size < SIZES; size++) {
        struct figures *figures = &bench->figures[size];
        printf("%-50s %12.0f %12.1f %12.1f\n", sizes[size].text, median(figures->rate, bench->rounds),
               median(figures->worker_us, bench->rounds), median(figures->sequencer_us, bench->rounds));
    }
    printf("CPU time a question; %zu connections\n", bench->connections);
}

static err_t print_json(struct bench *bench) {
    json_t *document =
        json_pack("{s:I, s:I}", "rounds", (json_int_t)bench->rounds, "connections", (json_int_t)bench->connections);
    int failed = document == NULL;
    for (size_t size = 0; size < SIZES && !failed; size++) {
        struct figures *figures = &bench->figures[size];
        failed =
            json_object_set_new(document, sizes[size].name,
                                json_pack("{s:f, s:f, s:f}", "questions_per_s", median(figures->rate, bench->rounds),
                                          "worker_cpu_us", median(figures->worker_us, bench->rounds),
                                          "sequencer_cpu_us", median(figures->sequencer_us, bench->rounds)));
    }
    if (failed) {
        json_decref(document);
        document = NULL;
    }
    return figures_print_json(document);
}

static int run(struct running_scheme *scheme, void *ctx) {
    struct bench *bench = ctx;
    bench->scheme = scheme;
    err_t err = prepare(bench);
    for (size_t round = 0; err == OK && round < bench->rounds; round++) {
        for (enum size size = ONE; err == OK && size < SIZES; size++) {
            err = measure(bench, size, round);
        }
    }
    release(bench);
    if (err == OK && bench->json) {
        err = print_json(bench);
    } else if (err == OK) {
        print_table(bench);
    }
    return err == OK ? 0 : figures_fail("index", err);
}

int main(int argc, char **argv) {
    static struct bench bench;
    int64_t rounds = 5, connections = 16;
    bool help = false;
    int first = 0;
    bench.ms = 1000;
    const struct option_row options[] = {
        {"rounds", "N", OPTION_NUMBER, &rounds, 1, ROUNDS_MAX, "Rounds, of which the median counts (5)."},
        {"ms", "N", OPTION_NUMBER, &bench.ms, 100, 60000, "Milliseconds for each row of a round (1000)."},
        {"connections", "N", OPTION_NUMBER, &connections, 1, 256, "Kept connections (16)."},
        {"json", NULL, OPTION_FLAG, &bench.json, 0, 0, "Print JSON."},
    };
    const struct option_usage usage = {"index", "[--rounds N] [--ms N] [--connections N] [--json]",
                                       "Measures the questions that one worker of the index answers.", NULL};
    err_t err = options_read(argc, argv, &usage, options, COUNT(options), &first, &help);
    if (err != OK || help) {
        return err == OK ? 0 : figures_fail("index", err);
    }
    bench.rounds = (size_t)rounds;
    bench.connections = (size_t)connections;
    return running_scheme_with(run, &bench);
}
