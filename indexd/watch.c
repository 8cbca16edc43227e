// SPDX-License-Identifier: Apache-2.0
#include "indexd/watch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/thread.h"
#include "indexd/review.h"

#define LOOK_S 1

struct watch {
    struct engine *engine;
    struct alert_rules *rules;
    struct review_place place; // up to which the journal was read
    uint64_t passed_over;      // that were told
    err_t told;                // of the last pass that failed, once
    atomic_bool stop;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    pthread_t thread;
};

static void take(void *ctx, const struct record *record) {
    struct watch *watch = ctx;
    alert_rules_take(watch->rules, record);
}

// What cannot be written now is tried again.
static err_t write_alerts(struct watch *watch) {
    struct finding finding;
    err_t err = OK;
    while (err == OK && !atomic_load(&watch->stop) && alert_rules_first(watch->rules, &finding)) {
        err = engine_note_alert(watch->engine, alert_rule_name(finding.rule), finding.account, finding.found,
                                finding.cause);
        if (err == OK) {
            alert_rules_drop(watch->rules);
        }
    }
    return err;
}

static void look(struct watch *watch) {
    const struct review review = {.record = take, .ctx = watch, .stop = &watch->stop};
    err_t err = engine_review(watch->engine, &review, &watch->place);
    if (err == OK) {
        err = write_alerts(watch);
    }
    if (err != OK && err != watch->told && !atomic_load(&watch->stop)) {
        log_err(err, "the alert rules could not look at the journal");
    }
    watch->told = err;
    const uint64_t passed_over = alert_rules_passed_over(watch->rules);
    if (passed_over > 0 && watch->passed_over == 0) {
        log_line(LOG_WARNING, "the alert rules have no room for more askers or children today");
    }
    watch->passed_over = passed_over;
}

static void rest(struct watch *watch) {
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LOOK_S;
    (void)pthread_mutex_lock(&watch->lock);
    if (!atomic_load(&watch->stop)) {
        (void)pthread_cond_timedwait(&watch->woken, &watch->lock, &until);
    }
    (void)pthread_mutex_unlock(&watch->lock);
}

static void *watch_main(void *ctx) {
    struct watch *watch = ctx;
    thread_stand_back();
    while (!atomic_load(&watch->stop)) {
        look(watch);
        rest(watch);
    }
    return NULL;
}

static void watch_free(struct watch *watch) {
    (void)pthread_cond_destroy(&watch->woken);
    (void)pthread_mutex_destroy(&watch->lock);
    alert_rules_free(watch->rules);
    free(watch);
}

err_t watch_start(struct engine *engine, const int64_t numbers[ALERT_NUMBERS], uint32_t sure_slots,
                  struct watch **out) {
    struct watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    uint64_t today = 0;
    watch->engine = engine;
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&watch->woken, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    (void)pthread_mutex_init(&watch->lock, NULL);
    err_t err = alert_rules_new(numbers, sure_slots, &watch->rules);
    err = err != OK ? err : engine_week(engine, &today, &watch->place);
    if (err == OK) {
        alert_rules_find_from(watch->rules, today);
    }
    err = err != OK ? err : thread_start("watch", watch_main, watch, &watch->thread);
    if (err != OK) {
        watch_free(watch);
        return err;
    }
    *out = watch;
    return OK;
}

void watch_stop(struct watch *watch) {
    if (watch == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&watch->lock);
    atomic_store(&watch->stop, true);
    (void)pthread_cond_signal(&watch->woken);
    (void)pthread_mutex_unlock(&watch->lock);
    (void)pthread_join(watch->thread, NULL);
    watch_free(watch);
}
