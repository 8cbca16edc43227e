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
#define QUEUE_TOUCH_MS 16000    // until the last place that a touch may draw
#define QUEUE_TOUCH_PLACES 1024
#define QUEUE_TOUCH_PATIENCE_S 5 // for something to travel with
#define MEMO_DETAIL_SIZE 256

struct touched { // a shield, by an item of a record
    struct record_touch touch;
    uint64_t record;
    uint16_t item;
};

struct waiting_touch { // small: what it takes after an answer must not show
    struct waiting_touch *next;
    struct touched touched;
};

struct memo { // a refusal, a block or a touch; an act, an alert or a job somebody waits for
    struct memo *next;
    enum record_kind kind;
    char texts[3][RECORD_TEXT_MAX + 1];
    struct touched touched; // of RECORD_TOUCH
    uint64_t cause;         // of RECORD_ALERT
    bool waited;            // somebody waits for its end, and owns it
    job_run job;            // instead of a record; NULL: none
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
    struct waiting_touch *touches[QUEUE_TOUCH_PLACES]; // by the place in time that each drew, in a ring
    size_t touches_waiting;
    int64_t touch_place; // up to which they were taken
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
// For a later record, written together with whatever is decided at a time that the touch draws, or soon after it: work
// done for it right after the answer would show whoever asks next what the answer did not.
void queue_put_touch(struct queue *queue, const struct touched *touched);
// That somebody is blocked from now on, without waiting.
void queue_put_block(struct queue *queue, const char *account, const char *why);
// Waits until the act is on disk, or failed. ERR_TOO_LARGE.
err_t queue_put_act(struct queue *queue, const char *who, const char *act);
// An alert; waits until it is on disk. `account` may be "".
err_t queue_put_alert(struct queue *queue, const char *rule, const char *account, const char *found, uint64_t cause);
// Waits until what the job put is on disk and committed, or failed.
err_t queue_put_job(struct queue *queue, job_run job, void *ctx);
// Waits for something; false when stopped and empty.
bool queue_take(struct queue *queue, struct taken *out);
void queue_stop(struct queue *queue);
// Tells the one who waits for an act or a job; frees a refusal or a touch.
void queue_end_memo(struct queue *queue, struct memo *memo, err_t err);

#endif
