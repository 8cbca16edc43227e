// SPDX-License-Identifier: Apache-2.0
// What the durable journal costs: the same questions, about one child each, at moments that do not wait for the index
// (an open loop), once with the journal - sealed, hashed, written, synced before each reply, its heads signed and
// cosigned every second - and once with an index that keeps none.
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/options.h"
#include "bench/figures.h"
#include "bench/load.h"
#include "bench/running_scheme.h"
#include "bench/threads.h"
#include "proto/question.h"
#include "proto/routes.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define CONNECTIONS 64

static const double rates[] = {100, 1000};
static const struct {
    const char *name, *program;
} modes[] = {{"with the journal", "indexd/indexd"}, {"without", "bench/indexd_without_journal"}};

struct bench {
    int64_t ms;
    bool json;
    struct running_scheme *scheme;
    size_t slots;
    json_t *rows;
};

static err_t put_question(void *ctx, struct buf *out) {
    const struct bench *bench = ctx;
    struct token_set child;
    const struct question question = {
        .purpose = PURPOSE_CASELOAD, .slots = bench->slots, .epochs = token_epoch(1), .count = 1, .children = &child};
    randombytes_buf(child.tokens, bench->slots * TOKEN_SIZE);
    return question_write(&question, out);
}

static err_t open_load(const struct bench *bench, struct load **out) {
    char ca[640], certificate[640], key[640];
    scheme_path(bench->scheme, "authority/ca.crt", ca);
    scheme_path(bench->scheme, "south.crt", certificate);
    scheme_path(bench->scheme, "south.key", key);
    const struct tls_files files = {.ca = ca, .certificate = certificate, .key = key};
    return load_open(&files, bench->scheme->index.port, CONNECTIONS, out);
}

struct spent {
    int64_t worker_us, sequencer_us, notary_us;
};

static err_t spent(const struct bench *bench, struct spent *out) {
    pid_t pid = bench->scheme->index.pid;
    err_t err = threads_spent_us(pid, "http-worker", &out->worker_us);
    if (err == OK) {
        err = threads_spent_us(pid, "sequencer", &out->sequencer_us);
    }
    return err == OK ? threads_spent_us(pid, "notary", &out->notary_us) : err;
}

static void take(struct bench *bench, size_t mode, double rate, const struct histogram *latency,
                 const struct spent *before, const struct spent *after) {
    const double count = (double)latency->count;
    const double worker = (double)(after->worker_us - before->worker_us) / count;
    const double sequencer = (double)(after->sequencer_us - before->sequencer_us) / count;
    const double notary = (double)(after->notary_us - before->notary_us) / count;
    const double p50 = histogram_quantile(latency, 0.5), p99 = histogram_quantile(latency, 0.99);
    json_array_append_new(bench->rows,
                          json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:f}", "index", modes[mode].name, "questions_per_s",
                                    rate, "latency_p50_us", p50, "latency_p99_us", p99, "worker_cpu_us", worker,
                                    "sequencer_cpu_us", sequencer, "notary_cpu_us", notary));
    if (!bench->json) {
        printf("%-18s %8.0f %12.0f %12.0f %10.1f %12.1f %10.1f\n", modes[mode].name, rate, p50, p99, worker, sequencer,
               notary);
    }
}

static err_t measure(struct bench *bench, size_t mode, double rate) {
    static struct load_stream stream;
    struct load *load = NULL;
    struct spent before, after;
    stream = (struct load_stream){.path = ROUTE_QUESTIONS, .per_s = rate, .body = put_question, .ctx = bench};
    err_t err = open_load(bench, &load);
    if (err == OK) {
        err = load_run_open(load, &stream, 1, 1000, 1); // to warm up
    }
    stream.latency = (struct histogram){.count = 0};
    if (err == OK) {
        err = spent(bench, &before);
    }
    if (err == OK) {
        err = load_run_open(load, &stream, 1, bench->ms, 2);
    }
    if (err == OK) {
        err = spent(bench, &after);
    }
    if (err == OK) {
        take(bench, mode, rate, &stream.latency, &before, &after);
    }
    load_close(load);
    return err;
}

static void start_index(struct running_scheme *scheme, const char *program) {
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", scheme->build, program);
    const char *argv[] = {path, "--config", "index.ini", NULL};
    daemon_start(&scheme->index, scheme->dir, argv, "index.log");
}

static err_t prepare(struct bench *bench) {
    static const struct {
        const char *key, *value;
    } settings[] = {{"checkpoint_interval_s", "1"}, {"agency_children_hour", "0"}, {"agency_children_day", "0"},
                    {"agency_questions_day", "0"},  {"agency_no_day", "0"},        {"agency_unregistered_day", "0"}};
    err_t err = OK;
    for (size_t i = 0; err == OK && i < COUNT(settings); i++) {
        err = scheme_set(bench->scheme, "index.ini", settings[i].key, settings[i].value);
    }
    bench->slots = bench->scheme->descriptor.slot_count;
    bench->rows = json_array();
    return err == OK && bench->rows == NULL ? err_set(ERR_MEMORY, "figures") : err;
}

static int run(struct running_scheme *scheme, void *ctx) {
    struct bench *bench = ctx;
    bench->scheme = scheme;
    err_t err = prepare(bench);
    if (!bench->json) {
        printf("%-18s %8s %12s %12s %10s %12s %10s\n", "open loop, 1 child", "per s", "p50 us", "p99 us", "worker us",
               "sequencer us", "notary us");
    }
    for (size_t mode = 0; err == OK && mode < COUNT(modes); mode++) {
        err = scheme_stop_index(scheme);
        if (err == OK) {
            start_index(scheme, modes[mode].program);
        }
        for (size_t i = 0; err == OK && i < COUNT(rates); i++) {
            err = measure(bench, mode, rates[i]);
        }
    }
    if (err == OK && bench->json) {
        err = figures_print_json(json_incref(bench->rows));
    }
    json_decref(bench->rows);
    return err == OK ? 0 : figures_fail("journal", err);
}

int main(int argc, char **argv) {
    static struct bench bench = {.ms = 10000};
    bool help = false;
    int first = 0;
    const struct option_row options[] = {
        {"ms", "N", OPTION_NUMBER, &bench.ms, 1000, 600000, "Milliseconds for each row (10000)."},
        {"json", NULL, OPTION_FLAG, &bench.json, 0, 0, "Print JSON."},
    };
    const struct option_usage usage = {"journal", "[--ms N] [--json]",
                                       "Measures what the durable journal costs: CPU time a question, and latency.",
                                       NULL};
    err_t err = options_read(argc, argv, &usage, options, COUNT(options), &first, &help);
    if (err != OK || help) {
        return err == OK ? 0 : figures_fail("journal", err);
    }
    return running_scheme_with(run, &bench);
}
