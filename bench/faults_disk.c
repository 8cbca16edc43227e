// SPDX-License-Identifier: Apache-2.0
// The disk fails under a running index: full, broken or turned read-only, when the journal or the store is written, the
// journal is read, or a file is opened. What cannot be recorded is refused and shown by the status; what was
// acknowledged stays; the index goes on by itself once the disk works again, and ends where a sync failed.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "bench/faults.h"
#include "proto/routes.h"

#define REQUESTS 40
#define EXIT_NOT_DONE 2
#define MENDED_TRIES 50

static const struct trouble {
    const char *name;
    enum shim_call call;
    int code;
    bool refuses; // nothing can be served meanwhile, and the status says so
} troubles[] = {
    {"journal full", SHIM_WRITE_JOURNAL, ENOSPC, true},     {"journal not written", SHIM_WRITE_JOURNAL, EIO, true},
    {"journal read-only", SHIM_WRITE_JOURNAL, EROFS, true}, {"store full", SHIM_WRITE_STORE, ENOSPC, false},
    {"store not written", SHIM_WRITE_STORE, EIO, false},    {"store read-only", SHIM_WRITE_STORE, EROFS, false},
    {"journal not read", SHIM_READ_JOURNAL, EIO, false},    {"no file to write", SHIM_OPEN_TO_WRITE, EROFS, false},
};

static enum outcome_kind ask_status(struct faults_run *run) {
    struct http_exchange exchange = {.base = FAULTS_INDEX, .path = ROUTE_SCHEME};
    const enum outcome_kind outcome = faults_exchange(run, run->south, &exchange, 200);
    buf_free(&exchange.reply);
    return outcome;
}

static void expect_mended(struct faults_run *run, const char *name) {
    int tries = 0;
    while (tries < MENDED_TRIES &&
           (faults_open_child(run) != RIGHT || faults_ask_child(run, 0) != RIGHT || ask_status(run) != RIGHT)) {
        tries++;
        (void)usleep(20000);
    }
    if (tries == MENDED_TRIES) {
        faults_find(run, "%s: the index does not go on once the disk works again", name);
    }
}

static void trouble(struct faults_run *run, const struct trouble *trouble) {
    uint64_t outcomes[OUTCOMES] = {0};
    const uint32_t first = run->opened;
    atomic_store(&run->shim->calls[trouble->call], trouble->code);
    for (int i = 0; i < REQUESTS; i++) {
        outcomes[i % 2 == 0 ? faults_open_child(run) : faults_ask_child(run, 0)]++;
    }
    const enum outcome_kind status = ask_status(run);
    atomic_store(&run->shim->calls[trouble->call], 0);
    if (trouble->refuses && (outcomes[RIGHT] > 0 || status == RIGHT)) {
        faults_find(run, "%s: served, or called well, by an index that cannot record", trouble->name);
    }
    printf("%-20s %7llu %7llu %7llu %5llu   status %s\n", trouble->name, (unsigned long long)outcomes[RIGHT],
           (unsigned long long)outcomes[REFUSED], (unsigned long long)outcomes[CLOSED],
           (unsigned long long)outcomes[WRONG], status == RIGHT ? "well" : "refuses");
    expect_mended(run, trouble->name);
    for (uint32_t child = first; child < run->opened; child++) {
        faults_check_child(run, child);
    }
}

static err_t fail_sync(struct faults_run *run) {
    atomic_store(&run->shim->calls[SHIM_SYNC], EIO);
    const enum outcome_kind outcome = faults_open_child(run);
    for (int tries = 0; faults_alive(run) && tries < MENDED_TRIES; tries++) {
        (void)usleep(20000);
    }
    const bool alive = faults_alive(run);
    const int code = daemon_stop(&run->scheme->index, SIGKILL);
    printf("%-20s the request: %s; the index ended with code %d\n", "sync failed",
           outcome == CLOSED ? "no reply" : "A REPLY", code);
    if (alive || outcome != CLOSED || code != EXIT_NOT_DONE || !faults_logged(run, "could not be synced")) {
        faults_find(run, "an index whose journal could not be synced goes on, or does not say why it ends");
    }
    return faults_start(run, true);
}

err_t faults_disk(struct faults_run *run) {
    err_t err = faults_start(run, true);
    if (err != OK) {
        return err;
    }
    if (faults_open_child(run) != RIGHT) {
        faults_find(run, "not served before anything fails");
    }
    printf("%-20s %7s %7s %7s %5s\n", "while the disk has", "right", "refused", "closed", "wrong");
    for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++) {
        trouble(run, &troubles[i]);
    }
    err = fail_sync(run);
    if (err == OK) {
        faults_check_all(run);
    }
    return err;
}
