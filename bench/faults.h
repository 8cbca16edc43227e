// SPDX-License-Identifier: Apache-2.0
// What the parts of bench/faults share: a daemon that runs with bench/fault_shim, what an index acknowledged, and what
// was found. One thread.
#ifndef BENCH_FAULTS_H
#define BENCH_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/fault_shim.h"
#include "bench/kills_books.h"
#include "bench/running_scheme.h"
#include "proto/question.h"

#define FAULTS_INDEX "https://127.0.0.1:4"
#define FAULTS_HOLDER "https://127.0.0.1:1"
#define PATIENCE_MS 10000 // for a reply; what takes longer hangs

struct faults_run {
    struct running_scheme *scheme;
    struct daemon_process *daemon;           // the one under test
    const char *name, *base;                 // of it: of its files, and its address
    struct shim *shim;                       // of the one that runs
    int64_t every;                           // only each so manieth fault is tried
    struct http_client *north, *south, *sam; // sam only where somebody made it
    uint32_t opened;                         // children 0 .. opened - 1 were registered by north, or were tried to
    bool *acknowledged;
    size_t acknowledged_cap;
    struct references references; // of the answers that were received
    uint64_t findings;
    bool may_deny; // 403, of what has expired, and 429, of a budget, are refusals too
    unsigned metrics_port;
    unsigned held; // threads that the next daemon holds (bench/fault_shim.h)
};

enum outcome_kind { RIGHT, REFUSED, CLOSED, WRONG, OUTCOMES };

// Starts the index with the shim, or without; and the clients that ask it.
err_t faults_start(struct faults_run *run, bool shim);
err_t faults_start_holder(struct faults_run *run); // the first one, with the shim
err_t faults_stop(struct faults_run *run);
bool faults_logged(const struct faults_run *run, const char *text); // by this run's daemon, or an earlier one
// Whether the process still runs.
bool faults_alive(const struct faults_run *run);
void faults_connect(struct faults_run *run); // new clients, without connections
void faults_warm(struct faults_run *run);    // both have a connection
void faults_disconnect(struct faults_run *run);
void faults_disarm(struct faults_run *run);
void faults_set_clock(struct faults_run *run, unsigned threads, int64_t off_ms); // of these threads
// Lets a held thread do a round, and waits for its end; false, and a finding, when there is none.
bool faults_round(struct faults_run *run, enum shim_thread thread);
void faults_find(struct faults_run *run, const char *format, ...) PRINTF_LIKE(2, 3);

// Runs the exchange. A refusal is 500 or 503; RIGHT is the status `right`, and its reply is for the caller to judge and
// to free; WRONG is found.
enum outcome_kind faults_exchange(struct faults_run *run, struct http_client *client, struct http_exchange *exchange,
                                  int right);

// Registers one more child; what came of it is remembered.
enum outcome_kind faults_open_child(struct faults_run *run);
// Asks as south about a child by all its tokens: "yes" is right for one that was acknowledged.
enum outcome_kind faults_ask_child(struct faults_run *run, uint32_t child);
void faults_write_question(const struct faults_run *run, uint32_t child, struct buf *out);
// Each of `count` children from `first`, and as many that nobody knows, in one question.
enum outcome_kind faults_ask_batch(struct faults_run *run, uint32_t first, size_t count);
// What the metrics listener sends, up to its end; false when it did not answer. RIGHT: the last of the figures is
// there.
bool faults_read_metrics(const struct faults_run *run, char *out, size_t size);
enum outcome_kind faults_ask_metrics(struct faults_run *run);
// Has the daemon read its files again: REFUSED where it says that it left one aside; and once more where it did.
enum outcome_kind faults_ask_reload(struct faults_run *run);
void faults_check_reload(struct faults_run *run);
double faults_figure(const struct faults_run *run, const char *name); // -1: it is not there
// The answer about the child, by all its tokens.
enum outcome_kind faults_answer(struct faults_run *run, uint32_t child, enum answer *out);
// By each token alone: acknowledged, or known whole, or not known at all.
void faults_check_child(struct faults_run *run, uint32_t child);
// Of every child; and, the index stopped, of its books.
void faults_check_all(struct faults_run *run);

// A kind of request whose allocations fail.
struct faults_kind {
    const char *name;
    unsigned threads;
    enum outcome_kind (*request)(struct faults_run *run);
    void (*after)(struct faults_run *run); // finds what does not hold then
};
// Each allocation of each kind fails once, and then each together with all that follow, until the request passes
// without having failed. No connection may be left open in the end.
err_t faults_fail_allocations(struct faults_run *run, const struct faults_kind *kinds, size_t count);

// The parts.
err_t faults_memory(struct faults_run *run);
err_t faults_background(struct faults_run *run);
err_t faults_descriptors(struct faults_run *run);
err_t faults_clock(struct faults_run *run);
err_t faults_disk(struct faults_run *run);
err_t faults_thread(struct faults_run *run);
err_t faults_holder(struct faults_run *run);

#endif
