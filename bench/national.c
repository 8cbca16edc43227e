// SPDX-License-Identifier: Apache-2.0
// A national index on one machine: made by `indexctl import` from generated involvements (three a child), then driven
// over mutual TLS as it would be in use, with the durable journal. For each size: how large it is, how soon it answers,
// the most it answers, how long an answer takes at a given load - alone and beside changes, a backup and checkpoints -
// and what random changes and a repack do to its file.
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/options.h"
#include "bench/disk.h"
#include "bench/figures.h"
#include "bench/involvements.h"
#include "bench/load.h"
#include "bench/national.h"
#include "bench/national_index.h"
#include "bench/random.h"
#include "bench/running_scheme.h"
#include "bench/threads.h"
#include "proto/routes.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define BODIES_MAX 4096

struct bench {
    struct option_list sizes; // children
    int64_t ms, connections, churn_percent;
    bool short_run, json;
    const char *out, *keep;
    size_t slots;
    struct running_scheme *scheme;
    struct random random;
    uint64_t children, changes; // the size in hand, and what was sent of next_change
    struct buf bodies[2][BODIES_MAX];
    struct national_report *report; // shared with the processes of the schemes
};

// ---- making the index

static err_t build(struct bench *bench, struct size_figures *size) {
    err_t err = scheme_stop_index(bench->scheme);
    size->involvements = bench->children * INVOLVEMENTS_A_CHILD;
    if (err == OK) {
        err = index_is_kept(bench->scheme, bench->children, &size->kept);
    }
    if (err != OK || size->kept) {
        bench->changes = (uint64_t)time(NULL) << 20; // others than those of the earlier run
        return err;
    }
    int64_t start_ns = wall_ns();
    err = index_import(bench->scheme, bench->children, bench->slots);
    size->import_s = (double)(wall_ns() - start_ns) / 1e9;
    return err == OK ? index_keep(bench->scheme, bench->children) : err;
}

// ---- requests

static uint64_t random_child(struct bench *bench, uint64_t below) {
    return random_next(&bench->random) % below;
}

// Half of the children asked about are known.
static err_t write_question(struct bench *bench, size_t children, struct buf *out) {
    static struct token_set asked[MAX_CHILDREN];
    const struct question question = {.purpose = PURPOSE_CASELOAD,
                                      .slots = bench->slots,
                                      .epochs = token_epoch(1),
                                      .count = children,
                                      .children = asked};
    for (size_t i = 0; i < children; i++) {
        asked[i] = involvements_tokens(random_child(bench, 2 * bench->children), bench->slots);
    }
    return question_write(&question, out);
}

static err_t one_question(void *ctx, struct buf *out) {
    return write_question(ctx, 1, out);
}

// One comes and one goes: an involvement of a known child is opened, and another child's is withdrawn.
static struct change next_change(struct bench *bench) {
    const uint64_t number = bench->changes++;
    struct random random = {.state = number + 77};
    const uint64_t child = random_next(&random) % bench->children;
    struct change change = involvements_open(child, INVOLVEMENTS_A_CHILD - 1, bench->slots);
    change.previous = false;
    change.quiet = false;
    if (number % 2 == 1) {
        change.action = ACTION_WITHDRAW;
    } else {
        memcpy(change.handle, &number, sizeof number); // another record
    }
    return change;
}

static err_t one_change(void *ctx, struct buf *out) {
    struct bench *bench = ctx;
    struct change change = next_change(bench);
    const struct involvement_request request = {
        .slots = bench->slots, .epochs = token_epoch(1), .count = 1, .changes = &change};
    return involvement_request_write(&request, out);
}

static err_t connect_load(const struct bench *bench, size_t connections, struct load **out) {
    char ca[640], certificate[640], key[640];
    scheme_path(bench->scheme, "authority/ca.crt", ca);
    scheme_path(bench->scheme, "south.crt", certificate);
    scheme_path(bench->scheme, "south.key", key);
    const struct tls_files files = {.ca = ca, .certificate = certificate, .key = key};
    return load_open(&files, bench->scheme->index.port, connections, out);
}

// ---- measuring

static err_t first_answer(struct bench *bench, struct size_figures *size) {
    struct load *load = NULL;
    struct buf body = {0};
    uint64_t replies = 0;
    err_t err = write_question(bench, 1, &body);
    int64_t start_ns = wall_ns();
    scheme_start_index(bench->scheme);
    if (err == OK) {
        err = connect_load(bench, 1, &load);
    }
    if (err == OK) {
        err = load_run(load, ROUTE_QUESTIONS, &body, 1, 0, &replies);
    }
    size->start_s = (double)(wall_ns() - start_ns) / 1e9;
    load_close(load);
    buf_free(&body);
    return err;
}

static err_t closed(struct bench *bench, struct load *load, size_t children, struct closed_figures *out) {
    struct buf *bodies = bench->bodies[children == 1 ? 0 : 1];
    const size_t count = children == 1 ? BODIES_MAX : 64;
    int64_t worker_us[2], sequencer_us[2];
    uint64_t replies = 0;
    const pid_t pid = bench->scheme->index.pid;
    err_t err = threads_spent_us(pid, "http-worker", &worker_us[0]);
    if (err == OK) {
        err = threads_spent_us(pid, "sequencer", &sequencer_us[0]);
    }
    int64_t start_ns = wall_ns();
    if (err == OK) {
        err = load_run(load, ROUTE_QUESTIONS, bodies, count, bench->ms, &replies);
    }
    const double took_s = (double)(wall_ns() - start_ns) / 1e9;
    if (err == OK) {
        err = threads_spent_us(pid, "http-worker", &worker_us[1]);
    }
    if (err == OK) {
        err = threads_spent_us(pid, "sequencer", &sequencer_us[1]);
    }
    if (err == OK) {
        *out = (struct closed_figures){.per_s = (double)replies / took_s,
                                       .worker_us = (double)(worker_us[1] - worker_us[0]) / (double)replies,
                                       .sequencer_us = (double)(sequencer_us[1] - sequencer_us[0]) / (double)replies};
    }
    return err;
}

static err_t write_bodies(struct bench *bench) {
    err_t err = OK;
    for (size_t many = 0; many < 2; many++) {
        for (size_t i = 0; err == OK && i < (many ? 64 : BODIES_MAX); i++) {
            buf_reset(&bench->bodies[many][i]);
            err = write_question(bench, many ? MAX_CHILDREN : 1, &bench->bodies[many][i]);
        }
    }
    return err;
}

static err_t drive(struct bench *bench, struct open_figures *figures) {
    struct load_stream streams[] = {
        {.path = ROUTE_QUESTIONS, .per_s = figures->questions_per_s, .body = one_question, .ctx = bench},
        {.path = ROUTE_INVOLVEMENTS, .per_s = figures->changes_per_s, .body = one_change, .ctx = bench},
    };
    struct load *load = NULL;
    err_t err = connect_load(bench, (size_t)bench->connections, &load);
    if (err == OK) {
        err = load_run_open(load, streams, COUNT(streams), bench->ms, random_next(&bench->random));
    }
    load_close(load);
    figures->questions = streams[0].latency;
    figures->changes = streams[1].latency;
    return err;
}

// A start begins with a sweep, and with reading everything through.
static err_t offer(struct bench *bench, struct open_figures *figures) {
    err_t err = disk_sync(bench->scheme->dir, &figures->sync);
    if (err == OK) {
        err = disk_sync_at(bench->scheme->dir, figures->questions_per_s, &figures->open_sync);
    }
    if (err != OK || !figures->beside) {
        return err == OK ? drive(bench, figures) : err;
    }
    err = scheme_stop_index(bench->scheme);
    if (err != OK) {
        return err;
    }
    scheme_start_index(bench->scheme);
    pid_t beside = index_start_beside(bench->scheme);
    err = drive(bench, figures);
    err_t ended = index_end_beside(beside);
    return err == OK ? ended : err;
}

static err_t offer_all(struct bench *bench, struct size_figures *size) {
    static const struct open_figures plan[] = {
        {.questions_per_s = 40},
        {.questions_per_s = 200},
        {.questions_per_s = 200, .changes_per_s = 170},
        {.questions_per_s = 1000},
        {.questions_per_s = 1000, .changes_per_s = 170},
        {.questions_per_s = 2000},
        {.questions_per_s = 4000},
        {.questions_per_s = 6000},
        {.questions_per_s = 200, .changes_per_s = 170, .beside = true},
    };
    err_t err = OK;
    for (size_t i = 0; err == OK && i < COUNT(plan); i++) {
        struct open_figures *figures = &size->offered[size->offered_count++];
        *figures = plan[i];
        err = offer(bench, figures);
    }
    return err;
}

static err_t with_workers(struct bench *bench, size_t workers, double *out) {
    char number[8];
    struct load *load = NULL;
    struct closed_figures figures = {0};
    (void)snprintf(number, sizeof number, "%zu", workers);
    err_t err = scheme_stop_index(bench->scheme);
    if (err == OK) {
        err = scheme_set(bench->scheme, "index.ini", "workers", number);
    }
    if (err == OK) {
        scheme_start_index(bench->scheme);
        index_settle(bench->scheme);
        err = connect_load(bench, (size_t)bench->connections, &load);
    }
    if (err == OK) {
        err = closed(bench, load, 1, &figures);
    }
    *out = figures.per_s;
    load_close(load);
    return err;
}

// So many percent of the involvements go, and as many come.
static err_t churn(struct bench *bench, struct size_figures *size) {
    static struct change changes[MAX_CHILDREN];
    static struct buf bodies[64];
    const uint64_t wanted = 2 * size->involvements * (uint64_t)bench->churn_percent / 100;
    struct load *load = NULL;
    err_t err = connect_load(bench, (size_t)bench->connections, &load);
    while (err == OK && size->churned < wanted) {
        for (size_t i = 0; err == OK && i < COUNT(bodies); i++) {
            const struct involvement_request request = {
                .slots = bench->slots, .epochs = token_epoch(1), .count = MAX_CHILDREN, .changes = changes};
            for (size_t j = 0; j < MAX_CHILDREN; j++) {
                changes[j] = next_change(bench);
            }
            buf_reset(&bodies[i]);
            err = involvement_request_write(&request, &bodies[i]);
        }
        uint64_t replies = 0;
        if (err == OK) {
            err = load_run(load, ROUTE_INVOLVEMENTS, bodies, COUNT(bodies), 0, &replies);
        }
        size->churned += replies * MAX_CHILDREN;
    }
    for (size_t i = 0; i < COUNT(bodies); i++) {
        buf_free(&bodies[i]);
    }
    load_close(load);
    return err;
}

static err_t measure_closed(struct bench *bench, struct size_figures *size) {
    struct load *load = NULL;
    size->connections = bench->connections;
    err_t err = write_bodies(bench);
    if (err == OK) {
        err = connect_load(bench, (size_t)bench->connections, &load);
    }
    if (err == OK) {
        err = closed(bench, load, 1, &size->one);
    }
    if (err == OK) {
        err = closed(bench, load, MAX_CHILDREN, &size->many);
    }
    if (err == OK) {
        err = memory_kib(bench->scheme->index.pid, &size->memory_kib);
    }
    load_close(load);
    return err;
}

static err_t measure_loaded(struct bench *bench, struct size_figures *size) {
    err_t err = measure_closed(bench, size);
    if (err == OK && !bench->short_run) {
        err = offer_all(bench, size);
    }
    if (err == OK && bench->churn_percent > 0) {
        err = churn(bench, size);
    }
    size->workers_per_s[0] = bench->short_run ? 0 : size->one.per_s;
    for (size_t workers = 2; err == OK && !bench->short_run && workers <= WORKERS_MAX; workers++) {
        err = with_workers(bench, workers, &size->workers_per_s[workers - 1]);
    }
    return err == OK ? scheme_set(bench->scheme, "index.ini", "workers", "1") : err;
}

static err_t measure_repack(struct bench *bench, struct size_figures *size) {
    struct size_figures now = {0};
    err_t err = scheme_stop_index(bench->scheme);
    if (err == OK) {
        err = index_row_bytes(bench->scheme, &now, &size->churned_row_bytes);
    }
    int64_t start_ns = wall_ns();
    if (err == OK) {
        err = index_run(bench->scheme, "repack", NULL);
    }
    size->repack_s = (double)(wall_ns() - start_ns) / 1e9;
    if (err == OK) {
        err = index_row_bytes(bench->scheme, &now, &size->repacked_row_bytes);
    }
    scheme_start_index(bench->scheme);
    return err;
}

static err_t measure(struct bench *bench, struct size_figures *size) {
    size->children = bench->children;
    err_t err = build(bench, size);
    if (err == OK) {
        err = first_answer(bench, size);
    }
    if (err == OK) {
        err = index_row_bytes(bench->scheme, size, &size->row_bytes);
    }
    if (err == OK) {
        index_settle(bench->scheme);
        err = measure_loaded(bench, size);
    }
    return err == OK && bench->churn_percent > 0 ? measure_repack(bench, size) : err;
}

static err_t finish(const struct bench *bench) {
    report_print(bench->report);
    if (bench->out == NULL) {
        return OK;
    }
    if (mkdir(bench->out, 0755) != 0 && errno != EEXIST) {
        return err_set(ERR_IO, "%s: %s", bench->out, strerror(errno));
    }
    return report_write(bench->report, bench->out);
}

// One size, in the process of a scheme of its own.
static int run(struct running_scheme *scheme, void *ctx) {
    struct bench *bench = ctx;
    bench->scheme = scheme;
    bench->slots = scheme->descriptor.slot_count;
    fprintf(stderr, "national: %llu children\n", (unsigned long long)bench->children);
    err_t err = disk_sync(scheme->dir, &bench->report->sync);
    if (err == OK) {
        err = measure(bench, &bench->report->sizes[bench->report->size_count]);
    }
    for (size_t i = 0; i < 2 * BODIES_MAX; i++) {
        buf_free(&bench->bodies[i / BODIES_MAX][i % BODIES_MAX]);
    }
    return err == OK ? 0 : figures_fail("national", err);
}

static int run_sizes(struct bench *bench) {
    int code = 0;
    bench->report = mmap(NULL, sizeof *bench->report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (bench->report == MAP_FAILED) {
        return figures_fail("national", err_set(ERR_MEMORY, "out of memory"));
    }
    for (size_t i = 0; code == 0 && i < bench->sizes.count; i++) {
        bench->children = strtoull(bench->sizes.items[i], NULL, 10);
        code = bench->keep == NULL ? running_scheme_with(run, bench) : running_scheme_in(bench->keep, run, bench);
        bench->report->size_count += code == 0 ? 1 : 0;
    }
    err_t err = bench->report->size_count == 0 ? OK : finish(bench); // what was measured is told
    return err == OK ? code : figures_fail("national", err);
}

static err_t check_sizes(struct option_list *sizes, bool kept) {
    if (sizes->count == 0) {
        sizes->items[sizes->count++] = "20000";
    }
    if (kept && sizes->count > 1) {
        return err_set(ERR_INPUT, "--keep: for one size");
    }
    if (sizes->count > SIZES_MAX) {
        return err_set(ERR_INPUT, "at most %d sizes", SIZES_MAX);
    }
    for (size_t i = 0; i < sizes->count; i++) {
        const char *text = sizes->items[i];
        if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 9 || strtoull(text, NULL, 10) < 1000) {
            return err_set(ERR_INPUT, "--children %s: must be a number from 1000 on", text);
        }
    }
    return OK;
}

int main(int argc, char **argv) {
    static struct bench bench = {.ms = 5000, .connections = 32, .churn_percent = 10};
    static char out[4096];
    bool help = false;
    int first = 0;
    const struct option_row options[] = {
        {"children", "N", OPTION_LIST, &bench.sizes, 0, 0, "Size of the index (20000); give it again for more sizes."},
        {"ms", "N", OPTION_NUMBER, &bench.ms, 100, 600000, "Milliseconds for each measurement (5000)."},
        {"connections", "N", OPTION_NUMBER, &bench.connections, 1, 256, "Kept connections (32)."},
        {"churn", "PERCENT", OPTION_NUMBER, &bench.churn_percent, 0, 100,
         "Of the involvements, changed at random (10). 0 leaves out the repack too."},
        {"short", NULL, OPTION_FLAG, &bench.short_run, 0, 0, "Leave out the open loop and the workers."},
        {"keep", "FOLDER", OPTION_TEXT, &bench.keep, 0, 0,
         "Make the scheme there and leave it; where it holds the index already, nothing is imported."},
        {"out", "FOLDER", OPTION_TEXT, &bench.out, 0, 0, "Write report.json and tables for plots there."},
    };
    const struct option_usage usage = {"national",
                                       "[--children N]... [--ms N] [--connections N] [--churn PERCENT] [--short] "
                                       "[--keep FOLDER] [--out FOLDER]",
                                       "Measures indexes of national size, as real processes over mutual TLS.",
                                       "Run it by bench/national.sh, which also makes the plots."};
    err_t err = options_read(argc, argv, &usage, options, COUNT(options), &first, &help);
    if (err == OK && !help) {
        err = check_sizes(&bench.sizes, bench.keep != NULL);
    }
    if (err != OK || help) {
        return err == OK ? 0 : figures_fail("national", err);
    }
    if (bench.out != NULL && bench.out[0] != '/') { // the scheme is another folder's
        char here[2048];
        (void)snprintf(out, sizeof out, "%s/%s", getcwd(here, sizeof here) == NULL ? "." : here, bench.out);
        bench.out = out;
    }
    return run_sizes(&bench);
}
