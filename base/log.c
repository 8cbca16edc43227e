// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define LINE_SIZE 1024

// Set once by log_open, before there are other threads.
static const char *own_program = "signpost";
static enum log_level own_most = LOG_NOTICE;

static const char *level_name(enum log_level level) {
    switch (level) {
    case LOG_ERROR:
        return "error";
    case LOG_WARNING:
        return "warning";
    case LOG_NOTICE:
        return "notice";
    case LOG_DEBUG:
        return "debug";
    }
    return "error";
}

void log_open(const char *program, enum log_level most) {
    own_program = program;
    own_most = most;
}

// A detail may quote a peer or a file: what it says must not begin a line or drive a terminal.
static void keep_to_one_line(char *text) {
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f) {
            *text = '?';
        }
    }
}

// One write for the whole line, so that lines of several threads do not mix.
static void log_write(enum log_level level, char *message) {
    char time[CLOCK_TEXT_SIZE];
    char line[LINE_SIZE];
    clock_format(clock_now_s(&clock_system), time);
    keep_to_one_line(message);
    int len = snprintf(line, sizeof line, "%s %s %s: %s\n", time, level_name(level), own_program, message);
    if (len < 0) {
        return;
    }
    if ((size_t)len >= sizeof line) {
        len = (int)sizeof line - 1;
        line[len - 1] = '\n';
    }
    // There is nobody left to tell when standard error is gone.
    ssize_t ignored = write(STDERR_FILENO, line, (size_t)len);
    (void)ignored;
}

void log_line(enum log_level level, const char *format, ...) {
    if (level > own_most) {
        return;
    }
    char message[LINE_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    log_write(level, message);
}

void log_err(err_t err, const char *format, ...) {
    char message[LINE_SIZE];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (len >= 0 && (size_t)len < sizeof message) {
        const char *detail = err_detail();
        (void)snprintf(message + len, sizeof message - (size_t)len, ": %s%s%s", err_text(err),
                       detail[0] == '\0' ? "" : ": ", detail);
    }
    log_write(LOG_ERROR, message);
}
