// SPDX-License-Identifier: Apache-2.0
#include "proto/expiry.h"

#include "base/clock.h"
#include "base/log.h"

#define SECONDS_A_DAY 86400

enum expiry expiry_of(int64_t expires_s, int64_t now_s) {
    if (now_s >= expires_s) {
        return EXPIRY_PAST;
    }
    const int64_t left_s = expires_s - now_s;
    return left_s <= EXPIRY_URGENT_DAYS * SECONDS_A_DAY ? EXPIRY_URGENT
           : left_s <= EXPIRY_WARN_DAYS * SECONDS_A_DAY ? EXPIRY_WARN
                                                        : EXPIRY_FAR;
}

bool expiry_warn(const char *what, int64_t expires_s, int64_t now_s) {
    char when[CLOCK_TEXT_SIZE];
    clock_format(expires_s, when);
    switch (expiry_of(expires_s, now_s)) {
    case EXPIRY_FAR:
        return false;
    case EXPIRY_WARN:
        log_line(LOG_WARNING, "%s expires at %s: renew it before then", what, when);
        return true;
    case EXPIRY_URGENT:
        log_line(LOG_ERROR, "%s expires at %s, in less than %d days: then nothing that needs it is answered", what,
                 when, EXPIRY_URGENT_DAYS);
        return true;
    case EXPIRY_PAST:
        log_line(LOG_ERROR, "%s has expired at %s: nothing that needs it is answered", what, when);
        return true;
    }
    return false;
}
