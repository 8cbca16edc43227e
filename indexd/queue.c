// SPDX-License-Identifier: Apache-2.0
#include "indexd/queue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/noise.h"
#include "indexd/blocks.h"

static int64_t touch_place_now(void) {
    return clock_monotonic_us() * QUEUE_TOUCH_PLACES / (QUEUE_TOUCH_MS * (int64_t)1000);
}

void queue_init(struct queue *queue) {
    *queue = (struct queue){0};
    queue->end = &queue->first;
    queue->end_memo = &queue->first_memo;
    queue->touch_place = touch_place_now();
    (void)pthread_mutex_init(&queue->lock, NULL);
    pthread_condattr_t monotonic; // a clock that is set back must not make anything wait
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&queue->filled, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    (void)pthread_cond_init(&queue->memo_ended, NULL);
}

void queue_destroy(struct queue *queue) {
    (void)pthread_cond_destroy(&queue->memo_ended);
    (void)pthread_cond_destroy(&queue->filled);
    (void)pthread_mutex_destroy(&queue->lock);
}

void queue_put(struct queue *queue, struct operation *operation) {
    operation->next = NULL;
    (void)pthread_mutex_lock(&queue->lock);
    *queue->end = operation;
    queue->end = &operation->next;
    (void)pthread_cond_signal(&queue->filled);
    (void)pthread_mutex_unlock(&queue->lock);
}

static void put_memo(struct queue *queue, struct memo *memo) {
    memo->next = NULL;
    *queue->end_memo = memo;
    queue->end_memo = &memo->next;
    (void)pthread_cond_signal(&queue->filled);
}

static void cut_text(char out[RECORD_TEXT_MAX + 1], const char *text) {
    (void)snprintf(out, RECORD_TEXT_MAX + 1, "%s", text);
}

static struct memo *refusal_new(const char *identity, const char *route, const char *reason) {
    struct memo *memo = calloc(1, sizeof *memo);
    if (memo != NULL) {
        memo->kind = RECORD_REFUSAL;
        cut_text(memo->texts[0], identity);
        cut_text(memo->texts[1], route);
        cut_text(memo->texts[2], reason);
    }
    return memo;
}

void queue_put_refusal(struct queue *queue, const char *identity, const char *route, err_t reason) {
    struct memo *memo = refusal_new(identity, route, err_text(reason));
    (void)pthread_mutex_lock(&queue->lock);
    if (memo == NULL || queue->refusals >= QUEUE_REFUSALS_MAX) {
        queue->refusals_lost++;
        free(memo);
    } else {
        queue->refusals++;
        put_memo(queue, memo);
    }
    (void)pthread_mutex_unlock(&queue->lock);
}

static void log_lost_touch(const struct touched *touched) {
    log_line(LOG_ERROR, "alert lost for want of memory: record %llu touched a shield",
             (unsigned long long)touched->record);
}

void queue_put_touch(struct queue *queue, const struct touched *touched) {
    struct waiting_touch *touch = malloc(sizeof *touch);
    uint32_t random = 0;
    if (touch == NULL) {
        log_lost_touch(touched);
        return;
    }
    touch->touched = *touched;
    noise_fill(&random, sizeof random);
    (void)pthread_mutex_lock(&queue->lock);
    const int64_t place = queue->touch_place + 1 + random % QUEUE_TOUCH_PLACES;
    struct waiting_touch **touches = &queue->touches[place % QUEUE_TOUCH_PLACES];
    touch->next = *touches;
    *touches = touch;
    queue->touches_waiting++;
    (void)pthread_mutex_unlock(&queue->lock);
}

// One memo for the refusals that were only counted; the lock is held.
static void put_lost(struct queue *queue) {
    char text[64];
    (void)snprintf(text, sizeof text, "%llu more refusals", (unsigned long long)queue->refusals_lost);
    struct memo *memo = queue->refusals_lost == 0 ? NULL : refusal_new("", "", text);
    if (memo != NULL) {
        queue->refusals_lost = 0;
        put_memo(queue, memo);
    }
}

// Without memory the next question blocks: the count stands.
void queue_put_block(struct queue *queue, const char *account, const char *why) {
    struct memo *memo = calloc(1, sizeof *memo);
    if (memo == NULL) {
        return;
    }
    memo->kind = RECORD_BLOCK;
    cut_text(memo->texts[0], account);
    cut_text(memo->texts[1], BLOCK_SET);
    cut_text(memo->texts[2], why);
    (void)pthread_mutex_lock(&queue->lock);
    put_memo(queue, memo);
    (void)pthread_mutex_unlock(&queue->lock);
}

static err_t wait_for(struct queue *queue, struct memo *memo) {
    memo->waited = true;
    (void)pthread_mutex_lock(&queue->lock);
    put_memo(queue, memo);
    while (!memo->ended) {
        (void)pthread_cond_wait(&queue->memo_ended, &queue->lock);
    }
    (void)pthread_mutex_unlock(&queue->lock);
    return memo->err == OK ? OK : err_set(memo->err, "%s", memo->detail);
}

err_t queue_put_act(struct queue *queue, const char *who, const char *act) {
    struct memo memo = {.kind = RECORD_ACT};
    if (strlen(who) > RECORD_TEXT_MAX || strlen(act) > RECORD_TEXT_MAX) {
        return err_set(ERR_TOO_LARGE, "an act is described in at most %d bytes", RECORD_TEXT_MAX);
    }
    cut_text(memo.texts[0], who);
    cut_text(memo.texts[1], act);
    return wait_for(queue, &memo);
}

err_t queue_put_alert(struct queue *queue, const char *rule, const char *account, const char *found, uint64_t cause) {
    struct memo memo = {.kind = RECORD_ALERT, .cause = cause};
    cut_text(memo.texts[0], rule);
    cut_text(memo.texts[1], account);
    cut_text(memo.texts[2], found);
    return wait_for(queue, &memo);
}

err_t queue_put_job(struct queue *queue, job_run job, void *ctx) {
    struct memo memo = {.kind = RECORD_ACT, .job = job, .job_ctx = ctx};
    return wait_for(queue, &memo);
}

// The lock is held.
static void wait_filled(struct queue *queue) {
    struct timespec limit;
    (void)clock_gettime(CLOCK_MONOTONIC, &limit);
    limit.tv_sec += QUEUE_TOUCH_PATIENCE_S;
    while (queue->first == NULL && queue->first_memo == NULL && !queue->stopped) {
        if (queue->touches_waiting == 0) {
            (void)pthread_cond_wait(&queue->filled, &queue->lock);
        } else if (pthread_cond_timedwait(&queue->filled, &queue->lock, &limit) != 0) {
            return;
        }
    }
}

// The lock is held.
static void put_touch_memo(struct queue *queue, const struct touched *touched) {
    struct memo *memo = calloc(1, sizeof *memo);
    if (memo == NULL) {
        log_lost_touch(touched);
        return;
    }
    memo->kind = RECORD_TOUCH;
    memo->touched = *touched;
    put_memo(queue, memo);
}

// Behind the other memos: the touches whose place has come, and all of them at the end; the lock is held.
static void put_due_touches(struct queue *queue) {
    const int64_t now = queue->stopped ? queue->touch_place + QUEUE_TOUCH_PLACES : touch_place_now();
    for (; queue->touch_place < now && queue->touches_waiting > 0; queue->touch_place++) {
        struct waiting_touch **touches = &queue->touches[(queue->touch_place + 1) % QUEUE_TOUCH_PLACES];
        for (; *touches != NULL; queue->touches_waiting--) {
            struct waiting_touch *touch = *touches;
            *touches = touch->next;
            put_touch_memo(queue, &touch->touched);
            free(touch);
        }
    }
    queue->touch_place = now;
}

bool queue_take(struct queue *queue, struct taken *out) {
    (void)pthread_mutex_lock(&queue->lock);
    do {
        wait_filled(queue);
        put_lost(queue);
        put_due_touches(queue);
    } while (queue->first == NULL && queue->first_memo == NULL && !queue->stopped);
    *out = (struct taken){queue->first, queue->first_memo};
    queue->first = NULL;
    queue->end = &queue->first;
    queue->first_memo = NULL;
    queue->end_memo = &queue->first_memo;
    queue->refusals = 0;
    (void)pthread_mutex_unlock(&queue->lock);
    return out->operations != NULL || out->memos != NULL;
}

void queue_stop(struct queue *queue) {
    (void)pthread_mutex_lock(&queue->lock);
    queue->stopped = true;
    (void)pthread_cond_signal(&queue->filled);
    (void)pthread_mutex_unlock(&queue->lock);
}

void queue_end_memo(struct queue *queue, struct memo *memo, err_t err) {
    if (!memo->waited) {
        free(memo);
        return;
    }
    (void)pthread_mutex_lock(&queue->lock);
    memo->err = err;
    (void)snprintf(memo->detail, sizeof memo->detail, "%s", err_detail());
    memo->ended = true;
    (void)pthread_cond_broadcast(&queue->memo_ended);
    (void)pthread_mutex_unlock(&queue->lock);
}
