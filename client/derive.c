// SPDX-License-Identifier: Apache-2.0
#include "client/derive.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "client/backoff.h"
#include "client/batch.h"
#include "client/pool.h"
#include "keys/threshold.h"
#include "proto/routes.h"

#define MAX_WAVE 8      // batches on their way at a time
#define MAX_ALONGSIDE 8 // exchanges with others

enum health {
    HEALTH_GOOD,
    HEALTH_FAILED, // out of reach or refusing: asked again when there are too few others
    HEALTH_FALSE,  // answered falsely: never asked again
};

struct holder {
    enum health health;
    err_t err;
    char detail[200];
    int64_t retry_after_ms; // when it was too busy: as it said
    bool has_public_key;
    uint8_t public_key[OPRF_ELEMENT_SIZE];
};

struct derive {
    struct derive_settings settings;
    struct threshold_commitments commitments;
    struct holder holders[MAX_HOLDERS];
};

static err_t public_key_of(struct derive *derive, size_t index, const uint8_t **out) {
    struct holder *holder = &derive->holders[index - 1];
    if (!holder->has_public_key) {
        err_t err = threshold_public_key(&derive->commitments, index, holder->public_key);
        if (err != OK) {
            return err_prefix(err, "the descriptor's commitments");
        }
        holder->has_public_key = true;
    }
    *out = holder->public_key;
    return OK;
}

// Those that will be asked first; the others are worked out when they are needed.
static err_t first_public_keys(struct derive *derive) {
    size_t n = derive->settings.descriptor->holder_count;
    const uint8_t *unused = NULL;
    err_t err = OK;
    for (size_t i = 0; err == OK && i < derive->commitments.t; i++) {
        err = public_key_of(derive, 1 + (derive->settings.first_holder - 1 + i) % n, &unused);
    }
    return err;
}

err_t derive_new(const struct derive_settings *settings, struct derive **out) {
    const struct descriptor *descriptor = settings->descriptor;
    if (settings->first_holder < 1 || settings->first_holder > descriptor->holder_count) {
        return err_set(ERR_INPUT, "the first holder must be one of 1 to %zu", descriptor->holder_count);
    }
    struct derive *derive = calloc(1, sizeof *derive);
    if (derive == NULL) {
        return err_set(ERR_MEMORY, "no memory");
    }
    derive->settings = *settings;
    derive->commitments.t = descriptor->threshold;
    memcpy(derive->commitments.points, descriptor->commitments, descriptor->threshold * OPRF_ELEMENT_SIZE);
    err_t err = first_public_keys(derive);
    if (err != OK) {
        free(derive);
        return err;
    }
    *out = derive;
    return OK;
}

void derive_free(struct derive *derive) {
    free(derive);
}

err_t derive_holder_state(const struct derive *derive, size_t index) {
    assert(index >= 1 && index <= MAX_HOLDERS);
    const struct holder *holder = &derive->holders[index - 1];
    return holder->health == HEALTH_GOOD ? OK : err_set(holder->err, "%s", holder->detail);
}

err_t derive_common_cause(const struct derive *derive) {
    err_t cause = OK;
    for (size_t i = 0; i < derive->settings.descriptor->holder_count; i++) {
        const struct holder *holder = &derive->holders[i];
        if (holder->health != HEALTH_GOOD) {
            cause = cause == OK || cause == holder->err ? holder->err : ERR_UNAVAILABLE;
        }
    }
    return cause;
}

static void holder_failed(struct derive *derive, size_t index, enum health health, err_t err, const char *detail) {
    struct holder *holder = &derive->holders[index - 1];
    if (health > holder->health) {
        log_line(LOG_WARNING, "holder %zu left out: %s", index, detail);
        holder->health = health;
        holder->err = err;
        snprintf(holder->detail, sizeof holder->detail, "%s", detail);
    }
}

// The next holder for a batch, 1..n, from its own starting point round; 0 when nobody is left to ask.
static size_t next_holder(const struct derive *derive, const struct batch *batch) {
    size_t n = derive->settings.descriptor->holder_count;
    for (enum health health = HEALTH_GOOD; health <= HEALTH_FAILED; health++) {
        for (size_t i = 0; i < n; i++) {
            size_t at = (derive->settings.first_holder - 1 + batch->turn + i) % n;
            if ((batch->asked & 1U << at) == 0 && derive->holders[at].health == health) {
                return at + 1;
            }
        }
    }
    return 0;
}

// One call of derive_tokens.
struct run {
    struct derive *derive;
    struct batch *ready_first, *ready_last; // blinded, and in want of replies
    size_t done, batch_count;
    size_t done_values, value_count;
    struct progress progress;
    struct http_exchange *alongside;
    size_t alongside_count; // 0 once they have run
    struct backoff backoff; // since the last batch that was finished
    err_t err;
};

static void run_failed(struct run *run, err_t err) {
    if (run->err == OK) {
        run->err = err;
    }
}

static void make_ready(struct run *run, struct batch *batch) {
    batch->next_ready = NULL;
    if (run->ready_last != NULL) {
        run->ready_last->next_ready = batch;
    } else {
        run->ready_first = batch;
    }
    run->ready_last = batch;
}

static struct batch *take_ready(struct run *run) {
    struct batch *batch = run->ready_first;
    run->ready_first = batch->next_ready;
    if (run->ready_first == NULL) {
        run->ready_last = NULL;
    }
    return batch;
}

static void after_blind(void *ctx, struct batch_job *job) {
    struct run *run = ctx;
    if (job->err != OK) {
        run_failed(run, err_set(job->err, "%s", job->detail));
        return;
    }
    make_ready(run, job->batch);
}

static void after_finish(void *ctx, struct batch_job *job) {
    struct run *run = ctx;
    if (job->err != OK) {
        run_failed(run, err_set(job->err, "%s", job->detail));
        return;
    }
    run->done++;
    run->backoff = (struct backoff){0};
    run->done_values += job->batch->count;
    progress_step(run->progress, run->done_values, run->value_count);
}

static void submit(struct run *run, struct batch_job *job, void (*work)(struct pool_job *),
                   void (*then)(void *, struct batch_job *), enum pool_order order) {
    job->pool.run = work;
    job->then = then;
    pool_submit(run->derive->settings.pool, &job->pool, order);
}

// Once no reply of the batch is being checked: it has its t replies, or it needs a spare holder.
static void batch_settle(struct run *run, struct batch *batch) {
    if (batch->checking > 0) {
        return;
    }
    if (batch->valid >= run->derive->settings.descriptor->threshold) {
        submit(run, &batch->job, batch_finish, after_finish, POOL_FIRST);
    } else {
        make_ready(run, batch);
    }
}

static void after_check(void *ctx, struct batch_job *job) {
    struct run *run = ctx;
    const struct batch_reply *reply = (struct batch_reply *)job;
    job->batch->checking--;
    if (job->err == OK) {
        job->batch->valid++;
        if (run->derive->holders[reply->holder - 1].health == HEALTH_FAILED) {
            run->derive->holders[reply->holder - 1].health = HEALTH_GOOD;
        }
    } else if (job->err == ERR_MEMORY) {
        run_failed(run, err_set(job->err, "%s", job->detail));
    } else {
        holder_failed(run->derive, reply->holder, HEALTH_FALSE, job->err, job->detail);
    }
    batch_settle(run, job->batch);
}

static err_t too_few(const struct derive *derive) {
    const struct descriptor *descriptor = derive->settings.descriptor;
    struct buf reasons = {0};
    for (size_t i = 0; i < descriptor->holder_count; i++) {
        if (derive->holders[i].health != HEALTH_GOOD) {
            buf_printf(&reasons, "%sholder %zu: %s", reasons.len > 0 ? "; " : "", i + 1, derive->holders[i].detail);
        }
    }
    const char *text = buf_str(&reasons);
    err_t err = err_set(ERR_UNAVAILABLE, "%zu of the %zu key holders are needed, and too few are left (%s)",
                        descriptor->threshold, descriptor->holder_count, text == NULL ? "" : text);
    buf_free(&reasons);
    return err;
}

// The requests that are on their way together.
struct wave {
    struct http_exchange exchanges[MAX_WAVE * MAX_HOLDERS + MAX_ALONGSIDE];
    struct batch_reply *replies[MAX_WAVE * MAX_HOLDERS]; // of the first `count` exchanges
    size_t count;
    struct batch *batches[MAX_WAVE];
    size_t batch_count;
};

// When too few holders are left to ask, those that were too busy for this batch are asked once more, after a while.
static bool wait_for_busy(struct run *run, struct batch *batch) {
    const struct derive *derive = run->derive;
    int64_t retry_after_ms = INT64_MAX;
    for (size_t i = 0; i < derive->settings.descriptor->holder_count; i++) {
        int64_t wish_ms = derive->holders[i].retry_after_ms;
        if ((batch->put_off & 1U << i) != 0 && wish_ms < retry_after_ms) {
            retry_after_ms = wish_ms;
        }
    }
    if (batch->put_off == 0 || !backoff_wait(&run->backoff, derive->settings.transport, retry_after_ms)) {
        return false;
    }
    batch->asked &= ~batch->put_off;
    batch->put_off = 0;
    return true;
}

static err_t wave_add(struct run *run, struct wave *wave, struct batch *batch) {
    const struct descriptor *descriptor = run->derive->settings.descriptor;
    for (size_t missing = descriptor->threshold - batch->valid; missing > 0; missing--) {
        size_t index = next_holder(run->derive, batch);
        if (index == 0 && wait_for_busy(run, batch)) {
            index = next_holder(run->derive, batch);
        }
        if (index == 0) {
            return too_few(run->derive);
        }
        struct batch_reply *reply = &batch->replies[index - 1];
        err_t err = public_key_of(run->derive, index, &reply->public_key);
        if (err != OK) {
            return err;
        }
        batch->asked |= 1U << (index - 1);
        reply->holder = index;
        reply->job.batch = batch;
        wave->exchanges[wave->count] = (struct http_exchange){
            .base = descriptor->holders[index - 1], .path = ROUTE_EVALUATIONS, .body = buf_bytes(&batch->body)};
        wave->replies[wave->count++] = reply;
    }
    wave->batches[wave->batch_count++] = batch;
    return OK;
}

static void wave_run(struct run *run, struct wave *wave) {
    for (size_t i = 0; i < run->alongside_count; i++) {
        wave->exchanges[wave->count + i] = run->alongside[i];
    }
    const struct transport *transport = run->derive->settings.transport;
    transport->run(transport->ctx, wave->exchanges, wave->count + run->alongside_count);
    for (size_t i = 0; i < run->alongside_count; i++) {
        run->alongside[i] = wave->exchanges[wave->count + i];
    }
    run->alongside_count = 0;
}

static void wave_land(struct run *run, struct wave *wave) {
    for (size_t i = 0; i < wave->count; i++) {
        struct http_exchange *exchange = &wave->exchanges[i];
        struct batch_reply *reply = wave->replies[i];
        if (exchange->err == ERR_CARD) { // our own side's: no holder is to blame
            run_failed(run, err_set(ERR_CARD, "%s", exchange->detail));
        } else if (exchange->err != OK) {
            reply->job.batch->put_off |= exchange->put_off ? 1U << (reply->holder - 1) : 0;
            run->derive->holders[reply->holder - 1].retry_after_ms = exchange->retry_after_ms;
            holder_failed(run->derive, reply->holder, HEALTH_FAILED, exchange->err, exchange->detail);
        }
        if (exchange->err != OK) {
            buf_free(&exchange->reply);
            continue;
        }
        reply->body = exchange->reply;
        reply->job.batch->checking++;
        // Proofs go before the blinding of later batches, so that a false holder is found early.
        submit(run, &reply->job, batch_check, after_check, POOL_FIRST);
    }
    for (size_t i = 0; i < wave->batch_count; i++) {
        batch_settle(run, wave->batches[i]);
    }
}

static err_t send_wave(struct run *run) {
    struct wave *wave = calloc(1, sizeof *wave);
    if (wave == NULL) {
        return err_set(ERR_MEMORY, "no memory for requests");
    }
    size_t width = run->derive->settings.descriptor->holder_count;
    err_t err = OK;
    while (err == OK && run->ready_first != NULL && wave->batch_count < width && wave->batch_count < MAX_WAVE) {
        err = wave_add(run, wave, take_ready(run));
    }
    if (err == OK) {
        wave_run(run, wave);
        wave_land(run, wave);
        err = run->err;
    }
    free(wave);
    return err;
}

static void take_ended(struct run *run) {
    bool wait = run->ready_first == NULL; // with something to send, the network comes first
    for (struct pool_job *ended; (ended = pool_take(run->derive->settings.pool, wait)) != NULL; wait = false) {
        struct batch_job *job = (struct batch_job *)ended;
        job->then(run, job);
    }
}

static err_t run_all(struct run *run, struct batch *batches) {
    for (size_t i = 0; i < run->batch_count; i++) {
        submit(run, &batches[i].job, batch_blind, after_blind, POOL_LAST);
    }
    while (run->done < run->batch_count) {
        take_ended(run);
        if (run->err == OK && run->ready_first != NULL) {
            run->err = send_wave(run);
        }
        if (run->err != OK) {
            return run->err;
        }
    }
    return OK;
}

// Batches of nearly the same size, so that the last one does not leave the threads idle.
static void lay_out(struct run *run, const struct derive_value *values, struct batch *batches) {
    size_t at = 0;
    for (size_t i = 0; i < run->batch_count; i++) {
        struct batch *batch = &batches[i];
        batch->descriptor = run->derive->settings.descriptor;
        batch->subject_access = run->derive->settings.subject_access;
        batch->job.batch = batch;
        batch->turn = i;
        batch->values = values + at;
        batch->count = (run->value_count - at) / (run->batch_count - i);
        at += batch->count;
    }
}

static void batches_free(struct batch *batches, size_t count) {
    for (size_t i = 0; batches != NULL && i < count; i++) {
        batch_free(&batches[i]);
    }
    free(batches);
}

err_t derive_tokens(struct derive *derive, const struct derive_value *values, size_t count,
                    struct http_exchange *alongside, size_t alongside_count, struct progress progress,
                    uint8_t (*out)[TOKEN_SIZE]) {
    assert(alongside_count <= MAX_ALONGSIDE);
    struct run run = {.derive = derive,
                      .batch_count = (count + MAX_ELEMENTS - 1) / MAX_ELEMENTS,
                      .value_count = count,
                      .progress = progress,
                      .alongside = alongside,
                      .alongside_count = alongside_count};
    struct batch *batches = calloc(run.batch_count + 1, sizeof *batches);
    err_t err = batches == NULL ? err_set(ERR_MEMORY, "no memory for %zu values", count) : OK;
    if (err == OK) {
        lay_out(&run, values, batches);
        err = run_all(&run, batches);
    }
    if (err != OK) {
        pool_cancel(derive->settings.pool); // its jobs are parts of the batches
    }
    for (size_t i = 0, at = 0; err == OK && i < run.batch_count; at += batches[i++].count) {
        memcpy(out[at], batches[i].tokens, batches[i].count * TOKEN_SIZE);
    }
    batches_free(batches, run.batch_count);
    return err;
}
