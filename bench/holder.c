// SPDX-License-Identifier: Apache-2.0
// How fast one key holder evaluates and proves, on one thread, beside the bare scalar multiplications of the same
// machine in the same minute: each round measures all in turn, and the medians are printed. An element costs one
// multiplication (k * C_i) and its term of the proof's sum (d_i * C_i, with doublings that the batch shares), and a
// batch a constant number of multiplications more.
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/options.h"
#include "base/secret.h"
#include "bench/figures.h"
#include "keys/keyholderd/evaluate.h"
#include "keys/threshold.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct bench {
    struct share *share;
    struct descriptor descriptor;
    struct evaluator evaluator;
    struct evaluation_request request;
    struct evaluation_reply reply;
};

// One step of the work, which returns how many elements it did.
typedef err_t (*step_fn)(struct bench *bench, size_t *out_elements);

static err_t step_raw(struct bench *bench, size_t *out_elements) {
    uint8_t product[ELEMENT_SIZE];
    for (size_t i = 0; i < 16; i++) {
        if (crypto_scalarmult_ristretto255(product, bench->share->scalar, bench->request.elements[i]) != 0) {
            return err_set(ERR_CRYPTO, "a multiplication failed");
        }
    }
    *out_elements = 16;
    return OK;
}

static err_t step_batch(struct bench *bench, size_t count, size_t *out_elements) {
    bench->request.count = count;
    *out_elements = count;
    return evaluate(&bench->evaluator, &bench->request, &bench->reply);
}

static err_t step_1(struct bench *bench, size_t *out_elements) {
    return step_batch(bench, 1, out_elements);
}

static err_t step_16(struct bench *bench, size_t *out_elements) {
    return step_batch(bench, 16, out_elements);
}

static err_t step_256(struct bench *bench, size_t *out_elements) {
    return step_batch(bench, 256, out_elements);
}

static const struct {
    const char *name; // in the JSON
    const char *text;
    step_fn step;
} rows[] = {
    {"raw", "bare scalar multiplications", step_raw},
    {"batch_1", "evaluated with proof, batches of 1", step_1},
    {"batch_16", "evaluated with proof, batches of 16", step_16},
    {"batch_256", "evaluated with proof, batches of 256", step_256},
};
#define ROWS COUNT(rows)

struct figures { // a round each
    double rate[ROWS][ROUNDS_MAX];
    double ratio[ROWS][ROUNDS_MAX];
};

static err_t deal(struct bench *bench) {
    uint8_t key[OPRF_SCALAR_SIZE], shares[3][OPRF_SCALAR_SIZE];
    struct threshold_commitments commitments;
    crypto_core_ristretto255_scalar_random(key);
    err_t err = threshold_deal(key, 2, 3, shares, &commitments);
    if (err != OK) {
        return err;
    }
    bench->descriptor = (struct descriptor){
        .scheme = "bench", .version = 1, .epoch = 1, .generation = 1, .threshold = 2, .holder_count = 3};
    memcpy(bench->descriptor.commitments, commitments.points, sizeof(commitments.points));
    *bench->share = (struct share){.scheme = "bench", .epoch = 1, .generation = 1, .holder = 1};
    memcpy(bench->share->scalar, shares[0], sizeof(bench->share->scalar));
    return evaluator_init(bench->share, &bench->descriptor, &bench->evaluator);
}

static err_t prepare(struct bench *bench) {
    err_t err = secret_start();
    if (err != OK) {
        return err;
    }
    bench->share = secret_new(sizeof(*bench->share));
    if (bench->share == NULL) {
        return err_set(ERR_MEMORY, "no memory could be locked");
    }
    bench->request = (struct evaluation_request){.epoch = 1, .generation = 1};
    for (size_t i = 0; i < MAX_ELEMENTS; i++) {
        crypto_core_ristretto255_random(bench->request.elements[i]);
    }
    return deal(bench);
}

static int64_t spent_us(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static err_t measure(struct bench *bench, step_fn step, int64_t ms, double *out_rate) {
    const int64_t start = spent_us();
    int64_t spent = 0;
    size_t done = 0;
    while (spent < ms * 1000) {
        size_t elements = 0;
        err_t err = step(bench, &elements);
        if (err != OK) {
            return err;
        }
        done += elements;
        spent = spent_us() - start;
    }
    *out_rate = (double)done * 1e6 / (double)spent;
    return OK;
}

static err_t run(struct bench *bench, size_t rounds, int64_t ms, struct figures *figures) {
    for (size_t round = 0; round < rounds; round++) {
        for (size_t row = 0; row < ROWS; row++) {
            err_t err = measure(bench, rows[row].step, ms, &figures->rate[row][round]);
            if (err != OK) {
                return err;
            }
            figures->ratio[row][round] = figures->rate[row][round] / figures->rate[0][round];
        }
    }
    return OK;
}

static void print_table(struct figures *figures, size_t rounds) {
    printf("%-40s %12s %8s\n", "one thread", "elements/s", "of bare");
    for (size_t row = 0; row < ROWS; row++) {
        printf("%-40s %12.0f %8.3f\n", rows[row].text, median(figures->rate[row], rounds),
               median(figures->ratio[row], rounds));
    }
}

static err_t print_json(struct figures *figures, size_t rounds) {
    json_t *document = json_pack("{s:I}", "rounds", (json_int_t)rounds);
    int failed = document == NULL;
    for (size_t row = 0; row < ROWS && !failed; row++) {
        failed = json_object_set_new(document, rows[row].name,
                                     json_pack("{s:f, s:f}", "elements_per_s", median(figures->rate[row], rounds),
                                               "ratio_to_raw", median(figures->ratio[row], rounds)));
    }
    if (failed) {
        json_decref(document);
        document = NULL;
    }
    return figures_print_json(document);
}

int main(int argc, char **argv) {
    static struct bench bench;
    static struct figures figures;
    int64_t rounds = 7, ms = 100;
    bool json = false, help = false;
    int first = 0;
    const struct option_row options[] = {
        {"rounds", "N", OPTION_NUMBER, &rounds, 1, ROUNDS_MAX, "Rounds, of which the median counts (7)."},
        {"ms", "N", OPTION_NUMBER, &ms, 1, 60000, "Milliseconds for each row of a round (100)."},
        {"json", NULL, OPTION_FLAG, &json, 0, 0, "Print JSON."},
    };
    const struct option_usage usage = {"holder", "[--rounds N] [--ms N] [--json]",
                                       "Measures one key holder's evaluations on one thread.", NULL};
    err_t err = options_read(argc, argv, &usage, options, COUNT(options), &first, &help);
    if (err != OK || help) {
        return err == OK ? 0 : figures_fail("holder", err);
    }
    err = prepare(&bench);
    if (err == OK) {
        err = run(&bench, (size_t)rounds, ms, &figures);
    }
    secret_free(bench.share);
    if (err != OK) {
        return figures_fail("holder", err);
    }
    if (json) {
        err = print_json(&figures, (size_t)rounds);
        return err == OK ? 0 : figures_fail("holder", err);
    }
    print_table(&figures, (size_t)rounds);
    return 0;
}
