// SPDX-License-Identifier: Apache-2.0
// Memory that an index does not get.
#include "bench/faults.h"
#include "proto/routes.h"

#define KNOWN 16 // children that are there before anything fails

static enum outcome_kind connect_and_ask(struct faults_run *run) {
    faults_connect(run);
    return faults_ask_child(run, 0);
}

static enum outcome_kind ask_one(struct faults_run *run) {
    return faults_ask_child(run, 1);
}

static enum outcome_kind ask_many(struct faults_run *run) {
    return faults_ask_batch(run, 0, KNOWN);
}

static enum outcome_kind exchange(struct faults_run *run, const char *path, const char *body, int right) {
    struct http_exchange exchange = {.base = FAULTS_INDEX, .path = path, .body = bytes_str(body)};
    enum outcome_kind outcome = faults_exchange(run, run->south, &exchange, right);
    buf_free(&exchange.reply);
    return outcome;
}

static enum outcome_kind ask_nonsense(struct faults_run *run) {
    return exchange(run, ROUTE_QUESTIONS, "{\"purpose\":\"curiosity\"}", 400);
}

static enum outcome_kind ask_nowhere(struct faults_run *run) {
    return exchange(run, "/v1/nowhere", "", 404);
}

static enum outcome_kind ask_scheme(struct faults_run *run) {
    return exchange(run, ROUTE_SCHEME, "", 200);
}

static enum outcome_kind ask_whoami(struct faults_run *run) {
    return exchange(run, ROUTE_WHOAMI, "", 200);
}

static void check_answers(struct faults_run *run) {
    if (faults_ask_child(run, 0) != RIGHT) {
        faults_find(run, "the question after it got no answer");
    }
}

static void check_change(struct faults_run *run) {
    check_answers(run);
    faults_check_child(run, run->opened - 1);
}

static const struct faults_kind kinds[] = {
    {"a connection and its question", SHIM_WORKER | SHIM_SEQUENCER, connect_and_ask, check_answers},
    {"a question", SHIM_WORKER | SHIM_SEQUENCER, ask_one, check_answers},
    {"a question about many children", SHIM_WORKER | SHIM_SEQUENCER, ask_many, check_answers},
    {"a change", SHIM_WORKER | SHIM_SEQUENCER, faults_open_child, check_change},
    {"a question that is refused", SHIM_WORKER | SHIM_SEQUENCER, ask_nonsense, check_answers},
    {"a path that is not there", SHIM_WORKER | SHIM_SEQUENCER, ask_nowhere, check_answers},
    {"the scheme's status", SHIM_WORKER | SHIM_SEQUENCER, ask_scheme, check_answers},
    {"who am I", SHIM_WORKER | SHIM_SEQUENCER, ask_whoami, check_answers},
    {"the metrics", SHIM_METRICS, faults_ask_metrics, check_answers},
};

err_t faults_memory(struct faults_run *run) {
    err_t err = faults_start(run, true);
    for (uint32_t i = 0; err == OK && i < KNOWN; i++) {
        if (faults_open_child(run) != RIGHT) {
            err = err_set(ERR_UNAVAILABLE, "no child could be registered");
        }
    }
    if (err == OK) {
        err = faults_fail_allocations(run, kinds, sizeof kinds / sizeof kinds[0]);
    }
    if (err == OK) {
        faults_check_all(run);
    }
    return err;
}
