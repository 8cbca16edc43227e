// SPDX-License-Identifier: Apache-2.0
#include "proto/expiry.h"

#include "base/clock.h"
#include "base/log.h"

#define SECONDS_A_DAY 86400

bool expiry_warn(const char *what, int64_t expires_s, int64_t now_s) {
    char when[CLOCK_TEXT_SIZE];
    clock_format(expires_s, when);
    if (now_s >= expires_s) {
        log_line(LOG_ERROR, "%s has expired at %s: nothing that needs it is answered", what, when);
        return true;
    }
    if (expires_s - now_s <= EXPIRY_WARN_DAYS * SECONDS_A_DAY) {
        log_line(LOG_WARNING, "%s expires at %s: renew it before then", what, when);
        return true;
    }
    return false;
}
