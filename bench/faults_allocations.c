// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <unistd.h>

#include "bench/faults.h"

static void arm(struct faults_run *run, unsigned threads, long pass, bool for_good) {
    atomic_store(&run->shim->pass, pass);
    atomic_store(&run->shim->for_good, for_good);
    atomic_store(&run->shim->seen, 0);
    atomic_store(&run->shim->failed, 0);
    atomic_store(&run->shim->threads, threads);
}

// What was asked while memory was lacking left nothing behind.
static err_t check_after(struct faults_run *run, const struct faults_kind *kind, long pass) {
    if (!faults_alive(run)) {
        faults_find(run, "%s ended", run->name);
        return err_set(ERR_UNAVAILABLE, "%s ended", run->name);
    }
    const uint64_t before = run->findings;
    kind->after(run);
    if (run->findings > before) {
        fprintf(stderr, "  after allocation %ld of %s had failed:%s\n", pass + 1, kind->name, run->shim->where);
    }
    return OK;
}

static err_t fail_each(struct faults_run *run, const struct faults_kind *kind, bool for_good) {
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
    double open = -1;
    faults_disconnect(run);
    for (int tries = 0; tries < 50 && open != 0; tries++) {
        (void)usleep(100000); // the daemon has its own time to see that they were closed
        open = faults_figure(run, "signpost_http_connections");
    }
    if (open != 0) {
        faults_find(run, "%g connections are left open", open);
    }
    faults_connect(run);
}

err_t faults_fail_allocations(struct faults_run *run, const struct faults_kind *kinds, size_t count) {
    err_t err = OK;
    printf("%-32s %-6s %7s %9s %7s %7s %7s %5s\n", "memory lacks for", "", "tried", "failed", "right", "refused",
           "closed", "wrong");
    for (size_t i = 0; err == OK && i < 2 * count; i++) {
        err = fail_each(run, &kinds[i / 2], i % 2 == 1);
    }
    if (err == OK) {
        check_connections(run);
    }
    return err;
}
