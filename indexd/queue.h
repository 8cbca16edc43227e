// SPDX-License-Identifier: Apache-2.0
// What waits for the sequencer: operations, and memos for the journal. Any thread puts; the sequencer takes all at
// once.
#ifndef INDEXD_QUEUE_H
#define INDEXD_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "indexd/engine.h"
#include "indexd/job.h"
#include "indexd/record.h"

#define QUEUE_REFUSALS_MAX 1024 // waiting; more are counted instead
#define MEMO_DETAIL_SIZE 256

struct memo { // a refusal; an act or a job somebody waits for
    struct memo *next;
    enum record_kind kind;
    char texts[3][RECORD_TEXT_MAX + 1];
    job_run job; // instead of a record; NULL: none
    void *job_ctx;
    // acts and jobs: how it ended
    bool ended;
    err_t err;
    char detail[MEMO_DETAIL_SIZE];
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    pthread_cond_t memo_ended;
    struct operation *first;
    struct operation **end;
    struct memo *first_memo;
    struct memo **end_memo;
    size_t refusals;
    uint64_t refusals_lost;
    bool stopped;
};

struct taken {
    struct operation *operations; // in order, by `next`
    struct memo *memos;
};

void queue_init(struct queue *queue);
void queue_destroy(struct queue *queue);
void queue_put(struct queue *queue, struct operation *operation);
void queue_put_refusal(struct queue *queue, const char *identity, const char *route, err_t reason);
// Waits until the act is on disk, or failed. ERR_TOO_LARGE.
err_t queue_put_act(struct queue *queue, const char *who, const char *act);
// Waits until what the job put is on disk and committed, or failed.
err_t queue_put_job(struct queue *queue, job_run job, void *ctx);
// Waits for something; false when stopped and empty.
bool queue_take(struct queue *queue, struct taken *out);
void queue_stop(struct queue *queue);
// Tells the one who waits for an act or a job; frees a refusal.
void queue_end_memo(struct queue *queue, struct memo *memo, err_t err);

#endif
