// SPDX-License-Identifier: Apache-2.0
// Can answers be told apart by the time that they take? In the manner of dudect (Reparaz, Balasch and Verbauwhede,
// 2017): questions of every class are asked in random order over one kept connection, and Welch's t-test compares the
// times of each class with those of "no". Times above the 90th percentile of all are left out, being other people's
// work.
//
//   timing [--questions N]
//
// |t| below 4.5 is no evidence of a difference. What this cannot show is a difference that more questions would.
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "bench/running_scheme.h"
#include "proto/involvement.h"
#include "proto/question.h"
#include "proto/routes.h"

#define CHILDREN 64 // of each class
#define T_MAX 4.5

enum class { NO, YES, PREVIOUSLY, POSSIBLY, QUIET, OWN, CLASSES };
static const char *const class_texts[CLASSES] = {"no", "yes", "previously", "possibly", "quiet (no)", "own (no)"};
static const enum answer class_answers[CLASSES] = {ANSWER_NO,       ANSWER_YES, ANSWER_PREVIOUSLY,
                                                   ANSWER_POSSIBLY, ANSWER_NO,  ANSWER_NO};

struct sample {
    enum class class;
    double us;
};

struct bench {
    struct running_scheme *scheme;
    int64_t questions;
    struct token_set children[CLASSES][CHILDREN];
    struct http_client *north, *south;
    struct sample *samples;
    size_t count;
};

static err_t post(struct http_client *client, const char *path, const struct buf *body, struct http_exchange *out) {
    *out = (struct http_exchange){.base = "https://127.0.0.1:4", .path = path, .body = buf_bytes(body)};
    return http_client_one(client, out);
}

static err_t register_class(struct bench *bench, enum class class) {
    const struct descriptor *descriptor = &bench->scheme->descriptor;
    static struct change changes[CHILDREN];
    struct involvement_request request = {.slots = descriptor->slot_count,
                                          .epochs = token_epoch(descriptor->epoch),
                                          .count = CHILDREN,
                                          .changes = changes};
    struct http_exchange exchange;
    struct buf body = {0};
    for (size_t i = 0; i < CHILDREN; i++) {
        changes[i] = (struct change){.action = ACTION_OPEN, .tokens = bench->children[class][i]};
        changes[i].previous = class == PREVIOUSLY;
        changes[i].quiet = class == QUIET;
        randombytes_buf(changes[i].handle, HANDLE_SIZE);
        for (size_t slot = 0; class == POSSIBLY && slot < descriptor->slot_count; slot++) {
            if (descriptor->slots[slot].tier == TIER_SURE) { // only what is similar will be asked for again
                randombytes_buf(changes[i].tokens.tokens[slot], TOKEN_SIZE);
            }
        }
    }
    err_t err = involvement_request_write(&request, &body);
    if (err == OK) {
        err = post(class == OWN ? bench->south : bench->north, ROUTE_INVOLVEMENTS, &body, &exchange);
        buf_free(&exchange.reply);
    }
    buf_free(&body);
    return err;
}

static err_t ask(struct bench *bench, enum class class, double *out_us) {
    const struct descriptor *descriptor = &bench->scheme->descriptor;
    static struct answers answers;
    struct question question = {.purpose = PURPOSE_ASSESSMENT,
                                .slots = descriptor->slot_count,
                                .epochs = token_epoch(descriptor->epoch),
                                .count = 1,
                                .children = &bench->children[class][randombytes_uniform(CHILDREN)]};
    struct http_exchange exchange;
    struct buf body = {0};
    err_t err = question_write(&question, &body);
    if (err == OK) {
        err = post(bench->south, ROUTE_QUESTIONS, &body, &exchange);
        *out_us = (double)exchange.total_us;
        err = err == OK ? answers_read(buf_bytes(&exchange.reply), &answers) : err;
        buf_free(&exchange.reply);
    }
    if (err == OK && answers.answers[0] != class_answers[class]) {
        err = err_set(ERR_CORRUPT, "\"%s\" was answered %s", class_texts[class], answer_text(answers.answers[0]));
    }
    buf_free(&body);
    return err;
}

static int by_time(const void *a, const void *b) {
    double x = ((const struct sample *)a)->us, y = ((const struct sample *)b)->us;
    return (x > y) - (x < y);
}

struct moments {
    double n, mean, variance;
};

static struct moments moments_of(const struct bench *bench, enum class class) {
    struct moments m = {0};
    double squares = 0;
    for (size_t i = 0; i < bench->count * 9 / 10; i++) { // sorted by time
        if (bench->samples[i].class == class) {
            double delta = bench->samples[i].us - m.mean;
            m.n++;
            m.mean += delta / m.n;
            squares += delta * (bench->samples[i].us - m.mean);
        }
    }
    m.variance = squares / (m.n - 1);
    return m;
}

static int judge(struct bench *bench) {
    int findings = 0;
    qsort(bench->samples, bench->count, sizeof *bench->samples, by_time);
    struct moments no = moments_of(bench, NO);
    printf("%-14s %10s %10s %8s\n", "answer", "questions", "mean us", "t");
    for (size_t i = 0; i < CLASSES; i++) {
        struct moments m = moments_of(bench, (enum class)i);
        double t = i == NO ? 0 : (m.mean - no.mean) / sqrt(m.variance / m.n + no.variance / no.n);
        printf("%-14s %10.0f %10.1f %8.2f%s\n", class_texts[i], m.n, m.mean, t, fabs(t) > T_MAX ? "  TOLD APART" : "");
        findings += fabs(t) > T_MAX ? 1 : 0;
    }
    printf("told apart from \"no\": %d\n", findings);
    return findings > 0 ? 1 : 0;
}

static int work(struct running_scheme *scheme, void *ctx) {
    struct bench *bench = ctx;
    size_t size = scheme->descriptor.slot_count * TOKEN_SIZE;
    bench->scheme = scheme;
    bench->samples = calloc((size_t)bench->questions, sizeof *bench->samples);
    err_t err = bench->samples == NULL ? err_set(ERR_MEMORY, "samples") : scheme_client(scheme, "north", &bench->north);
    err = err == OK ? scheme_client(scheme, "south", &bench->south) : err;
    for (size_t class = 0; class < CLASSES; class ++) {
        for (size_t i = 0; i < CHILDREN; i++) {
            randombytes_buf(bench->children[class][i].tokens, size);
        }
        if (err == OK && class != NO) {
            err = register_class(bench, (enum class) class);
        }
    }
    for (; err == OK && bench->count < (size_t)bench->questions; bench->count++) {
        struct sample *sample = &bench->samples[bench->count];
        sample->class = (enum class)randombytes_uniform(CLASSES);
        err = ask(bench, sample->class, &sample->us);
    }
    int code = 2;
    if (err == OK) {
        code = judge(bench);
    } else {
        fprintf(stderr, "timing: %s: %s\n", err_text(err), err_detail());
    }
    http_client_free(bench->north);
    http_client_free(bench->south);
    free(bench->samples);
    return code;
}

int main(int argc, char **argv) {
    static struct bench bench = {.questions = 60000};
    int first = 0;
    bool help = false;
    const struct option_row rows[] = {
        {"questions", "N", OPTION_NUMBER, &bench.questions, 600, 100000000, "How many are asked (60000)."},
    };
    const struct option_usage usage = {
        "timing", "[OPTIONS]", "Compares the times of answers by Welch's t-test.",
        "Exit codes: 0 no evidence of a difference, 1 told apart, 2 it could not begin."};
    err_t err = options_read(argc, argv, &usage, rows, sizeof rows / sizeof rows[0], &first, &help);
    if (err != OK || help) {
        return help ? 0 : 2;
    }
    return running_scheme_with(work, &bench);
}
