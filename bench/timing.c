// SPDX-License-Identifier: Apache-2.0
// Can answers be told apart by the time that they take? In the manner of dudect (Reparaz, Balasch and Verbauwhede,
// 2017): questions of every class are asked in random order over one kept connection, and Welch's t-test compares the
// times of each class with those of "no". Times above the 90th percentile of all are left out, being other people's
// work, and in a second comparison those above the 50th, where a disk's leisure drowns less. The same is asked of the
// question that follows one of each class, since what an index notes of an answer it may write down later.
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
#include "proto/token_file.h"

#define CHILDREN 64 // of each class
#define T_MAX 4.5

// SHIELDED: the child is, and a record of it is hidden. BARE: the child is, and nobody has a record of it. HIDDEN: the
// record is, by its handle, and the child is not.
enum class { NO, YES, PREVIOUSLY, POSSIBLY, QUIET, OWN, SHIELDED, BARE, HIDDEN, CLASSES };
static const struct {
    const char *text;
    enum answer answer;
} classes[CLASSES] = {
    [NO] = {"no", ANSWER_NO},
    [YES] = {"yes", ANSWER_YES},
    [PREVIOUSLY] = {"previously", ANSWER_PREVIOUSLY},
    [POSSIBLY] = {"possibly", ANSWER_POSSIBLY},
    [QUIET] = {"quiet (no)", ANSWER_NO},
    [OWN] = {"own (no)", ANSWER_NO},
    [SHIELDED] = {"shielded (no)", ANSWER_NO},
    [BARE] = {"shielded, no record (no)", ANSWER_NO},
    [HIDDEN] = {"record hidden (no)", ANSWER_NO},
};

struct sample {
    enum class class, before; // of the question, and of the one before it
    double us;
};

struct bench {
    struct running_scheme *scheme;
    int64_t questions;
    struct token_set children[CLASSES][CHILDREN];
    uint8_t handles[CHILDREN][HANDLE_SIZE]; // of each class in turn
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
        randombytes_buf(bench->handles[i], HANDLE_SIZE);
        memcpy(changes[i].handle, bench->handles[i], HANDLE_SIZE);
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

// The class's children, or the records that were registered last; either covers all that a class has.
static err_t shield_class(struct bench *bench, enum class class) {
    static const char *const add[] = {"indexd/indexctl", "shield",        "add",         "--config", "index.ini",
                                      "--tokens",        "shield.tokens", "--reason",    "timing",   "--as",
                                      "officer.crt",     "--key",         "officer.key", NULL};
    static struct token_file file;
    const struct descriptor *descriptor = &bench->scheme->descriptor;
    struct buf text = {0};
    file = (struct token_file){.epochs = token_epoch(descriptor->epoch), .slots = descriptor->slot_count};
    (void)snprintf(file.scheme, sizeof file.scheme, "%s", descriptor->scheme);
    if (class == HIDDEN) {
        file.child_count = 1; // a stranger
        randombytes_buf(file.children[0].tokens, descriptor->slot_count * TOKEN_SIZE);
        for (; file.record_count < CHILDREN; file.record_count++) {
            struct token_record *record = &file.records[file.record_count];
            (void)snprintf(record->agency, sizeof record->agency, "north");
            memcpy(record->handle, bench->handles[file.record_count], HANDLE_SIZE);
        }
    } else {
        file.child_count = CHILDREN;
        memcpy(file.children, bench->children[class], sizeof bench->children[class]);
    }
    err_t err = token_file_write(&file, TOKEN_FILE_SHIELD, &text);
    if (err == OK) {
        err = scheme_write(bench->scheme, "shield.tokens", buf_bytes(&text));
    }
    if (err == OK) {
        err = scheme_run(bench->scheme, add);
    }
    buf_free(&text);
    return err;
}

static err_t prepare_class(struct bench *bench, enum class class) {
    for (size_t i = 0; i < CHILDREN; i++) {
        randombytes_buf(bench->children[class][i].tokens, bench->scheme->descriptor.slot_count * TOKEN_SIZE);
    }
    err_t err = class == NO || class == BARE ? OK : register_class(bench, class);
    return err == OK && class >= SHIELDED ? shield_class(bench, class) : err;
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
    if (err == OK && answers.answers[0] != classes[class].answer) {
        err = err_set(ERR_CORRUPT, "\"%s\" was answered %s", classes[class].text, answer_text(answers.answers[0]));
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

// Of the fastest `share` of all.
static struct moments moments_of(const struct bench *bench, double share, bool before, enum class class) {
    struct moments m = {0};
    double squares = 0;
    for (size_t i = 0; i < (size_t)(share * (double)bench->count); i++) { // sorted by time
        const struct sample *sample = &bench->samples[i];
        if ((before ? sample->before : sample->class) == class) {
            double delta = sample->us - m.mean;
            m.n++;
            m.mean += delta / m.n;
            squares += delta * (sample->us - m.mean);
        }
    }
    m.variance = squares / (m.n - 1);
    return m;
}

static double welch(struct moments a, struct moments b) {
    return (a.mean - b.mean) / sqrt(a.variance / a.n + b.variance / b.n);
}

static int compare(const struct bench *bench, bool before) {
    static const double shares[] = {0.9, 0.5};
    int findings = 0;
    printf("%-26s %10s %10s %8s %8s\n", before ? "the question after" : "answer", "questions", "mean us", "t",
           "t (p50)");
    for (size_t i = 0; i < CLASSES; i++) {
        double t[2];
        for (size_t cut = 0; cut < 2; cut++) {
            t[cut] = welch(moments_of(bench, shares[cut], before, (enum class)i),
                           moments_of(bench, shares[cut], before, NO));
        }
        const struct moments m = moments_of(bench, shares[0], before, (enum class)i);
        bool told = fabs(t[0]) > T_MAX || fabs(t[1]) > T_MAX;
        printf("%-26s %10.0f %10.1f %8.2f %8.2f%s\n", classes[i].text, m.n, m.mean, t[0], t[1],
               told ? "  TOLD APART" : "");
        findings += told ? 1 : 0;
    }
    return findings;
}

static int judge(struct bench *bench) {
    qsort(bench->samples, bench->count, sizeof *bench->samples, by_time);
    int findings = compare(bench, false) + compare(bench, true);
    printf("told apart from \"no\": %d\n", findings);
    return findings > 0 ? 1 : 0;
}

static err_t ask_all(struct bench *bench) {
    err_t err = OK;
    enum class before = NO;
    for (; err == OK && bench->count < (size_t)bench->questions; bench->count++) {
        struct sample *sample = &bench->samples[bench->count];
        *sample = (struct sample){.class = (enum class)randombytes_uniform(CLASSES), .before = before};
        err = ask(bench, sample->class, &sample->us);
        before = sample->class;
    }
    return err;
}

static int work(struct running_scheme *scheme, void *ctx) {
    struct bench *bench = ctx;
    bench->scheme = scheme;
    bench->samples = calloc((size_t)bench->questions, sizeof *bench->samples);
    err_t err = bench->samples == NULL ? err_set(ERR_MEMORY, "samples") : scheme_client(scheme, "north", &bench->north);
    err = err == OK ? scheme_client(scheme, "south", &bench->south) : err;
    for (int class = 0; err == OK && class < CLASSES; class ++) {
        err = prepare_class(bench, (enum class) class);
    }
    err = err == OK ? ask_all(bench) : err;
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
