// SPDX-License-Identifier: Apache-2.0
// Memory that is not there: each allocation in the path of each kind of request fails once, and then each together with
// all that follow, until the request passes without having failed.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/faults.h"
#include "proto/routes.h"

#define KNOWN 16 // children that are there before anything fails

// ---- the requests

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

static const struct kind {
    const char *name;
    unsigned threads;
    enum outcome_kind (*request)(struct faults_run *run);
} kinds[] = {
    {"a connection and its question", SHIM_WORKER | SHIM_SEQUENCER, connect_and_ask},
    {"a question", SHIM_WORKER | SHIM_SEQUENCER, ask_one},
    {"a question about many children", SHIM_WORKER | SHIM_SEQUENCER, ask_many},
    {"a change", SHIM_WORKER | SHIM_SEQUENCER, faults_open_child},
    {"a question that is refused", SHIM_WORKER | SHIM_SEQUENCER, ask_nonsense},
    {"a path that is not there", SHIM_WORKER | SHIM_SEQUENCER, ask_nowhere},
    {"the scheme's status", SHIM_WORKER | SHIM_SEQUENCER, ask_scheme},
    {"who am I", SHIM_WORKER | SHIM_SEQUENCER, ask_whoami},
    {"the metrics", SHIM_METRICS, faults_ask_metrics},
};

// ---- faults

static void arm(struct faults_run *run, unsigned threads, long pass, bool for_good) {
    atomic_store(&run->shim->pass, pass);
    atomic_store(&run->shim->for_good, for_good);
    atomic_store(&run->shim->seen, 0);
    atomic_store(&run->shim->failed, 0);
    atomic_store(&run->shim->threads, threads);
}

// What was asked while memory was lacking left nothing behind.
static err_t check_after(struct faults_run *run, const struct kind *kind, long pass) {
    if (!faults_alive(run)) {
        faults_find(run, "the index ended");
        return err_set(ERR_UNAVAILABLE, "the index ended");
    }
    const uint64_t before = run->findings;
    if (faults_ask_child(run, 0) != RIGHT) {
        faults_find(run, "the question after it got no answer");
    }
    if (kind->request == faults_open_child) {
        faults_check_child(run, run->opened - 1);
    }
    if (run->findings > before) {
        fprintf(stderr, "  after allocation %ld of %s had failed:%s\n", pass + 1, kind->name, run->shim->where);
    }
    return OK;
}

static err_t fail_each(struct faults_run *run, const struct kind *kind, bool for_good) {
    uint64_t outcomes[OUTCOMES] = {0}, tried = 0, failed = 0;
    err_t err = OK;
    long pass = 0;
    for (bool reached = true; err == OK && reached; pass += reached ? (long)run->every : 0) {
        const uint64_t before = run->findings;
        faults_warm(run);
        arm(run, kind->threads, pass, for_good);
        const enum outcome_kind outcome = kind->request(run);
        faults_disarm(run);
        reached = atomic_load(&run->shim->failed) > 0;
        if (run->findings > before) {
            fprintf(stderr, "  allocation %ld of %s failed:%s\n", pass + 1, kind->name, run->shim->where);
        }
        if (!reached && outcome != RIGHT) {
            faults_find(run, "%s: not right where nothing failed", kind->name);
        }
        tried += reached ? 1 : 0;
        failed += (uint64_t)atomic_load(&run->shim->failed);
        outcomes[outcome] += reached ? 1 : 0;
        err = check_after(run, kind, pass);
    }
    printf("%-32s %-6s %7llu %9llu %7llu %7llu %7llu %5llu\n", kind->name, for_good ? "onward" : "once",
           (unsigned long long)tried, (unsigned long long)failed, (unsigned long long)outcomes[RIGHT],
           (unsigned long long)outcomes[REFUSED], (unsigned long long)outcomes[CLOSED],
           (unsigned long long)outcomes[WRONG]);
    (void)fflush(stdout);
    return err;
}

// The connections that failed are gone: they would count against max_connections for good.
static void check_connections(struct faults_run *run) {
    static char text[256 * 1024];
    static const char name[] = "\nsignpost_http_connections ";
    faults_disconnect(run);
    const char *line = NULL;
    for (int tries = 0; tries < 50 && (line == NULL || strtod(line + sizeof name - 1, NULL) > 0); tries++) {
        (void)usleep(100000); // the index has its own time to see that they were closed
        line = faults_read_metrics(run, text, sizeof text) ? strstr(text, name) : NULL;
    }
    if (line == NULL || strtod(line + sizeof name - 1, NULL) > 0) {
        faults_find(run, "connections are left open: %.60s", line == NULL ? "?" : line + 1);
    }
    faults_connect(run);
}

err_t faults_memory(struct faults_run *run) {
    err_t err = faults_start(run, true);
    for (uint32_t i = 0; err == OK && i < KNOWN; i++) {
        if (faults_open_child(run) != RIGHT) {
            err = err_set(ERR_UNAVAILABLE, "no child could be registered");
        }
    }
    printf("%-32s %-6s %7s %9s %7s %7s %7s %5s\n", "memory lacks for", "", "tried", "failed", "right", "refused",
           "closed", "wrong");
    for (size_t i = 0; err == OK && i < 2 * (sizeof kinds / sizeof kinds[0]); i++) {
        err = fail_each(run, &kinds[i / 2], i % 2 == 1);
    }
    if (err == OK) {
        check_connections(run);
        faults_check_all(run);
    }
    return err;
}
