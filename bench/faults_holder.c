// SPDX-License-Identifier: Apache-2.0
// Memory that a key holder does not get: an evaluation must come with a proof that holds and be counted, and whoever
// has used up what is allowed gets none, whatever fails.
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/counted.h"
#include "bench/faults.h"
#include "keys/threshold.h"
#include "proto/evaluation.h"
#include "proto/routes.h"

#define HOLDER 1
#define BATCH 16
#define COUNTS "holder-1.state/counts"
#define LIMIT_OF_NORTH "elements_day=16" // a batch

static struct evaluation_request request; // as many elements as are asked for
static uint8_t public_key[ELEMENT_SIZE];
static uint64_t given; // elements whose evaluation south has received

// ---- the requests

// The reply, of RIGHT, stands in the exchange.
static enum outcome_kind post_elements(struct faults_run *run, struct http_client *client, size_t count, int right,
                                       struct http_exchange *out) {
    struct buf body = {0};
    request.count = count;
    if (evaluation_request_write(&request, &body) != OK) {
        abort();
    }
    *out = (struct http_exchange){.base = FAULTS_HOLDER, .path = ROUTE_EVALUATIONS, .body = buf_bytes(&body)};
    const enum outcome_kind outcome = faults_exchange(run, client, out, right);
    buf_free(&body);
    return outcome;
}

static err_t check_reply(struct bytes body, size_t count) {
    static struct evaluation_reply reply;
    err_t err = evaluation_reply_read(body, &reply);
    if (err == OK && (reply.holder != HOLDER || reply.epoch != request.epoch ||
                      reply.generation != request.generation || reply.count != count)) {
        err = err_set(ERR_CORRUPT, "of another holder, key or batch");
    }
    return err == OK ? oprf_verify_proof(public_key, (const uint8_t(*)[ELEMENT_SIZE])request.elements,
                                         (const uint8_t(*)[ELEMENT_SIZE])reply.elements, count, reply.proof)
                     : err;
}

static err_t check_counts(struct faults_run *run, uint64_t *out_counted) {
    char path[640];
    bool torn = false;
    scheme_path(run->scheme, COUNTS, path);
    err_t err = counted_read(path, "south", out_counted, &torn);
    if (err == OK && (torn || *out_counted < given)) {
        err = err_set(ERR_CORRUPT, "south was given %llu elements, and the counts say %llu%s",
                      (unsigned long long)given, (unsigned long long)*out_counted, torn ? " and half a line" : "");
    }
    return err;
}

static enum outcome_kind evaluate(struct faults_run *run, size_t count) {
    struct http_exchange exchange;
    uint64_t counted = 0;
    enum outcome_kind outcome = post_elements(run, run->south, count, 200, &exchange);
    if (outcome == RIGHT) {
        given += count;
        err_t err = check_reply(buf_bytes(&exchange.reply), count);
        err = err == OK ? check_counts(run, &counted) : err;
        if (err != OK) {
            faults_find(run, "an evaluation: %s: %s", err_text(err), err_detail());
            outcome = WRONG;
        }
    }
    buf_free(&exchange.reply);
    return outcome;
}

static enum outcome_kind evaluate_one(struct faults_run *run) {
    return evaluate(run, 1);
}

static enum outcome_kind evaluate_batch(struct faults_run *run) {
    return evaluate(run, BATCH);
}

static enum outcome_kind connect_and_evaluate(struct faults_run *run) {
    faults_connect(run);
    return evaluate(run, 1);
}

static enum outcome_kind evaluate_beyond_limit(struct faults_run *run) {
    struct http_exchange exchange;
    const enum outcome_kind outcome = post_elements(run, run->north, 1, 429, &exchange);
    buf_free(&exchange.reply);
    return outcome;
}

static enum outcome_kind ask(struct faults_run *run, const char *path, const char *body, int right) {
    struct http_exchange exchange = {.base = FAULTS_HOLDER, .path = path, .body = bytes_str(body)};
    const enum outcome_kind outcome = faults_exchange(run, run->south, &exchange, right);
    buf_free(&exchange.reply);
    return outcome;
}

static enum outcome_kind ask_nonsense(struct faults_run *run) {
    return ask(run, ROUTE_EVALUATIONS, "{\"epoch\":1}", 400);
}

static enum outcome_kind ask_what_is_denied(struct faults_run *run) {
    return ask(run, ROUTE_WITNESS, "{}", 403); // the index alone may
}

static enum outcome_kind ask_key(struct faults_run *run) {
    const struct descriptor *descriptor = &run->scheme->descriptor;
    struct http_exchange exchange = {.base = FAULTS_HOLDER, .path = ROUTE_KEY};
    struct key_reply reply;
    enum outcome_kind outcome = faults_exchange(run, run->south, &exchange, 200);
    if (outcome == RIGHT &&
        (key_reply_read(buf_bytes(&exchange.reply), &reply) != OK || reply.holder != HOLDER ||
         strcmp(reply.scheme, descriptor->scheme) != 0 || reply.epoch != descriptor->epoch ||
         reply.generation != descriptor->generation || reply.threshold != descriptor->threshold ||
         reply.descriptor_version != descriptor->version || memcmp(reply.public_key, public_key, ELEMENT_SIZE) != 0)) {
        faults_find(run, "%s tells of another key", ROUTE_KEY);
        outcome = WRONG;
    }
    buf_free(&exchange.reply);
    return outcome;
}

static void check_serves(struct faults_run *run) {
    if (evaluate(run, 1) != RIGHT) {
        faults_find(run, "the request after it was not served");
    }
}

static void check_reload(struct faults_run *run) {
    faults_check_reload(run);
    check_serves(run);
    if (ask_key(run) != RIGHT) {
        faults_find(run, "the key was not told");
    }
}

static const struct faults_kind kinds[] = {
    {"a connection and its evaluation", SHIM_WORKER, connect_and_evaluate, check_serves},
    {"an evaluation", SHIM_WORKER, evaluate_one, check_serves},
    {"evaluations of a batch", SHIM_WORKER, evaluate_batch, check_serves},
    {"an evaluation beyond the limit", SHIM_WORKER, evaluate_beyond_limit, check_serves},
    {"a request that is no good", SHIM_WORKER, ask_nonsense, check_serves},
    {"a request that is denied", SHIM_WORKER, ask_what_is_denied, check_serves},
    {"the key", SHIM_WORKER, ask_key, check_serves},
    {"a holder's reload", SHIM_MAIN, faults_ask_reload, check_reload},
    {"the holder's metrics", SHIM_METRICS, faults_ask_metrics, check_serves},
};

// ---- the holder

static err_t limit_north(const struct running_scheme *scheme) {
    char identity[MAX_ID + 64];
    (void)snprintf(identity, sizeof identity, "urn:signpost:%s:agency:north", scheme->descriptor.scheme);
    const char *const argv[] = {"keys/ceremony/ceremony",
                                "roster",
                                "--dir",
                                "authority",
                                "--passphrase-file",
                                "authority.passphrase",
                                "--limit",
                                LIMIT_OF_NORTH,
                                "update",
                                identity,
                                NULL};
    return scheme_run(scheme, argv);
}

static err_t prepare_request(const struct descriptor *descriptor) {
    struct threshold_commitments commitments = {.t = descriptor->threshold};
    memcpy(commitments.points, descriptor->commitments, sizeof commitments.points);
    request.epoch = descriptor->epoch;
    request.generation = descriptor->generation;
    for (size_t i = 0; i < BATCH; i++) {
        crypto_core_ristretto255_random(request.elements[i]);
    }
    return threshold_public_key(&commitments, HOLDER, public_key);
}

static err_t use_up_limit(struct faults_run *run) {
    struct http_exchange exchange;
    const enum outcome_kind outcome = post_elements(run, run->north, BATCH, 200, &exchange);
    buf_free(&exchange.reply);
    return outcome == RIGHT ? OK : err_set(ERR_UNAVAILABLE, "north could not use up its limit");
}

static err_t prepare(struct faults_run *run) {
    struct running_scheme *scheme = run->scheme;
    err_t err = prepare_request(&scheme->descriptor);
    if (err == OK) {
        err = limit_north(scheme);
    }
    if (err == OK) {
        err = scheme_set(scheme, "holder-1.ini", "metrics", "127.0.0.1:0");
    }
    if (err == OK && daemon_stop(&scheme->holders[HOLDER - 1], SIGTERM) != 0) {
        err = err_set(ERR_IO, "the holder did not stop cleanly");
    }
    if (err == OK) {
        err = faults_start_holder(run);
    }
    return err == OK ? use_up_limit(run) : err;
}

err_t faults_holder(struct faults_run *run) {
    uint64_t counted = 0;
    err_t err = prepare(run);
    if (err == OK) {
        err = faults_fail_allocations(run, kinds, sizeof kinds / sizeof kinds[0]);
    }
    if (err != OK) {
        return err;
    }
    err = faults_stop(run); // it writes what it has counted exactly
    err = err == OK ? check_counts(run, &counted) : err;
    if (err != OK) {
        faults_find(run, "the counts: %s: %s", err_text(err), err_detail());
    }
    printf("elements given %llu, counted %llu\n", (unsigned long long)given, (unsigned long long)counted);
    return OK;
}
