// SPDX-License-Identifier: Apache-2.0
// What `signpost sync` costs on one machine with everything: an agency's first sync of a caseload, the next one with 1%
// of the children changed, one with nothing changed, and a night's questions about 10,000 children.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/options.h"
#include "bench/figures.h"
#include "bench/running_scheme.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define QUESTIONS "10000"

enum part { FIRST, CHANGED, SAME, ASKED, PARTS };
static const char *const names[PARTS] = {"first sync", "sync, 1% changed", "sync, nothing changed",
                                         "ask, " QUESTIONS " children"};
static const char *const keys[PARTS] = {"first", "changed", "same", "asked"};

struct figures {
    double wall_s, client_s, holders_s, index_s; // processor time, but the first
    double peak_mib;                             // of the client
};

struct bench {
    struct running_scheme *scheme;
    int64_t children;
    bool json;
    struct figures parts[PARTS];
};

static double spent_s(pid_t pid) {
    clockid_t clock;
    struct timespec spent = {0};
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &spent) != 0) {
        return 0;
    }
    return (double)spent.tv_sec + (double)spent.tv_nsec / 1e9;
}

static double holders_spent_s(const struct running_scheme *scheme) {
    double sum = 0;
    for (size_t i = 0; i < SCHEME_HOLDERS; i++) {
        sum += spent_s(scheme->holders[i].pid);
    }
    return sum;
}

static pid_t start_client(const struct running_scheme *scheme, const char *const *arguments) {
    const char *argv[16];
    char path[640];
    (void)snprintf(path, sizeof path, "%s/client/signpost", scheme->build);
    size_t count = 0;
    argv[count++] = path;
    while (*arguments != NULL && count < COUNT(argv) - 1) {
        argv[count++] = *arguments++;
    }
    argv[count] = NULL;
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (chdir(scheme->dir) == 0 && freopen("/dev/null", "w", stdout) != NULL) {
            execv(path, (char *const *)(uintptr_t)argv);
        }
        _exit(127);
    }
    return pid;
}

static err_t measure(struct bench *bench, enum part part, const char *const *arguments) {
    const struct running_scheme *scheme = bench->scheme;
    double holders_s = holders_spent_s(scheme), index_s = spent_s(scheme->index.pid);
    int64_t start_ns = wall_ns();
    struct rusage usage;
    int status = 0;
    pid_t pid = start_client(scheme, arguments);
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return err_set(ERR_IO, "the %s failed", names[part]);
    }
    bench->parts[part] = (struct figures){
        .wall_s = (double)(wall_ns() - start_ns) / 1e9,
        .client_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
        .holders_s = holders_spent_s(scheme) - holders_s,
        .index_s = spent_s(scheme->index.pid) - index_s,
        .peak_mib = (double)usage.ru_maxrss / 1024,
    };
    return OK;
}

static err_t run_in_folder(const struct bench *bench, const char *const *argv) {
    struct outcome outcome = process_run(bench->scheme->dir, argv, NULL);
    err_t err = outcome.exit_code == 0 ? OK : err_set(ERR_IO, "%s: %s", argv[0], outcome.err);
    outcome_free(&outcome);
    return err;
}

// Every hundredth child has another forename the next night.
static err_t make_caseloads(const struct bench *bench) {
    char program[640], count[24];
    (void)snprintf(program, sizeof program, "%s/bench/make_caseload", bench->scheme->build);
    (void)snprintf(count, sizeof count, "%lld", (long long)bench->children);
    const char *const make[] = {program, "--children", count, "north.csv", "south.csv", NULL};
    const char *const change[] = {"/bin/sh", "-c",
                                  "awk 'BEGIN {FS = OFS = \",\"} NR > 1 && NR % 100 == 0 {$3 = \"Renamed\"} 1' "
                                  "north.csv >changed.csv && head -n $((" QUESTIONS " + 1)) south.csv >night.csv",
                                  NULL};
    err_t err = run_in_folder(bench, make);
    return err == OK ? run_in_folder(bench, change) : err;
}

static void print_table(const struct bench *bench) {
    printf("%lld children                       s   client CPU s  holders CPU s  index CPU s   peak MiB\n",
           (long long)bench->children);
    for (size_t i = 0; i < PARTS; i++) {
        const struct figures *part = &bench->parts[i];
        printf("%-28s %10.1f %14.1f %14.1f %12.1f %10.0f\n", names[i], part->wall_s, part->client_s, part->holders_s,
               part->index_s, part->peak_mib);
    }
}

static err_t print_json(const struct bench *bench) {
    json_t *document = json_pack("{s:I}", "children", (json_int_t)bench->children);
    for (size_t i = 0; document != NULL && i < PARTS; i++) {
        const struct figures *part = &bench->parts[i];
        json_t *row =
            json_pack("{s:f, s:f, s:f, s:f, s:f}", "wall_s", part->wall_s, "client_cpu_s", part->client_s,
                      "holders_cpu_s", part->holders_s, "index_cpu_s", part->index_s, "peak_mib", part->peak_mib);
        if (json_object_set_new(document, keys[i], row) != 0) {
            json_decref(document);
            document = NULL;
        }
    }
    return figures_print_json(document);
}

static int run(struct running_scheme *scheme, void *ctx) {
    static const char *const arguments[PARTS][10] = {
        [FIRST] = {"--config", "north.ini", "sync", "north.csv"},
        [CHANGED] = {"--config", "north.ini", "sync", "changed.csv"},
        [SAME] = {"--config", "north.ini", "sync", "changed.csv"},
        [ASKED] = {"--config", "south.ini", "ask", "--csv", "night.csv", "--purpose", "police-report"},
    };
    struct bench *bench = ctx;
    bench->scheme = scheme;
    err_t err = make_caseloads(bench);
    for (size_t part = 0; err == OK && part < PARTS; part++) {
        err = measure(bench, (enum part)part, arguments[part]);
    }
    if (err == OK && bench->json) {
        err = print_json(bench);
    } else if (err == OK) {
        print_table(bench);
    }
    return err == OK ? 0 : figures_fail("sync", err);
}

int main(int argc, char **argv) {
    static struct bench bench = {.children = 100000};
    bool help = false;
    int first = 0;
    const struct option_row options[] = {
        {"children", "N", OPTION_NUMBER, &bench.children, 100, 350000, "Children in the caseload (100000)."},
        {"json", NULL, OPTION_FLAG, &bench.json, 0, 0, "Print JSON."},
    };
    const struct option_usage usage = {"sync", "[--children N] [--json]",
                                       "Measures a caseload's first and next sync, and a night's questions.", NULL};
    err_t err = options_read(argc, argv, &usage, options, COUNT(options), &first, &help);
    if (err != OK || help) {
        return err == OK ? 0 : figures_fail("sync", err);
    }
    return running_scheme_with(run, &bench);
}
