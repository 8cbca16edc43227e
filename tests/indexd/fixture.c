// SPDX-License-Identifier: Apache-2.0
#include "tests/indexd/fixture.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

#define MAP_SIZE (64 * 1024 * 1024)
#define DAY_MS 86400000

static int64_t fixture_now(void *ctx) {
    struct fixture *fixture = ctx;
    return atomic_load(&fixture->now_ms);
}

static void describe(struct descriptor *descriptor) {
    static const char *const names[SLOTS] = {"nhs", "names", "sound"};
    *descriptor = (struct descriptor){.scheme = "demo", .epoch = 1, .generation = 1, .slot_count = SLOTS};
    for (size_t i = 0; i < SLOTS; i++) {
        (void)snprintf(descriptor->slots[i].name, sizeof descriptor->slots[i].name, "%s", names[i]);
        descriptor->slots[i].tier = i == 2 ? TIER_SIMILAR : TIER_SURE;
        memset(descriptor->slots[i].canary_token, 0xc0 + (int)i, TOKEN_SIZE);
    }
}

struct fixture *fixture_blank(void) {
    cr_assert_eq(secret_start(), OK);
    struct fixture *fixture = calloc(1, sizeof *fixture);
    folder_make(fixture->dir);
    (void)snprintf(fixture->store, sizeof fixture->store, "%s/store", fixture->dir);
    int64_t now_s = 0;
    cr_assert_eq(clock_parse("2026-11-22T10:37:00Z", &now_s), OK);
    fixture->now_ms = now_s * 1000;
    fixture->clock = (struct wall_clock){.now_ms = fixture_now, .ctx = fixture};
    describe(&fixture->descriptor);
    fixture->settings = (struct engine_settings){.store = fixture->store,
                                                 .map_size = MAP_SIZE,
                                                 .batch_max = 1024,
                                                 .check_first = true,
                                                 .clock = &fixture->clock};
    return fixture;
}

struct fixture *fixture_new(void) {
    struct fixture *fixture = fixture_blank();
    err_t err = engine_init(&fixture->settings, &fixture->descriptor);
    cr_assert_eq(err, OK, "%s", err_detail());
    fixture_open(fixture);
    return fixture;
}

void fixture_end(struct fixture *fixture) {
    fixture_close(fixture);
    folder_remove(fixture->dir);
    free(fixture);
}

void fixture_open(struct fixture *fixture) {
    err_t err = engine_open(&fixture->settings, &fixture->descriptor, &fixture->engine);
    cr_assert_eq(err, OK, "%s", err_detail());
}

void fixture_close(struct fixture *fixture) {
    engine_close(fixture->engine);
    fixture->engine = NULL;
}

void fixture_reopen(struct fixture *fixture) {
    fixture_close(fixture);
    fixture_open(fixture);
}

void fixture_days_pass(struct fixture *fixture, int days) {
    atomic_fetch_add(&fixture->now_ms, (int64_t)days * DAY_MS);
}

void fixture_refuses_to_open(struct fixture *fixture, err_t expected) {
    err_t err = engine_open(&fixture->settings, &fixture->descriptor, &fixture->engine);
    cr_assert_eq(err, expected, "%s: %s", err_text(err), err == OK ? "opened" : err_detail());
}

const char *fixture_path(const struct fixture *fixture, const char *name) {
    static _Thread_local char paths[4][2 * PATH_SIZE];
    static _Thread_local unsigned turn;
    char *path = paths[turn++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/%s", fixture->store, name);
    return path;
}

static void put_token(uint8_t out[TOKEN_SIZE], unsigned value) {
    if (value != 0) {
        memset(out, 0x11, TOKEN_SIZE);
        memcpy(out, &value, sizeof value);
    }
}

struct token_set child_of(unsigned nhs, unsigned names, unsigned sound) {
    struct token_set set = {0};
    put_token(set.tokens[0], nhs);
    put_token(set.tokens[1], names);
    put_token(set.tokens[2], sound);
    return set;
}

struct change change_of(enum action action, unsigned handle, struct token_set tokens) {
    struct change change = {.action = action, .tokens = tokens};
    memcpy(change.handle, &handle, sizeof handle);
    return change;
}

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool done;
    struct asked result;
};

static void on_done(struct operation *operation) {
    struct waiting *waiting = operation->ctx;
    (void)pthread_mutex_lock(&waiting->lock);
    waiting->result.err = operation->err;
    (void)snprintf(waiting->result.detail, sizeof waiting->result.detail, "%s", operation->detail);
    waiting->result.retry_at_s = operation->retry_at_s;
    waiting->result.answers = operation->answers;
    waiting->result.reply = operation->reply;
    waiting->done = true;
    (void)pthread_cond_signal(&waiting->ended);
    (void)pthread_mutex_unlock(&waiting->lock);
}

static struct asked submit_and_wait(struct engine *engine, struct operation *operation) {
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
    return waiting.result;
}

static struct operation *operation_of(enum operation_kind kind, const char *agency) {
    struct operation *operation = calloc(1, sizeof *operation);
    operation->kind = kind;
    (void)snprintf(operation->actor.agency, sizeof operation->actor.agency, "%s", agency);
    return operation;
}

struct asked ask(struct engine *engine, const char *agency, const struct token_set *children, size_t count) {
    struct engine_actor system = {0};
    (void)snprintf(system.agency, sizeof system.agency, "%s", agency);
    return ask_as(engine, &system, PURPOSE_ASSESSMENT, children, count);
}

struct asked ask_as(struct engine *engine, const struct engine_actor *actor, enum purpose purpose,
                    const struct token_set *children, size_t count) {
    struct token_set copies[MAX_CHILDREN];
    memcpy(copies, children, count * sizeof *children);
    struct operation *operation = operation_of(OPERATION_QUESTION, actor->agency);
    operation->actor = *actor;
    operation->question = (struct question){
        .purpose = purpose, .slots = SLOTS, .epochs = token_epoch(1), .count = count, .children = copies};
    struct asked asked = submit_and_wait(engine, operation);
    free(operation);
    return asked;
}

struct asked submit_changes(struct engine *engine, const char *agency, const struct change *changes, size_t count,
                            bool ask_too) {
    struct engine_actor system = {0};
    (void)snprintf(system.agency, sizeof system.agency, "%s", agency);
    return submit_as(engine, &system, changes, count, ask_too);
}

struct asked submit_as(struct engine *engine, const struct engine_actor *actor, const struct change *changes,
                       size_t count, bool ask_too) {
    struct change *copies = calloc(count + 1, sizeof *copies);
    for (size_t i = 0; i < count; i++) {
        copies[i] = changes[i];
    }
    struct operation *operation = operation_of(OPERATION_CHANGES, actor->agency);
    operation->actor = *actor;
    operation->changes = (struct involvement_request){.ask = ask_too,
                                                      .purpose = PURPOSE_CASELOAD,
                                                      .slots = SLOTS,
                                                      .epochs = token_epoch(1),
                                                      .count = count,
                                                      .changes = copies};
    struct asked asked = submit_and_wait(engine, operation);
    free(operation);
    free(copies);
    return asked;
}

enum answer ask_one(struct engine *engine, const char *agency, struct token_set child) {
    struct asked asked = ask(engine, agency, &child, 1);
    cr_assert_eq(asked.err, OK, "%s: %s", err_text(asked.err), asked.detail);
    cr_assert_eq(asked.answers.count, 1);
    return asked.answers.answers[0];
}

enum change_result change_one(struct engine *engine, const char *agency, struct change change) {
    struct asked asked = submit_changes(engine, agency, &change, 1, false);
    cr_assert_eq(asked.err, OK, "%s: %s", err_text(asked.err), asked.detail);
    cr_assert_eq(asked.reply.count, 1);
    cr_assert_eq(asked.reply.answers.count, 0);
    return asked.reply.results[0];
}

void open_one(struct engine *engine, const char *agency, unsigned handle, struct token_set child) {
    cr_assert_eq(change_one(engine, agency, change_of(ACTION_OPEN, handle, child)), RESULT_OPENED);
}
