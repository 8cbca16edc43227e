// SPDX-License-Identifier: Apache-2.0
// The crash campaign: an index under mixed load is killed (SIGKILL) at random moments, started again, and asked for
// everything that it ever acknowledged - each child, by each of its tokens alone. A change that was in hand when the
// kill came may have been done or not, and not by half. Now and then, and at the end, its books are looked at: the
// store must be what a start makes of its journal alone, byte for byte, and the journal hold every answer that was
// received.
//
//   kills [--kills N] [--seed N]
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/options.h"
#include "bench/kills_books.h"
#include "bench/kills_model.h"
#include "bench/running_scheme.h"
#include "proto/question.h"
#include "proto/routes.h"

#define WRITERS 3
#define BOOKS_EVERY 50
#define ACKS_MAX 200 // until a kill

struct campaign {
    struct running_scheme *scheme;
    int64_t kills, seed;
    struct model models[WRITERS];
    struct references references; // under the lock
    pthread_mutex_t lock;
    pthread_cond_t acknowledged;
    uint64_t acks, changes, questions; // under the lock
    uint64_t in_doubt, done, books, records;
    int64_t restart_us;
};

struct writer {
    struct campaign *campaign;
    struct model *model;
    err_t err; // what must not have happened
    char detail[256];
};

static err_t post(struct http_client *client, const char *path, struct buf *body, struct http_exchange *out) {
    *out = (struct http_exchange){.base = "https://127.0.0.1:4", .path = path, .body = buf_bytes(body)};
    return http_client_one(client, out);
}

static void count_ack(struct campaign *campaign, const char *reference) {
    (void)pthread_mutex_lock(&campaign->lock);
    campaign->acks++;
    campaign->changes += reference == NULL ? 1 : 0;
    campaign->questions += reference == NULL ? 0 : 1;
    if (reference != NULL && references_add(&campaign->references, reference) != OK) {
        abort();
    }
    (void)pthread_cond_signal(&campaign->acknowledged);
    (void)pthread_mutex_unlock(&campaign->lock);
}

static err_t change_one(struct writer *writer, struct http_client *client, size_t child) {
    const struct descriptor *descriptor = &writer->campaign->scheme->descriptor;
    struct change change;
    struct involvement_request request = {
        .slots = descriptor->slot_count, .epochs = token_epoch(descriptor->epoch), .count = 1, .changes = &change};
    static _Thread_local struct involvement_reply reply;
    struct http_exchange exchange;
    struct buf body = {0};
    model_plan(writer->model, child, descriptor->slot_count, &change);
    err_t err = involvement_request_write(&request, &body);
    if (err == OK) {
        err = post(client, ROUTE_INVOLVEMENTS, &body, &exchange);
        if (err == OK) {
            err = involvement_reply_read(buf_bytes(&exchange.reply), &reply);
        }
        buf_free(&exchange.reply);
    }
    if (err == OK && reply.results[0] == RESULT_NOT_FOUND) {
        err = err_set(ERR_CORRUPT, "the index does not know an acknowledged record");
    }
    if (err == OK) {
        model_acknowledge(writer->model, child);
        count_ack(writer->campaign, NULL);
    }
    buf_free(&body);
    return err;
}

// Asks as the other agency; the answers stand in `out`.
static err_t ask(struct http_client *client, struct question *question, struct answers *out) {
    struct http_exchange exchange;
    struct buf body = {0};
    err_t err = question_write(question, &body);
    if (err == OK) {
        err = post(client, ROUTE_QUESTIONS, &body, &exchange);
        if (err == OK) {
            err = answers_read(buf_bytes(&exchange.reply), out);
        }
        buf_free(&exchange.reply);
    }
    buf_free(&body);
    return err;
}

static err_t ask_one(struct writer *writer, struct http_client *client, size_t child) {
    const struct descriptor *descriptor = &writer->campaign->scheme->descriptor;
    const struct standing_of *state = &writer->model->children[child].acknowledged;
    static _Thread_local struct answers answers;
    struct token_set tokens;
    struct question question = {.purpose = PURPOSE_ASSESSMENT,
                                .slots = descriptor->slot_count,
                                .epochs = token_epoch(descriptor->epoch),
                                .count = 1,
                                .children = &tokens};
    model_tokens(writer->model, child, state->version, descriptor->slot_count, &tokens);
    err_t err = ask(client, &question, &answers);
    if (err == OK && answers.answers[0] != model_answer(state, state->version, TIER_SURE)) {
        err = err_set(ERR_CORRUPT, "an answer is wrong while the index runs");
    }
    if (err == OK) {
        count_ack(writer->campaign, answers.reference);
    }
    return err;
}

// Until the index is gone.
static void *write_on(void *ctx) {
    struct writer *writer = ctx;
    struct http_client *north = NULL, *south = NULL;
    err_t err = scheme_client(writer->campaign->scheme, "north", &north);
    if (err == OK) {
        err = scheme_client(writer->campaign->scheme, "south", &south);
    }
    while (err == OK) {
        size_t child = (size_t)(model_random(writer->model) % MODEL_CHILDREN);
        err = model_random(writer->model) % 3 == 0 ? ask_one(writer, south, child) : change_one(writer, north, child);
    }
    // A connection that broke off is what a kill looks like; anything else is a finding.
    writer->err = err == ERR_NETWORK ? OK : err;
    (void)snprintf(writer->detail, sizeof writer->detail, "%s", err_detail());
    http_client_free(north);
    http_client_free(south);
    (void)pthread_mutex_lock(&writer->campaign->lock);
    writer->campaign->acks += ACKS_MAX; // nobody waits for a writer that has ended
    (void)pthread_cond_signal(&writer->campaign->acknowledged);
    (void)pthread_mutex_unlock(&writer->campaign->lock);
    return NULL;
}

static err_t run_and_kill(struct campaign *campaign) {
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    uint64_t enough = 1 + model_random(&campaign->models[0]) % ACKS_MAX;
    campaign->acks = 0;
    for (size_t i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){.campaign = campaign, .model = &campaign->models[i]};
        if (pthread_create(&threads[i], NULL, write_on, &writers[i]) != 0) {
            return err_set(ERR_MEMORY, "no thread");
        }
    }
    (void)pthread_mutex_lock(&campaign->lock);
    while (campaign->acks < enough) {
        (void)pthread_cond_wait(&campaign->acknowledged, &campaign->lock);
    }
    (void)pthread_mutex_unlock(&campaign->lock);
    (void)daemon_stop(&campaign->scheme->index, SIGKILL);
    err_t err = OK;
    for (size_t i = 0; i < WRITERS; i++) {
        (void)pthread_join(threads[i], NULL);
        if (writers[i].err != OK && err == OK) {
            err = err_set(writers[i].err, "a writer: %s: %s", err_text(writers[i].err), writers[i].detail);
        }
    }
    return err;
}

static void start_index(struct campaign *campaign) {
    struct running_scheme *scheme = campaign->scheme;
    int64_t began = clock_monotonic_us();
    scheme_start_index(scheme);
    int64_t took = clock_monotonic_us() - began;
    campaign->restart_us = took > campaign->restart_us ? took : campaign->restart_us;
    (void)snprintf(scheme->connect_to, sizeof scheme->connect_to, "127.0.0.1:4:127.0.0.1:%u", scheme->index.port);
}

// One child of one writer, by each token of two versions alone: as many questions as tokens.
static err_t settle_child(struct campaign *campaign, struct http_client *south, struct model *model, size_t child) {
    const struct descriptor *descriptor = &campaign->scheme->descriptor;
    size_t slots = descriptor->slot_count;
    struct token_set sets[2 * MAX_SLOTS];
    static struct answers heard;
    enum answer answers[2][MAX_SLOTS] = {0};
    struct question question = {
        .purpose = PURPOSE_ASSESSMENT, .slots = slots, .epochs = token_epoch(descriptor->epoch), .count = 2 * slots, .children = sets};
    for (unsigned v = 0; v < 2; v++) {
        struct token_set whole;
        model_tokens(model, child, model->children[child].acknowledged.version + v, slots, &whole);
        for (size_t slot = 0; slot < slots; slot++) {
            sets[v * slots + slot] = (struct token_set){0};
            memcpy(sets[v * slots + slot].tokens[slot], whole.tokens[slot], TOKEN_SIZE);
        }
    }
    err_t err = ask(south, &question, &heard);
    if (err != OK) {
        return err;
    }
    for (size_t i = 0; i < 2 * slots; i++) {
        answers[i / slots][i % slots] = heard.answers[i];
    }
    bool in_doubt = false, done = false;
    if (!model_settle(model, child, descriptor, (const enum answer(*)[MAX_SLOTS])answers, &in_doubt, &done)) {
        return err_set(ERR_CORRUPT, "child %zu of writer %u is neither as acknowledged nor as it was being changed",
                       child, model->writer);
    }
    campaign->in_doubt += in_doubt ? 1 : 0;
    campaign->done += done ? 1 : 0;
    return references_add(&campaign->references, heard.reference);
}

static err_t settle(struct campaign *campaign) {
    struct http_client *south = NULL;
    err_t err = scheme_client(campaign->scheme, "south", &south);
    for (size_t i = 0; err == OK && i < WRITERS; i++) {
        for (size_t child = 0; err == OK && child < MODEL_CHILDREN; child++) {
            err = settle_child(campaign, south, &campaign->models[i], child);
        }
    }
    http_client_free(south);
    return err;
}

// The store beside one that is made anew from a copy of the journal.
static err_t check_books(struct campaign *campaign) {
    const char *const copy[] = {"/bin/sh", "-c", "rm -rf copy && cp -r store copy && rm -r copy/lmdb", NULL};
    char store[640], other[640];
    scheme_path(campaign->scheme, "store", store);
    scheme_path(campaign->scheme, "copy", other);
    err_t err = scheme_stop_index(campaign->scheme);
    struct outcome outcome = process_run(campaign->scheme->dir, copy, NULL);
    err = err == OK && outcome.exit_code != 0 ? err_set(ERR_IO, "%s", outcome.err) : err;
    outcome_free(&outcome);
    if (err == OK) {
        err = books_make_anew(other, &campaign->scheme->descriptor);
    }
    if (err == OK) {
        err = books_compare_stores(store, other);
    }
    if (err == OK) {
        err = books_check_journal(store, &campaign->references, &campaign->records);
    }
    campaign->books++;
    start_index(campaign);
    return err;
}

static void print_figures(const struct campaign *campaign, int64_t kills) {
    printf("kills                       %8lld\n", (long long)kills);
    printf("changes acknowledged        %8llu\n", (unsigned long long)campaign->changes);
    printf("answers received            %8zu\n", campaign->references.count);
    printf("changes in hand at a kill   %8llu, of which %llu had been done\n", (unsigned long long)campaign->in_doubt,
           (unsigned long long)campaign->done);
    printf("books compared              %8llu, at last %llu records\n", (unsigned long long)campaign->books,
           (unsigned long long)campaign->records);
    printf("longest start               %8.3f s\n", (double)campaign->restart_us / 1e6);
}

static int work(struct running_scheme *scheme, void *ctx) {
    struct campaign *campaign = ctx;
    campaign->scheme = scheme;
    for (unsigned i = 0; i < WRITERS; i++) {
        campaign->models[i] = (struct model){.writer = i, .random = (uint64_t)campaign->seed * WRITERS + i};
    }
    err_t err = OK;
    int64_t kills = 0;
    for (; err == OK && kills < campaign->kills; kills++) {
        err = run_and_kill(campaign);
        start_index(campaign);
        if (err == OK) {
            err = settle(campaign);
        }
        if (err == OK && ((kills + 1) % BOOKS_EVERY == 0 || kills + 1 == campaign->kills)) {
            err = check_books(campaign);
        }
    }
    print_figures(campaign, kills);
    printf("findings                    %8d\n", err == OK ? 0 : 1);
    if (err != OK) {
        fprintf(stderr, "kills: after %lld kills: %s: %s\n", (long long)kills, err_text(err), err_detail());
    }
    references_free(&campaign->references);
    return err == OK ? 0 : 1;
}

int main(int argc, char **argv) {
    static struct campaign campaign = {
        .kills = 1000, .seed = 1, .lock = PTHREAD_MUTEX_INITIALIZER, .acknowledged = PTHREAD_COND_INITIALIZER};
    int first = 0;
    bool help = false;
    const struct option_row rows[] = {
        {"kills", "N", OPTION_NUMBER, &campaign.kills, 1, 1000000, "How often the index is killed."},
        {"seed", "N", OPTION_NUMBER, &campaign.seed, 0, INT32_MAX, "What is drawn at random follows from it."},
    };
    const struct option_usage usage = {"kills", "[OPTIONS]", "Kills an index under load and checks what it knows.",
                                       "Exit codes: 0 nothing was lost, 1 a finding, 2 it could not begin."};
    err_t err = options_read(argc, argv, &usage, rows, sizeof rows / sizeof rows[0], &first, &help);
    if (err != OK || help) {
        return help ? 0 : 2;
    }
    return running_scheme_with(work, &campaign);
}
