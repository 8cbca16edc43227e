// SPDX-License-Identifier: Apache-2.0
// indexctl alerts: what the journal holds of alerts and blocks. Reads the journal's files, beside a running index too.
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "indexd/blocks.h"
#include "indexd/indexctl/journal_read.h"
#include "indexd/indexctl/request.h"
#include "indexd/indexctl/subcommands.h"
#include "proto/limits.h"

struct listing {
    int64_t since_s;
    bool json;
};

// The columns of either kind of record.
struct alert {
    const char *rule, *account, *found;
    uint64_t cause; // 0: none
    char room[128];
};

static const char *const touch_words[] = {
    [TOUCH_QUESTION] = "a question about a shielded child",
    [TOUCH_RECORD] = "a record with a shielded number was fed, and is hidden",
    [TOUCH_NAMES] = "a record that shares names alone was fed, and is not hidden: look into it",
};

static bool alert_of(const struct record *record, struct alert *out) {
    if (record->kind == RECORD_ALERT) {
        *out = (struct alert){record->texts[0], record->texts[1], record->texts[2], record->cause, ""};
        return true;
    }
    if (record->kind == RECORD_BLOCK) {
        *out =
            (struct alert){block_is_set(record) ? "blocked" : "unblocked", record->texts[0], record->texts[2], 0, ""};
        return true;
    }
    if (record->kind == RECORD_TOUCH) {
        *out = (struct alert){"shield", "", out->room, record->touching, ""};
        (void)snprintf(out->room, sizeof out->room, "shield %llu: %s", (unsigned long long)record->number,
                       touch_words[record->touch]);
        return true;
    }
    return false;
}

static err_t print_json(const struct record *record, const struct alert *alert, const char *when) {
    json_t *row =
        json_pack("{s:I, s:s, s:s, s:s, s:s, s:I}", "record", (json_int_t)record->seq, "time", when, "rule",
                  alert->rule, "account", alert->account, "found", alert->found, "cause", (json_int_t)alert->cause);
    if (row == NULL) {
        return err_set(ERR_MEMORY, "no memory for an alert");
    }
    json_dumpf(row, stdout, JSON_COMPACT);
    printf("\n");
    json_decref(row);
    return OK;
}

static err_t list(void *ctx, const struct record *record) {
    const struct listing *listing = ctx;
    char when[CLOCK_TEXT_SIZE];
    struct alert alert;
    if (record->time_ms / 1000 < listing->since_s || !alert_of(record, &alert)) {
        return OK;
    }
    clock_format(record->time_ms / 1000, when);
    if (listing->json) {
        return print_json(record, &alert, when);
    }
    printf("%s  %-18s %s%s%s", when, alert.rule, alert.account, alert.account[0] == '\0' ? "" : ": ", alert.found);
    if (alert.cause != 0) {
        printf(" (record %llu)", (unsigned long long)alert.cause);
    }
    printf("\n");
    return OK;
}

static err_t read_since(const char *text, int64_t *out) {
    char time[CLOCK_TEXT_SIZE + 8];
    if (text == NULL) {
        return OK;
    }
    (void)snprintf(time, sizeof time, strlen(text) == 10 ? "%sT00:00:00Z" : "%.20s", text);
    return clock_parse(time, out) == OK
               ? OK
               : err_set(ERR_INPUT, "--since: a day (2026-11-22) or a time (2026-11-22T10:37:00Z)");
}

int run_alerts(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl alerts", "--config FILE [--since DAY] [--json]",
        "Lists the alerts of the journal, one a line: uses of the section-47 reserve, persons and agencies blocked at "
        "a "
        "cap or unblocked, what touched a shield, a roster that ends soon, and what the rules of the configuration "
        "found.",
        "The account is an agency, or agency:person; the record is the one that led to the alert (indexctl journal "
        "show).\nExit codes: 0 printed, 2 not, or not all."};
    const char *since = NULL;
    const struct option_row rows[] = {
        {"since", "DAY", OPTION_TEXT, &since, 0, 0, "Only what was alerted from that day (or time) on."}};
    struct request request;
    struct listing listing = {0};
    int exit_code = request_read(argc, argv, &usage, rows, 1, 0, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    listing.json = request.json;
    err_t err = read_since(since, &listing.since_s);
    if (!err) {
        err = journal_read(request.settings.store, NULL, 1, MAX_VERSION, list, &listing);
    }
    exit_code = err ? request_fail(err, "not all alerts were listed") : DONE;
    request_free(&request);
    return exit_code;
}
