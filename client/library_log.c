// SPDX-License-Identifier: Apache-2.0
// The log of libsignpost in place of base/log.c, which writes to standard error: lines go to the program, or nowhere.
#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "client/signpost.h"

#define LINE_SIZE 1024

static void (*program_line)(void *context, const char *message);
static void *program_context;

void signpost_set_log(void (*line)(void *context, const char *message), void *context) {
    program_line = line;
    program_context = context;
}

void log_line(enum log_level level, const char *format, ...) {
    char message[LINE_SIZE];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (program_line != NULL && level <= LOG_WARNING) {
        program_line(program_context, message);
    }
}
