// SPDX-License-Identifier: Apache-2.0
#include "indexd/watch.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/rounds.h"
#include "indexd/review.h"

#define LOOK_S 1

struct watch {
    struct engine *engine;
    struct alert_rules *rules;
    struct review_place place; // up to which the journal was read
    uint64_t passed_over;      // that were told
    err_t told;                // of the last pass that failed, once
    struct rounds *rounds;
};

static void take(void *ctx, const struct record *record) {
    struct watch *watch = ctx;
    alert_rules_take(watch->rules, record);
}

// What cannot be written now is tried again.
static err_t write_alerts(struct watch *watch, const atomic_bool *stop) {
    struct finding finding;
    err_t err = OK;
    while (err == OK && !atomic_load(stop) && alert_rules_first(watch->rules, &finding)) {
        err = engine_note_alert(watch->engine, alert_rule_name(finding.rule), finding.account, finding.found,
                                finding.cause);
        if (err == OK) {
            alert_rules_drop(watch->rules);
        }
    }
    return err;
}

static void look(void *ctx, const atomic_bool *stop) {
    struct watch *watch = ctx;
    const struct review review = {.record = take, .ctx = watch, .stop = stop};
    err_t err = engine_review(watch->engine, &review, &watch->place);
    if (err == OK) {
        err = write_alerts(watch, stop);
    }
    if (err != OK && err != watch->told && !atomic_load(stop)) {
        log_err(err, "the alert rules could not look at the journal");
    }
    watch->told = err;
    const uint64_t passed_over = alert_rules_passed_over(watch->rules);
    if (passed_over > 0 && watch->passed_over == 0) {
        log_line(LOG_WARNING, "the alert rules have no room for more askers or children today");
    }
    watch->passed_over = passed_over;
}

static void watch_free(struct watch *watch) {
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
    err_t err = alert_rules_new(numbers, sure_slots, &watch->rules);
    err = err != OK ? err : engine_week(engine, &today, &watch->place);
    if (err == OK) {
        alert_rules_find_from(watch->rules, today);
    }
    const struct rounds_setup rounds = {"watch", LOOK_S, true, look, watch};
    err = err != OK ? err : rounds_start(&rounds, &watch->rounds);
    if (err != OK) {
        watch_free(watch);
        return err;
    }
    *out = watch;
    return OK;
}

void watch_stop(struct watch *watch) {
    if (watch != NULL) {
        rounds_stop(watch->rounds);
        watch_free(watch);
    }
}
