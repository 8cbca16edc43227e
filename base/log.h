// SPDX-License-Identifier: Apache-2.0
// Log lines on standard error, one event a line: time, level, program, message. Any thread. Never an identity of a
// child, a token, an element or a secret.
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_DEBUG };

void log_open(const char *program, enum log_level most);
void log_line(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);
// "message: err_text: err_detail".
void log_err(err_t err, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
