// SPDX-License-Identifier: Apache-2.0
// A thread that ends alone: the process must end with it, and soon, since what waits for the thread would wait for
// ever.
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/faults.h"

#define SOON_US 7000000
#define EXIT_NOT_DONE 2

static err_t end_one(struct faults_run *run, const char *name, unsigned thread) {
    err_t err = faults_start(run, true);
    if (err != OK) {
        return err;
    }
    const uint32_t before = run->opened;
    if (faults_open_child(run) != RIGHT || faults_ask_child(run, before) != RIGHT) {
        faults_find(run, "not served before anything fails");
    }
    const int64_t began_us = clock_monotonic_us();
    atomic_store(&run->shim->end, thread);
    while (faults_alive(run) && clock_monotonic_us() - began_us < SOON_US) {
        if (thread == SHIM_METRICS) {
            (void)faults_ask_metrics(run);
        } else if (faults_open_child(run) == RIGHT) {
            faults_find(run, "a change was acknowledged by an index without its %s", name);
        }
        (void)usleep(10000);
    }
    const int64_t took_us = clock_monotonic_us() - began_us;
    if (faults_alive(run)) {
        faults_find(run, "the index goes on without its %s", name);
    }
    const int code = daemon_stop(&run->scheme->index, SIGKILL);
    if (code != EXIT_NOT_DONE || !faults_logged(run, "has ended by itself; stopping at once")) {
        faults_find(run, "without its %s the index ended with code %d", name, code);
    }
    printf("the %-12s ends: the index stopped after %lld ms\n", name, (long long)took_us / 1000);
    return OK;
}

err_t faults_thread(struct faults_run *run) {
    err_t err = end_one(run, "sequencer", SHIM_SEQUENCER);
    err = err == OK ? end_one(run, "http-worker", SHIM_WORKER) : err;
    err = err == OK ? end_one(run, "metrics", SHIM_METRICS) : err;
    if (err == OK) {
        err = faults_start(run, true);
    }
    if (err == OK) {
        faults_check_all(run);
    }
    return err;
}
