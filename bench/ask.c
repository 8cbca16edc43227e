// SPDX-License-Identifier: Apache-2.0
// How long a practitioner waits: `signpost ask` as a new process, beside a bare libcurl program that makes the same
// requests with the same certificates in the same way - t key holders and the index's status side by side, then the
// question. Each round runs both, and the client once more with its steps noted; the medians of the rounds count.
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/options.h"
#include "bench/ask_steps.h"
#include "bench/figures.h"
#include "bench/running_scheme.h"
#include "proto/evaluation.h"
#include "proto/question.h"
#include "proto/routes.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define URL_SIZE 320

// A child of whom everything is known, so that every slot is asked: nobody, with a number from the range for tests.
static const char typed[] = "Katie\nO'Brien\n09/03/2014\n9990000018\n\n\n";

// From the moment before a step to the one after it; MOMENTS stands for the start and the end of the process.
static const struct {
    const char *name; // in the JSON
    const char *text;
    enum moment from, to;
} steps[] = {
    {"load", "the program and its libraries are loaded", MOMENTS, MOMENT_LOADED},
    {"open", "configuration, descriptor, certificate and key", MOMENT_LOADED, MOMENT_OPENED},
    {"read", "the child's details are read", MOMENT_OPENED, MOMENT_ASKED},
    {"blind", "blinding", MOMENT_ASKED, MOMENT_BLINDED},
    {"network_holders", "network: key holders, index's status", MOMENT_BLINDED, MOMENT_EVALUATED},
    {"prove", "proofs", MOMENT_EVALUATED, MOMENT_PROVED},
    {"finalise", "finalising", MOMENT_PROVED, MOMENT_FINALISED},
    {"write", "the question is written", MOMENT_FINALISED, MOMENT_SENT},
    {"network_index", "network: the question", MOMENT_SENT, MOMENT_ANSWERED},
    {"end", "the answer is printed, the process ends", MOMENT_ANSWERED, MOMENTS},
};
#define STEPS COUNT(steps)

enum program { CLIENT, BARE, PROGRAMS };
static const char *const program_texts[PROGRAMS] = {"signpost ask", "bare libcurl"};

struct bench {
    size_t rounds;
    bool json;
    struct running_scheme *scheme;
    char programs[PROGRAMS][640], with_steps[640], steps_file[640];
    char evaluate[SCHEME_HOLDERS][URL_SIZE], status[URL_SIZE], question[URL_SIZE];
    double wall_ms[PROGRAMS][ROUNDS_MAX], cpu_ms[PROGRAMS][ROUNDS_MAX];
    double wall_ratio[ROUNDS_MAX], cpu_ratio[ROUNDS_MAX], step_ms[STEPS][ROUNDS_MAX];
};

static err_t write_evaluation(const struct bench *bench) {
    const struct descriptor *descriptor = &bench->scheme->descriptor;
    struct evaluation_request request = {
        .epoch = descriptor->epoch, .generation = descriptor->generation, .count = descriptor->slot_count};
    struct buf body = {0};
    for (size_t i = 0; i < request.count; i++) {
        crypto_core_ristretto255_random(request.elements[i]);
    }
    err_t err = evaluation_request_write(&request, &body);
    if (err == OK) {
        err = scheme_write(bench->scheme, "evaluation.json", buf_bytes(&body));
    }
    buf_free(&body);
    return err;
}

// As many children as the client asks about: the canaries, one for each slot, and the child.
static err_t write_question(const struct bench *bench) {
    static struct token_set children[MAX_SLOTS + 1];
    const struct question question = {.purpose = PURPOSE_ASSESSMENT,
                                      .slots = bench->scheme->descriptor.slot_count,
                                      .epochs = token_epoch(bench->scheme->descriptor.epoch),
                                      .count = bench->scheme->descriptor.slot_count + 1,
                                      .children = children};
    struct buf body = {0};
    for (size_t i = 0; i < question.count; i++) {
        randombytes_buf(children[i].tokens, question.slots * TOKEN_SIZE);
    }
    err_t err = question_write(&question, &body);
    if (err == OK) {
        err = scheme_write(bench->scheme, "question.json", buf_bytes(&body));
    }
    buf_free(&body);
    return err;
}

static err_t prepare(struct bench *bench) {
    const struct descriptor *descriptor = &bench->scheme->descriptor;
    (void)snprintf(bench->programs[CLIENT], sizeof bench->programs[0], "%s/client/signpost", bench->scheme->build);
    (void)snprintf(bench->programs[BARE], sizeof bench->programs[0], "%s/bench/bare_curl", bench->scheme->build);
    (void)snprintf(bench->with_steps, sizeof bench->with_steps, "%s/bench/ask_steps", bench->scheme->build);
    scheme_path(bench->scheme, "steps", bench->steps_file);
    for (size_t i = 0; i < SCHEME_HOLDERS; i++) {
        (void)snprintf(bench->evaluate[i], URL_SIZE, "%s%s=evaluation.json", descriptor->holders[i], ROUTE_EVALUATIONS);
    }
    (void)snprintf(bench->status, URL_SIZE, "%s%s", descriptor->indexes[0], ROUTE_SCHEME);
    (void)snprintf(bench->question, URL_SIZE, "%s%s=question.json", descriptor->indexes[0], ROUTE_QUESTIONS);
    if (setenv("SIGNPOST_STEPS", bench->steps_file, 1) != 0) {
        return err_set(ERR_MEMORY, "the environment");
    }
    err_t err = write_evaluation(bench);
    return err == OK ? write_question(bench) : err;
}

static double spent_ms(void) {
    struct rusage usage;
    (void)getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

struct timing {
    int64_t begin_ns, end_ns;
    double cpu_ms;
};

static err_t run_program(const struct bench *bench, const char *const *argv, const char *input, struct timing *out) {
    double before_ms = spent_ms();
    out->begin_ns = wall_ns();
    struct outcome outcome = process_run(bench->scheme->dir, argv, input);
    out->end_ns = wall_ns();
    out->cpu_ms = spent_ms() - before_ms; // of the daemons nothing: they have not ended
    err_t err = outcome.exit_code == 0 ? OK : err_set(ERR_UNAVAILABLE, "%s: %s%s", argv[0], outcome.out, outcome.err);
    outcome_free(&outcome);
    return err;
}

static err_t run_client(const struct bench *bench, const char *program, struct timing *out) {
    const char *argv[] = {program, "--config", "jo.ini", "ask", "--purpose", "assessment", NULL};
    return run_program(bench, argv, typed, out);
}

// The client begins with any holder; so does this.
static err_t run_bare(const struct bench *bench, size_t round, struct timing *out) {
    const char *argv[9 + SCHEME_HOLDERS] = {bench->programs[BARE], "authority/ca.crt", "jo.crt", "jo.key",
                                            bench->scheme->connect_to};
    size_t count = 5;
    for (size_t i = 0; i < bench->scheme->descriptor.threshold; i++) {
        argv[count++] = bench->evaluate[(round + i) % SCHEME_HOLDERS];
    }
    argv[count++] = bench->status;
    argv[count++] = "then";
    argv[count] = bench->question;
    return run_program(bench, argv, NULL, out);
}

static err_t read_moments(const struct bench *bench, int64_t moments[MOMENTS]) {
    FILE *file = fopen(bench->steps_file, "rb");
    size_t read = file == NULL ? 0 : fread(moments, sizeof moments[0], MOMENTS, file);
    if (file != NULL) {
        (void)fclose(file);
    }
    for (size_t i = 0; i < read; i++) {
        read = moments[i] == 0 ? 0 : read; // a step that was not reached
    }
    return read == MOMENTS ? OK : err_set(ERR_CORRUPT, "the client's steps were not noted");
}

static err_t run_steps(struct bench *bench, size_t round) {
    struct timing timing;
    int64_t moments[MOMENTS];
    err_t err = run_client(bench, bench->with_steps, &timing);
    if (err == OK) {
        err = read_moments(bench, moments);
    }
    for (size_t i = 0; err == OK && i < STEPS; i++) {
        int64_t from = steps[i].from == MOMENTS ? timing.begin_ns : moments[steps[i].from];
        int64_t to = steps[i].to == MOMENTS ? timing.end_ns : moments[steps[i].to];
        bench->step_ms[i][round] = (double)(to - from) / 1e6;
    }
    return err;
}

// The order changes from round to round, so that neither program always follows the same one.
static err_t run_round(struct bench *bench, size_t round) {
    struct timing timings[PROGRAMS];
    err_t err = OK;
    for (size_t i = 0; err == OK && i < PROGRAMS; i++) {
        enum program program = (i + round) % PROGRAMS == 0 ? CLIENT : BARE;
        err = program == CLIENT ? run_client(bench, bench->programs[CLIENT], &timings[CLIENT])
                                : run_bare(bench, round, &timings[BARE]);
    }
    for (size_t i = 0; err == OK && i < PROGRAMS; i++) {
        bench->wall_ms[i][round] = (double)(timings[i].end_ns - timings[i].begin_ns) / 1e6;
        bench->cpu_ms[i][round] = timings[i].cpu_ms;
    }
    if (err != OK) {
        return err;
    }
    bench->wall_ratio[round] = bench->wall_ms[CLIENT][round] / bench->wall_ms[BARE][round];
    bench->cpu_ratio[round] = bench->cpu_ms[CLIENT][round] / bench->cpu_ms[BARE][round];
    return run_steps(bench, round);
}

static void print_table(struct bench *bench) {
    size_t rounds = bench->rounds;
    printf("%-50s %10s %10s\n", "one question, a new process", "ms", "CPU ms");
    for (size_t i = 0; i < PROGRAMS; i++) {
        printf("%-50s %10.2f %10.2f\n", program_texts[i], median(bench->wall_ms[i], rounds),
               median(bench->cpu_ms[i], rounds));
    }
    printf("%-50s %10.2f %10.2f\n\n", "ratio, of each pair", median(bench->wall_ratio, rounds),
           median(bench->cpu_ratio, rounds));
    printf("%-50s %10s\n", "signpost ask, step by step", "ms");
    for (size_t i = 0; i < STEPS; i++) {
        printf("%-50s %10.2f\n", steps[i].text, median(bench->step_ms[i], rounds));
    }
}

static err_t print_json(struct bench *bench) {
    size_t rounds = bench->rounds;
    json_t *step_ms = json_object();
    int failed = step_ms == NULL;
    for (size_t i = 0; i < STEPS; i++) {
        failed = failed || json_object_set_new(step_ms, steps[i].name, json_real(median(bench->step_ms[i], rounds)));
    }
    json_t *document = json_pack(
        "{s:I, s:{s:f, s:f}, s:{s:f, s:f}, s:f, s:f, s:o}", "rounds", (json_int_t)rounds, "signpost_ask", "wall_ms",
        median(bench->wall_ms[CLIENT], rounds), "cpu_ms", median(bench->cpu_ms[CLIENT], rounds), "bare_libcurl",
        "wall_ms", median(bench->wall_ms[BARE], rounds), "cpu_ms", median(bench->cpu_ms[BARE], rounds), "wall_ratio",
        median(bench->wall_ratio, rounds), "cpu_ratio", median(bench->cpu_ratio, rounds), "step_ms", step_ms);
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
    if (err == OK) {
        err = run_round(bench, 0); // the first leaves everything in the page cache, and does not count
    }
    for (size_t round = 0; err == OK && round < bench->rounds; round++) {
        err = run_round(bench, round);
    }
    if (err == OK && bench->json) {
        err = print_json(bench);
    } else if (err == OK) {
        print_table(bench);
    }
    return err == OK ? 0 : figures_fail("ask", err);
}

int main(int argc, char **argv) {
    static struct bench bench;
    int64_t rounds = 41;
    bool help = false;
    int first = 0;
    const struct option_row options[] = {
        {"rounds", "N", OPTION_NUMBER, &rounds, 1, ROUNDS_MAX, "Rounds, of which the median counts (41)."},
        {"json", NULL, OPTION_FLAG, &bench.json, 0, 0, "Print JSON."},
    };
    const struct option_usage usage = {"ask", "[--rounds N] [--json]",
                                       "Measures one question's time in a new process, beside bare libcurl.", NULL};
    err_t err = options_read(argc, argv, &usage, options, COUNT(options), &first, &help);
    if (err != OK || help) {
        return err == OK ? 0 : figures_fail("ask", err);
    }
    bench.rounds = (size_t)rounds;
    return running_scheme_with(run, &bench);
}
