// SPDX-License-Identifier: Apache-2.0
// The clock leaps, both ways and back again: an hour, a day, weeks, years. What is said at a wrong time is right or a
// refusal, nobody gets more than one more day's budget, and the log and the journal tell that the clock was set.
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "bench/faults.h"
#include "proto/routes.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define LIMIT 20 // children a day that jo may ask about
#define TRIES 30

static const struct {
    const char *name;
    int64_t ms;
} leaps[] = {
    {"an hour forward", HOUR_MS},      {"an hour back", -HOUR_MS},       {"a day forward", DAY_MS},
    {"a day back", -DAY_MS},           {"20 days forward", 20 * DAY_MS}, {"20 days back", -20 * DAY_MS},
    {"a year forward", 365 * DAY_MS},  {"a year back", -365 * DAY_MS},   {"20 years forward", 7305 * DAY_MS},
    {"20 years back", -7305 * DAY_MS},
};

static void set_clock(struct faults_run *run, int64_t off_ms) {
    faults_set_clock(run, SHIM_ALL, off_ms);
}

static void leap(struct faults_run *run, size_t i) {
    uint64_t outcomes[OUTCOMES] = {0};
    set_clock(run, leaps[i].ms);
    for (int tries = 0; tries < TRIES; tries++) {
        if (tries == TRIES / 2) {
            faults_connect(run); // the second half over new connections
        }
        outcomes[tries % 5 == 0 ? faults_open_child(run) : faults_ask_child(run, 0)]++;
    }
    set_clock(run, 0);
    printf("%-20s %7llu %7llu %7llu %5llu\n", leaps[i].name, (unsigned long long)outcomes[RIGHT],
           (unsigned long long)outcomes[REFUSED], (unsigned long long)outcomes[CLOSED],
           (unsigned long long)outcomes[WRONG]);
    faults_warm(run);
    if (faults_ask_child(run, 0) != RIGHT || faults_open_child(run) != RIGHT) {
        faults_find(run, "not served after the clock was %s and back", leaps[i].name);
    }
}

// How many of TRIES questions jo had answered, over a connection that outlasts the leaps.
static unsigned ask_as(struct faults_run *run, struct http_client *jo, int64_t off_ms) {
    unsigned answered = 0;
    set_clock(run, off_ms);
    for (int i = 0; i < TRIES; i++) {
        struct buf body = {0};
        faults_write_question(run, 0, &body);
        struct http_exchange exchange = {.base = FAULTS_INDEX, .path = ROUTE_QUESTIONS, .body = buf_bytes(&body)};
        answered += faults_exchange(run, jo, &exchange, 200) == RIGHT ? 1 : 0;
        buf_free(&exchange.reply);
        buf_free(&body);
    }
    set_clock(run, 0);
    return answered;
}

static unsigned ask_anew(struct faults_run *run) {
    struct http_client *jo = NULL;
    if (scheme_client(run->scheme, "jo", &jo) != OK) {
        faults_find(run, "%s", err_detail());
        return 0;
    }
    const unsigned answered = ask_as(run, jo, 0);
    http_client_free(jo);
    return answered;
}

static err_t use_budget(struct faults_run *run) {
    struct http_client *jo = NULL;
    err_t err = scheme_client(run->scheme, "jo", &jo);
    if (err != OK) {
        return err;
    }
    const unsigned today = ask_as(run, jo, 0), yesterday = ask_as(run, jo, -DAY_MS), tomorrow = ask_as(run, jo, DAY_MS);
    unsigned again = 0;
    for (int i = 0; i < 5; i++) {
        again += ask_as(run, jo, 0) + ask_as(run, jo, DAY_MS) + ask_as(run, jo, -HOUR_MS);
    }
    http_client_free(jo);
    err = faults_stop(run);
    err = err == OK ? faults_start(run, true) : err;
    const unsigned restarted = err == OK ? ask_anew(run) : 0;
    printf("of a budget of %d: %u today, %u a day back, %u a day forward, %u back and forth five times, %u after a "
           "start\n",
           LIMIT, today, yesterday, tomorrow, again, restarted);
    if (today != LIMIT || yesterday != 0 || tomorrow != LIMIT || again != 0 || restarted != 0) {
        faults_find(run, "the clock gives or takes a budget");
    }
    return err;
}

// It was asked when the clock was ahead by days.
static void expect_counts_ahead(struct faults_run *run) {
    (void)faults_ask_reload(run); // after which it looks at the clock
    if (!faults_logged(run, "which is ahead of this machine's clock")) {
        faults_find(run, "nobody was told that budgets count ahead of the clock");
    }
}

// A reload has the index look at the clock; a slow machine may miss one.
static void expect_word(struct faults_run *run) {
    static const char word[] = "clock was set forward by 86400 s";
    for (int looks = 0; looks < 40 && !faults_logged(run, word); looks++) {
        set_clock(run, looks % 2 == 0 ? 0 : DAY_MS);
        daemon_signal(&run->scheme->index, SIGHUP);
        (void)usleep(250000);
    }
    if (!faults_logged(run, word)) {
        faults_find(run, "nobody was told that the clock was set");
    }
    set_clock(run, 0);
}

err_t faults_clock(struct faults_run *run) {
    char limit[8];
    (void)snprintf(limit, sizeof limit, "%d", LIMIT);
    err_t err = scheme_set(run->scheme, "index.ini", "person_children_day", limit);
    err = err == OK ? faults_start(run, true) : err;
    if (err != OK) {
        return err;
    }
    if (faults_open_child(run) != RIGHT) {
        faults_find(run, "not served before anything fails");
    }
    run->may_deny = true;
    err = use_budget(run);
    if (err != OK) {
        return err;
    }
    printf("%-20s %7s %7s %7s %5s\n", "while the clock is", "right", "refused", "closed", "wrong");
    for (size_t i = 0; i < sizeof leaps / sizeof leaps[0]; i++) {
        leap(run, i);
    }
    expect_counts_ahead(run);
    expect_word(run);
    run->may_deny = false;
    faults_check_all(run);
    return scheme_set(run->scheme, "index.ini", "person_children_day", "0");
}
