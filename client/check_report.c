// SPDX-License-Identifier: Apache-2.0
#include "client/check_report.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

PRINTF_LIKE(4, 0)
static void add(struct check_report *report, bool well, const char *what, const char *format, va_list args) {
    assert(report->count < CHECK_LINES);
    struct check_line *line = &report->lines[report->count++];
    line->well = well;
    snprintf(line->what, sizeof line->what, "%s", what);
    vsnprintf(line->text, sizeof line->text, format, args);
}

void report_well(struct check_report *report, const char *what, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(report, true, what, format, args);
    va_end(args);
}

void report_problem(struct check_report *report, const char *what, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(report, false, what, format, args);
    va_end(args);
}

struct advice {
    err_t err;
    const char *what;
    const char *todo;
};

static const struct advice advices[] = {
    {ERR_NETWORK, "cannot be reached", "check the network, the firewall and the address in the descriptor"},
    {ERR_TLS, "certificate refused", "the network itself is well"},
    {ERR_CARD, "was not asked", "put your smartcard in"},
    {ERR_DENIED, "refuses you", "ask the scheme authority for a roster entry that names this certificate's key"},
    {ERR_EXPIRED, "refuses, since a validity is over", "ask the scheme authority for a present roster or certificate"},
    {ERR_STALE, "is at another epoch, generation or version", "install the present descriptor, here or there"},
    {ERR_BUDGET, "has no budget left for you", "wait, or ask the scheme authority for a larger one"},
    {ERR_PROOF, "answers falsely", "its answers are left out; tell its operator and the scheme authority"},
};

void report_daemon_err(struct check_report *report, const char *what, err_t err, const char *detail) {
    struct advice advice = {err, "does not work", "tell its operator"};
    for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++) {
        if (advices[i].err == err) {
            advice = advices[i];
        }
    }
    report_problem(report, what, "%s (%s): %s", advice.what, detail[0] == '\0' ? err_text(err) : detail, advice.todo);
}

bool report_all_well(const struct check_report *report) {
    for (size_t i = 0; i < report->count; i++) {
        if (!report->lines[i].well) {
            return false;
        }
    }
    return true;
}

int64_t days_until(int64_t then_s, int64_t now_s) {
    int64_t seconds = then_s - now_s;
    return seconds >= 0 ? seconds / 86400 : -1 - (-seconds - 1) / 86400;
}
