// SPDX-License-Identifier: Apache-2.0
// The engine under many threads, without Criterion: its test processes do not start under ThreadSanitizer. Workers open
// and ask, others watch, and commits fail now and then. Exit 0: of all that opened one child at the same moment, one
// alone heard "no".
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "indexd/engine.h"
#include "indexd/faults.h"
#include "tests/indexd/files.h"

#define WORKERS 6
#define ROUNDS 150
#define SLOTS 2

static struct engine *engine;
static atomic_bool over;
static atomic_int commits;
static atomic_int heard_no[ROUNDS];
static pthread_barrier_t barrier;

static void require(bool holds, const char *what) {
    if (!holds) {
        (void)fprintf(stderr, "stress: %s: %s\n", what, err_detail());
        _exit(2);
    }
}

static int commit_now_and_then(void) {
    return atomic_fetch_add(&commits, 1) % 40 == 39 ? 5 : 0;
}

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool done;
};

static void on_done(struct operation *operation) {
    struct waiting *waiting = operation->ctx;
    (void)pthread_mutex_lock(&waiting->lock);
    waiting->done = true;
    (void)pthread_cond_signal(&waiting->ended);
    (void)pthread_mutex_unlock(&waiting->lock);
}

static void submit_and_wait(struct operation *operation) {
    struct waiting waiting = {.lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};
    operation->done = on_done;
    operation->ctx = &waiting;
    engine_submit(engine, operation);
    (void)pthread_mutex_lock(&waiting.lock);
    while (!waiting.done) {
        (void)pthread_cond_wait(&waiting.ended, &waiting.lock);
    }
    (void)pthread_mutex_unlock(&waiting.lock);
    engine_release(operation);
}

static struct token_set child_of(unsigned number) {
    struct token_set child = {0};
    child.tokens[0][0] = 1;
    memcpy(&child.tokens[0][1], &number, sizeof number);
    return child;
}

// Opens and asks in one request, again while the engine cannot take it. The answer of the first that was taken counts:
// a repeated request is answered anew.
static void open_and_ask(const char *agency, unsigned round) {
    struct change change = {.action = ACTION_OPEN, .tokens = child_of(round)};
    struct operation *operation = calloc(1, sizeof *operation);
    require(operation != NULL, "memory");
    operation->kind = OPERATION_CHANGES;
    (void)snprintf(operation->actor.agency, sizeof operation->actor.agency, "%s", agency);
    operation->changes = (struct involvement_request){.ask = true,
                                                      .purpose = PURPOSE_CASELOAD,
                                                      .slots = SLOTS,
                                                      .epochs = token_epoch(1),
                                                      .count = 1,
                                                      .changes = &change};
    do {
        submit_and_wait(operation);
    } while (operation->err == ERR_UNAVAILABLE);
    require(operation->err == OK, "a change was refused");
    if (operation->reply.answers.answers[0] == ANSWER_NO) {
        atomic_fetch_add(&heard_no[round], 1);
    }
    free(operation);
}

static void *work(void *ctx) {
    for (unsigned round = 0; round < ROUNDS; round++) {
        (void)pthread_barrier_wait(&barrier);
        open_and_ask(ctx, round);
    }
    return NULL;
}

static void *watch(void *ctx) {
    while (!atomic_load(&over)) {
        struct engine_stats stats;
        err_t err = engine_stats(engine, &stats);
        require(err == OK || err == ERR_UNAVAILABLE, "figures");
        err = engine_note_act(engine, "root", "an act");
        require(err == OK || err == ERR_UNAVAILABLE, "act");
        err = engine_health(engine);
        require(err == OK || err == ERR_UNAVAILABLE, "health");
        int64_t day = 0;
        uint32_t moved = 0;
        err = engine_last_fed(engine, "a1", &day, &moved);
        require(err == OK || err == ERR_UNAVAILABLE, "feed");
        engine_note_refusal(engine, "urn:x", "/v1/questions", ERR_DENIED);
    }
    return ctx;
}

static void run_threads(void) {
    static char agencies[WORKERS][4];
    pthread_t workers[WORKERS];
    pthread_t watcher;
    require(pthread_barrier_init(&barrier, NULL, WORKERS) == 0, "barrier");
    require(pthread_create(&watcher, NULL, watch, NULL) == 0, "thread");
    for (unsigned i = 0; i < WORKERS; i++) {
        (void)snprintf(agencies[i], sizeof agencies[i], "a%u", i % 10);
        require(pthread_create(&workers[i], NULL, work, agencies[i]) == 0, "thread");
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        (void)pthread_join(workers[i], NULL);
    }
    atomic_store(&over, true);
    (void)pthread_join(watcher, NULL);
    (void)pthread_barrier_destroy(&barrier);
}

int main(void) {
    char folder[PATH_SIZE];
    char store[PATH_SIZE + 8];
    struct descriptor descriptor = {.scheme = "demo", .epoch = 1, .slot_count = SLOTS};
    for (size_t i = 0; i < SLOTS; i++) {
        descriptor.slots[i].tier = TIER_SURE;
        memset(descriptor.slots[i].canary_token, 0xc0, TOKEN_SIZE);
    }
    folder_make(folder);
    (void)snprintf(store, sizeof store, "%s/store", folder);
    const struct engine_settings settings = {
        .store = store, .map_size = 64 * 1024 * 1024, .batch_max = 64, .clock = &clock_system};
    require(secret_start() == OK, "start");
    require(engine_init(&settings, &descriptor) == OK, "init");
    require(engine_open(&settings, &descriptor, &engine) == OK, "open");
    faults.commit = commit_now_and_then;
    run_threads();
    engine_close(engine);
    folder_remove(folder);
    for (size_t round = 0; round < ROUNDS; round++) {
        // None, when the outcome of the first became known to nobody: it was recorded, and the commit failed.
        require(atomic_load(&heard_no[round]) <= 1, "two that opened at the same moment both heard no");
    }
    return 0;
}
