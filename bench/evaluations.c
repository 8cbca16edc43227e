// SPDX-License-Identifier: Apache-2.0
// A key holder as a process, over mutual TLS: elements evaluated with proof for each second of its worker's processor
// time, beside bare scalar multiplications of the same minute. From these and from a client's proof checks follows what
// the first load of a nation takes: a calculation, and printed as one.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/options.h"
#include "bench/figures.h"
#include "bench/load.h"
#include "bench/running_scheme.h"
#include "bench/threads.h"
#include "proto/evaluation.h"
#include "proto/routes.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define BODIES 16
#define NATION 36e6 // involvements: three for each of 12 million children
#define NATION_SLOTS 5
#define HOLDERS_ASKED 2

enum row { BARE, BATCH_16, BATCH_256, ROWS };
static const struct {
    const char *name, *text;
    size_t elements;
} rows[ROWS] = {
    {"raw", "bare scalar multiplications", 0},
    {"batch_16", "evaluated over the network, batches of 16", 16},
    {"batch_256", "evaluated over the network, batches of 256", 256},
};

struct bench {
    int64_t rounds, ms, connections;
    bool json;
    struct running_scheme *scheme;
    struct load *load;
    struct buf bodies[ROWS][BODIES];
    double rate[ROWS][ROUNDS_MAX], ratio[ROWS][ROUNDS_MAX];
};

static double thread_spent_s(void) {
    struct timespec spent;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return (double)spent.tv_sec + (double)spent.tv_nsec / 1e9;
}

static err_t measure_bare(const struct bench *bench, double *out) {
    uint8_t scalar[crypto_core_ristretto255_SCALARBYTES], point[ELEMENT_SIZE], product[ELEMENT_SIZE];
    const double start_s = thread_spent_s();
    double spent_s = 0;
    uint64_t done = 0;
    crypto_core_ristretto255_scalar_random(scalar);
    crypto_core_ristretto255_random(point);
    for (; spent_s < (double)bench->ms / 1000; spent_s = thread_spent_s() - start_s) {
        for (int i = 0; i < 16; i++, done++) {
            if (crypto_scalarmult_ristretto255(product, scalar, point) != 0) {
                return err_set(ERR_CRYPTO, "a multiplication failed");
            }
        }
    }
    *out = (double)done / spent_s;
    return OK;
}

static err_t measure_holder(struct bench *bench, enum row row, double *out) {
    const pid_t pid = bench->scheme->holders[0].pid;
    int64_t before = 0, after = 0;
    uint64_t replies = 0;
    err_t err = threads_spent_us(pid, "http-worker", &before);
    if (err == OK) {
        err = load_run(bench->load, ROUTE_EVALUATIONS, bench->bodies[row], BODIES, bench->ms, &replies);
    }
    if (err == OK) {
        err = threads_spent_us(pid, "http-worker", &after);
    }
    *out = (double)(replies * rows[row].elements) * 1e6 / (double)(after - before);
    return err;
}

static err_t write_bodies(struct bench *bench) {
    static struct evaluation_request request;
    err_t err = OK;
    request.epoch = bench->scheme->descriptor.epoch;
    request.generation = bench->scheme->descriptor.generation;
    for (enum row row = BATCH_16; row < ROWS; row++) {
        request.count = rows[row].elements;
        for (size_t i = 0; err == OK && i < BODIES; i++) {
            for (size_t j = 0; j < request.count; j++) {
                crypto_core_ristretto255_random(request.elements[j]);
            }
            err = evaluation_request_write(&request, &bench->bodies[row][i]);
        }
    }
    return err;
}

static err_t open_all(struct bench *bench) {
    char ca[640], certificate[640], key[640];
    scheme_path(bench->scheme, "authority/ca.crt", ca);
    scheme_path(bench->scheme, "south.crt", certificate);
    scheme_path(bench->scheme, "south.key", key);
    const struct tls_files files = {.ca = ca, .certificate = certificate, .key = key};
    err_t err = write_bodies(bench);
    return err == OK ? load_open(&files, bench->scheme->holders[0].port, (size_t)bench->connections, &bench->load)
                     : err;
}

static err_t measure(struct bench *bench) {
    err_t err = OK;
    for (size_t round = 0; err == OK && round < (size_t)bench->rounds; round++) {
        for (enum row row = BARE; err == OK && row < ROWS; row++) {
            double *rate = &bench->rate[row][round];
            err = row == BARE ? measure_bare(bench, rate) : measure_holder(bench, row, rate);
            bench->ratio[row][round] = *rate / bench->rate[BARE][round];
        }
    }
    return err;
}

static err_t report(struct bench *bench) {
    const size_t rounds = (size_t)bench->rounds;
    double rate[ROWS], ratio[ROWS];
    for (enum row row = BARE; row < ROWS; row++) {
        rate[row] = median(bench->rate[row], rounds);
        ratio[row] = median(bench->ratio[row], rounds);
    }
    const double core_hours = NATION * NATION_SLOTS / rate[BATCH_256] / 3600;
    if (!bench->json) {
        printf("%-46s %14s %8s\n", "one worker of a key holder", "elements/s", "of bare");
        for (enum row row = BARE; row < ROWS; row++) {
            printf("%-46s %14.0f %8.3f\n", rows[row].text, rate[row], ratio[row]);
        }
        printf("calculated: the first load of a nation, %.0f million involvements of %d tokens, takes each of %d key "
               "holders %.1f core-hours\n",
               NATION / 1e6, NATION_SLOTS, HOLDERS_ASKED, core_hours);
        return OK;
    }
    json_t *document =
        json_pack("{s:I, s:f}", "rounds", (json_int_t)bench->rounds, "calculated_nation_core_hours", core_hours);
    for (enum row row = BARE; row < ROWS; row++) {
        (void)json_object_set_new(
            document, rows[row].name,
            json_pack("{s:f, s:f}", "elements_per_core_second", rate[row], "ratio_to_raw", ratio[row]));
    }
    return figures_print_json(document);
}

static int run(struct running_scheme *scheme, void *ctx) {
    struct bench *bench = ctx;
    bench->scheme = scheme;
    err_t err = open_all(bench);
    if (err == OK) {
        err = measure(bench);
    }
    if (err == OK) {
        err = report(bench);
    }
    load_close(bench->load);
    for (size_t i = 0; i < (size_t)ROWS * BODIES; i++) {
        buf_free(&bench->bodies[i / BODIES][i % BODIES]);
    }
    return err == OK ? 0 : figures_fail("evaluations", err);
}

int main(int argc, char **argv) {
    static struct bench bench = {.rounds = 5, .ms = 1000, .connections = 4};
    bool help = false;
    int first = 0;
    const struct option_row options[] = {
        {"rounds", "N", OPTION_NUMBER, &bench.rounds, 1, ROUNDS_MAX, "Rounds, of which the median counts (5)."},
        {"ms", "N", OPTION_NUMBER, &bench.ms, 100, 60000, "Milliseconds for each row of a round (1000)."},
        {"connections", "N", OPTION_NUMBER, &bench.connections, 1, 256, "Kept connections (4)."},
        {"json", NULL, OPTION_FLAG, &bench.json, 0, 0, "Print JSON."},
    };
    const struct option_usage usage = {"evaluations", "[--rounds N] [--ms N] [--connections N] [--json]",
                                       "Measures a key holder over mutual TLS beside bare multiplications.", NULL};
    err_t err = options_read(argc, argv, &usage, options, COUNT(options), &first, &help);
    if (err != OK || help) {
        return err == OK ? 0 : figures_fail("evaluations", err);
    }
    return running_scheme_with(run, &bench);
}
