// SPDX-License-Identifier: Apache-2.0
// Memory that the threads beside the requests do not get: while the index is read through, what lapsed is swept out,
// the alert rules look at the journal, and its head is signed and cosigned; and while files are read again, by the main
// thread or by the request that sees them changed. The answers go on and are right, nothing is taken for damage, and
// the next round makes up for what was left undone.
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "bench/faults.h"
#include "proto/routes.h"

#define DAY_MS (24 * INT64_C(3600000))
#define YEARS_AGO (-1200 * DAY_MS) // by now lapsed, whatever the quarter
#define ANOTHER_QUARTER (-100 * DAY_MS)
#define LOOK_US 2000
#define UNKNOWN 0x1000000 // children from here on that nobody works with

static double target;  // what a figure must be when the round has done its work
static uint32_t swept; // the child that the sweep must take out
static bool sam_is_denied;

static void check_serves(struct faults_run *run) {
    if (faults_ask_child(run, 0) != RIGHT) {
        faults_find(run, "the question after it got no answer");
    }
}

// A thread's clock is set now here, now there, so that there is something for it to do.
static void turn_clock(struct faults_run *run, enum shim_thread thread, int64_t off_ms) {
    const long long now = atomic_load(&run->shim->clock_ms[__builtin_ctz(thread)]);
    faults_set_clock(run, thread, now == 0 ? off_ms : 0);
}

// ---- the scrub and the sweep tell when they were last done, by their own clock

static enum outcome_kind run_until_told(struct faults_run *run, enum shim_thread thread, const char *figure) {
    return faults_round(run, thread) && faults_figure(run, figure) != target ? RIGHT : REFUSED;
}

static void expect_told(struct faults_run *run, enum shim_thread thread, const char *figure) {
    if (faults_figure(run, figure) == target && run_until_told(run, thread, figure) != RIGHT) {
        faults_find(run, "what was not done is not made up for: %s", figure);
    }
    check_serves(run);
}

#define SCRUBBED "signpost_scrub_time_seconds"

static enum outcome_kind scrub(struct faults_run *run) {
    target = faults_figure(run, SCRUBBED);
    turn_clock(run, SHIM_SCRUBBER, DAY_MS);
    return run_until_told(run, SHIM_SCRUBBER, SCRUBBED);
}

static void check_scrub(struct faults_run *run) {
    expect_told(run, SHIM_SCRUBBER, SCRUBBED);
}

#define SWEPT "signpost_sweep_time_seconds"

static enum outcome_kind sweep(struct faults_run *run) {
    swept = run->opened;
    faults_set_clock(run, SHIM_SEQUENCER, YEARS_AGO);
    if (faults_open_child(run) != RIGHT) {
        faults_find(run, "no child could be registered years ago");
    }
    faults_set_clock(run, SHIM_SEQUENCER, 0);
    target = faults_figure(run, SWEPT);
    turn_clock(run, SHIM_SWEEPER, ANOTHER_QUARTER);
    return run_until_told(run, SHIM_SWEEPER, SWEPT);
}

static void check_sweep(struct faults_run *run) {
    enum answer answer = ANSWER_YES;
    expect_told(run, SHIM_SWEEPER, SWEPT);
    if (faults_answer(run, swept, &answer) != RIGHT || answer != ANSWER_NO) {
        faults_find(run, "what lapsed was not taken out");
    }
    run->acknowledged[swept] = false;
}

// ---- the alert rules and the journal's head

#define ALERTS "signpost_index_alerts_total"

static void ask_as(struct faults_run *run, struct http_client *client, uint32_t child, int right) {
    struct buf body = {0};
    faults_write_question(run, child, &body);
    struct http_exchange exchange = {.base = FAULTS_INDEX, .path = ROUTE_QUESTIONS, .body = buf_bytes(&body)};
    if (faults_exchange(run, client, &exchange, right) != RIGHT) {
        faults_find(run, "HTTP status %d where %d is right", exchange.status, right);
    }
    buf_free(&exchange.reply);
    buf_free(&body);
}

static enum outcome_kind find_alert(struct faults_run *run) {
    static uint32_t asked = UNKNOWN;
    ask_as(run, run->north, asked, 200);
    ask_as(run, run->south, asked++, 200);
    target = faults_figure(run, ALERTS) + 1;
    return faults_round(run, SHIM_WATCH) && faults_figure(run, ALERTS) == target ? RIGHT : REFUSED;
}

static void check_alert(struct faults_run *run) {
    const double before = faults_figure(run, ALERTS);
    (void)faults_round(run, SHIM_WATCH);
    const double now = faults_figure(run, ALERTS);
    if (before > target || now != target) {
        faults_find(run, "%g alerts and then %g where %g are right", before, now, target);
    }
    check_serves(run);
}

#define COSIGNED "signpost_log_cosigned_records"

static enum outcome_kind sign(struct faults_run *run) {
    if (faults_open_child(run) != RIGHT) {
        faults_find(run, "no child could be registered");
    }
    target = faults_figure(run, "signpost_journal_records_total");
    return faults_round(run, SHIM_NOTARY) && faults_figure(run, COSIGNED) >= target ? RIGHT : REFUSED;
}

static void check_signed(struct faults_run *run) {
    if (faults_figure(run, COSIGNED) < target) {
        (void)faults_round(run, SHIM_NOTARY);
    }
    if (faults_figure(run, COSIGNED) < target) {
        faults_find(run, "the journal's head is not cosigned by the next round");
    }
    check_serves(run);
}

// ---- files that are read again; sam is now denied, now not

static void turn_denial(struct faults_run *run) {
    char text[MAX_URN + 16];
    sam_is_denied = !sam_is_denied;
    (void)snprintf(text, sizeof text, "urn:signpost:%s:agency:north:person:sam\n", run->scheme->descriptor.scheme);
    if (scheme_write(run->scheme, "index.deny", bytes_str(sam_is_denied ? text : "")) != OK) {
        faults_find(run, "the deny list: %s", err_detail());
    }
    (void)usleep(LOOK_US); // a look at the files serves those who come at once
}

static enum outcome_kind reload(struct faults_run *run) {
    turn_denial(run);
    return faults_ask_reload(run);
}

static enum outcome_kind see_changed(struct faults_run *run) {
    turn_denial(run);
    return faults_ask_child(run, 0);
}

static void check_denial(struct faults_run *run) {
    if (run->sam == NULL && scheme_client(run->scheme, "sam", &run->sam) != OK) {
        faults_find(run, "sam: %s", err_detail());
        return;
    }
    ask_as(run, run->sam, 0, sam_is_denied ? 403 : 200);
    check_serves(run);
}

static void check_reload(struct faults_run *run) {
    check_denial(run);
    faults_check_reload(run);
}

static const struct faults_kind kinds[] = {
    {"the scrub", SHIM_SCRUBBER, scrub, check_scrub},
    {"the sweep", SHIM_SWEEPER, sweep, check_sweep},
    {"the alert rules", SHIM_WATCH, find_alert, check_alert},
    {"the journal's signed head", SHIM_NOTARY, sign, check_signed},
    {"a reload", SHIM_MAIN, reload, check_reload},
    {"a changed deny list, at a request", SHIM_WORKER, see_changed, check_denial},
};

// Of the rules, one that finds something in any two questions, and one that takes memory and finds nothing.
static const struct {
    const char *key, *value, *after;
} settings[] = {{"alert_asked_by_many", "2", "8"},   {"alert_guesses", "32", "6"},     {"alert_volume", "0", "2000"},
                {"alert_unusual_volume", "0", "10"}, {"alert_no_in_a_row", "0", "40"}, {"alert_asked_again", "0", "10"},
                {"keep_days", "0", "1096"}};

static err_t set_all(struct faults_run *run, bool after) {
    err_t err = OK;
    for (size_t i = 0; err == OK && i < sizeof settings / sizeof settings[0]; i++) {
        err = scheme_set(run->scheme, "index.ini", settings[i].key, after ? settings[i].after : settings[i].value);
    }
    return err;
}

err_t faults_background(struct faults_run *run) {
    err_t err = set_all(run, false);
    run->held = SHIM_SCRUBBER | SHIM_SWEEPER | SHIM_WATCH | SHIM_NOTARY;
    err = err == OK ? faults_start(run, true) : err;
    run->held = 0;
    if (err == OK && faults_open_child(run) != RIGHT) {
        faults_find(run, "not served before anything fails");
    }
    if (err == OK) {
        err = faults_fail_allocations(run, kinds, sizeof kinds / sizeof kinds[0]);
    }
    if (err == OK) {
        faults_check_all(run);
    }
    return err == OK ? set_all(run, true) : err;
}
