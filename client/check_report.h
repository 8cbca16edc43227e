// SPDX-License-Identifier: Apache-2.0
// What `signpost check` found: one line for each thing that was looked at, with what to do where it is not well.
#ifndef CLIENT_CHECK_REPORT_H
#define CLIENT_CHECK_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/limits.h"

#define CHECK_LINES (MAX_HOLDERS + 14)
#define EXPIRES_SOON_DAYS 7 // less is a problem: a new file takes its time

struct check_line {
    bool well;
    char what[32]; // "holder 2"
    char text[512];
};

struct check_report {
    struct check_line lines[CHECK_LINES];
    size_t count;
};

void report_well(struct check_report *report, const char *what, const char *format, ...) PRINTF_LIKE(3, 4);
void report_problem(struct check_report *report, const char *what, const char *format, ...) PRINTF_LIKE(3, 4);
// A problem with the words for an error that a daemon, or the way to it, gave.
void report_daemon_err(struct check_report *report, const char *what, err_t err, const char *detail);
bool report_all_well(const struct check_report *report);

// Whole days from `now_s` until then; negative when it is over.
int64_t days_until(int64_t then_s, int64_t now_s);

#endif
