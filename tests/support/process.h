// SPDX-License-Identifier: Apache-2.0
// Real programs for the end-to-end tests: run to the end with input and output captured, or started as daemons that say
// "ready PORT" and are stopped by a signal. Failures end the test by an assertion.
#ifndef TESTS_SUPPORT_PROCESS_H
#define TESTS_SUPPORT_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

struct outcome {
    int exit_code; // -1: ended by a signal
    char *out;     // what it printed, zero-terminated
    char *err;
};

// Runs argv[0] (a path) in `dir`; `input` may be NULL. The caller frees by outcome_free.
struct outcome process_run(const char *dir, const char *const *argv, const char *input);
void outcome_free(struct outcome *outcome);

struct daemon_process {
    pid_t pid; // 0: not running
    int out;
    uint16_t port;
};

// Starts a daemon and waits for its "ready PORT" line; its log goes to `log` (a file in `dir`).
void daemon_start(struct daemon_process *daemon, const char *dir, const char *const *argv, const char *log);
// Sends the signal, waits, returns the exit code (-1: it died of a signal). Harmless when not running.
int daemon_stop(struct daemon_process *daemon, int signal);
void daemon_signal(const struct daemon_process *daemon, int signal);

#endif
