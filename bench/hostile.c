// SPDX-License-Identifier: Apache-2.0
// Hostile peers on the network, one kind after the other and then all together, while authorised clients ask on: how
// long these wait, how much memory the index takes, and whether anything was taken that must be refused.
//
//   hostile [--idle N] [--ms N] [--rate N] [--no-judgement]
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/options.h"
#include "bench/histogram.h"
#include "bench/hostile_peers.h"
#include "bench/load.h"
#include "bench/running_scheme.h"
#include "proto/question.h"
#include "proto/routes.h"
#include "proto/tls.h"

#define ASKERS 4
#define KINDS_MAX 16
#define P99_MAX_US 100000
#define MEMORY_FLOOR_KB (100 * 1024)
#define MEMORY_OF_CONNECTION_KB 30

struct campaign {
    struct running_scheme *scheme;
    int64_t idle, ms, rate;
    bool no_judgement;
    struct hostile hostile;
    struct load *askers;
    struct idlers *idlers;
    uint64_t seed;
    size_t findings;
};

static err_t question_body(void *ctx, struct buf *out) {
    const struct campaign *campaign = ctx;
    struct token_set tokens = {0};
    const struct question question = {.purpose = PURPOSE_ASSESSMENT,
                                      .slots = campaign->scheme->descriptor.slot_count,
                                      .epochs = token_epoch(1),
                                      .count = 1,
                                      .children = &tokens};
    randombytes_buf(tokens.tokens, question.slots * TOKEN_SIZE);
    return question_write(&question, out);
}

static struct tls_files files_of(const struct campaign *campaign, const char *name, char room[3][640]) {
    char file[64];
    scheme_path(campaign->scheme, "authority/ca.crt", room[0]);
    (void)snprintf(file, sizeof file, "%s.crt", name);
    scheme_path(campaign->scheme, file, room[1]);
    (void)snprintf(file, sizeof file, "%s.key", name);
    scheme_path(campaign->scheme, file, room[2]);
    return (struct tls_files){.ca = room[0], .certificate = room[1], .key = room[2]};
}

static long memory_kb(pid_t pid) {
    char path[64], line[256];
    long kb = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    while (file != NULL && kb == 0 && fgets(line, sizeof line, file) != NULL) {
        (void)sscanf(line, "VmRSS: %ld", &kb);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return kb;
}

struct attack {
    struct hostile *hostile;
    const struct hostile_kind *kind;
    pthread_t thread;
};

static void *attack(void *ctx) {
    struct attack *attack = ctx;
    attack->kind->run(attack->hostile);
    return NULL;
}

// The kinds from `first` on, `count` of them, beside the askers.
static err_t phase(struct campaign *campaign, const char *name, size_t first, size_t count) {
    static struct load_stream stream;
    struct attack attacks[KINDS_MAX];
    size_t begun = 0;
    atomic_store(&campaign->hostile.stop, false);
    atomic_store(&campaign->hostile.tries, 0);
    for (; begun < count; begun++) {
        attacks[begun] = (struct attack){.hostile = &campaign->hostile, .kind = &hostile_kinds[first + begun]};
        if (pthread_create(&attacks[begun].thread, NULL, attack, &attacks[begun]) != 0) {
            break;
        }
    }
    memset(&stream, 0, sizeof stream);
    stream.path = ROUTE_QUESTIONS;
    stream.per_s = (double)campaign->rate;
    stream.body = question_body;
    stream.ctx = campaign;
    err_t err = load_run_open(campaign->askers, &stream, 1, campaign->ms, campaign->seed++);
    long kb = memory_kb(campaign->scheme->index.pid);
    atomic_store(&campaign->hostile.stop, true);
    for (size_t i = 0; i < begun; i++) {
        (void)pthread_join(attacks[i].thread, NULL);
    }
    double p99 = histogram_quantile(&stream.latency, 0.99);
    long bound = MEMORY_FLOOR_KB + MEMORY_OF_CONNECTION_KB * ((campaign->idlers != NULL ? campaign->idle : 0) + 1000);
    bool bad = p99 > P99_MAX_US || kb > bound;
    campaign->findings += bad && !campaign->no_judgement ? 1 : 0;
    printf("%-28s %10lu %10llu %9.1f %9.1f %9.1f%s\n", name, atomic_load(&campaign->hostile.tries),
           (unsigned long long)stream.latency.count, histogram_quantile(&stream.latency, 0.5) / 1000, p99 / 1000,
           (double)kb / 1024, bad ? "  OUT OF BOUNDS" : "");
    (void)fflush(stdout);
    return err;
}

static err_t prepare(struct campaign *campaign) {
    char room[3][640];
    const char *const stranger[] = {"keys/ceremony/ceremony", "issue",  "--dir",    "authority", "--passphrase-file",
                                    "authority.passphrase",   "--days", "30",       "--out",     "stranger",
                                    "practitioner",           "south",  "stranger", NULL};
    err_t err = scheme_run(campaign->scheme, stranger);
    if (err == OK) {
        err = scheme_stop_index(campaign->scheme);
    }
    if (err == OK) {
        err = scheme_set(campaign->scheme, "index.ini", "max_connections", "15000");
    }
    if (err == OK) {
        scheme_start_index(campaign->scheme);
        campaign->hostile.port = campaign->scheme->index.port;
        struct tls_files files = files_of(campaign, "stranger", room);
        err = tls_client_context(&files, &campaign->hostile.unlisted);
    }
    if (err == OK) {
        struct tls_files files = files_of(campaign, "south", room);
        err = tls_client_context(&files, &campaign->hostile.listed);
        if (err == OK) {
            SSL_CTX_set_mode(campaign->hostile.listed, SSL_MODE_RELEASE_BUFFERS);
        }
        err = err == OK ? load_open(&files, campaign->hostile.port, ASKERS, &campaign->askers) : err;
    }
    return err;
}

static err_t all_phases(struct campaign *campaign) {
    printf("%-28s %10s %10s %9s %9s %9s\n", "beside the askers", "hostile", "answers", "p50 ms", "p99 ms", "MiB");
    err_t err = phase(campaign, "nobody", 0, 0);
    for (size_t i = 0; err == OK && i < hostile_kind_count; i++) {
        err = phase(campaign, hostile_kinds[i].name, i, 1);
    }
    if (err == OK) {
        err = idlers_open(&campaign->hostile, (size_t)campaign->idle, &campaign->idlers);
    }
    if (err == OK) {
        char name[64];
        (void)snprintf(name, sizeof name, "%lld idle connections", (long long)campaign->idle);
        err = phase(campaign, name, 0, 0);
    }
    return err == OK ? phase(campaign, "all of these at once", 0, hostile_kind_count) : err;
}

static int work(struct running_scheme *scheme, void *ctx) {
    struct campaign *campaign = ctx;
    campaign->scheme = scheme;
    err_t err = prepare(campaign);
    if (err == OK) {
        err = all_phases(campaign);
    }
    unsigned long breaches = atomic_load(&campaign->hostile.breaches);
    printf("taken that must be refused: %lu; out of bounds: %zu\n", breaches, campaign->findings);
    if (err != OK) {
        fprintf(stderr, "hostile: %s: %s\n", err_text(err), err_detail());
    }
    idlers_close(campaign->idlers);
    load_close(campaign->askers);
    SSL_CTX_free(campaign->hostile.listed);
    SSL_CTX_free(campaign->hostile.unlisted);
    return err != OK ? 2 : breaches > 0 || campaign->findings > 0 ? 1 : 0;
}

int main(int argc, char **argv) {
    static struct campaign campaign = {.idle = 10000, .ms = 5000, .rate = 200, .seed = 1};
    int first = 0;
    bool help = false;
    const struct option_row rows[] = {
        {"idle", "N", OPTION_NUMBER, &campaign.idle, 1, 14000, "Idle connections (10000)."},
        {"ms", "N", OPTION_NUMBER, &campaign.ms, 100, 3600000, "Milliseconds for each kind (5000)."},
        {"rate", "N", OPTION_NUMBER, &campaign.rate, 1, 10000, "Authorised questions a second (200)."},
        {"no-judgement", NULL, OPTION_FLAG, &campaign.no_judgement, 0, 0, "Latency and memory are printed alone."},
    };
    const struct option_usage usage = {"hostile", "[OPTIONS]", "Attacks an index while authorised clients ask on.",
                                       "Exit codes: 0 all held, 1 a finding, 2 it could not begin."};
    err_t err = options_read(argc, argv, &usage, rows, sizeof rows / sizeof rows[0], &first, &help);
    if (err != OK || help) {
        return help ? 0 : 2;
    }
    return running_scheme_with(work, &campaign);
}
