// SPDX-License-Identifier: Apache-2.0
#include "client/outcome.h"

#include <stdio.h>

#include "base/clock.h"

void outcome_of(enum cause cause, const char *detail, struct outcome *out) {
    struct outcome outcome = {.cause = cause, .asked_at = clock_now_s(&clock_system)};
    snprintf(outcome.detail, sizeof outcome.detail, "%s", detail);
    *out = outcome;
}

// The errors with which a peer says what is wrong with us; anything else is the peer's own trouble.
static enum cause cause_of(err_t err, enum cause otherwise) {
    const struct {
        err_t err;
        enum cause cause;
    } rows[] = {
        {ERR_TLS, CAUSE_CERTIFICATE}, {ERR_DENIED, CAUSE_DENIED},  {ERR_EXPIRED, CAUSE_DENIED},
        {ERR_BUDGET, CAUSE_BUDGET},   {ERR_STALE, CAUSE_OUTDATED}, {ERR_CARD, CAUSE_CARD},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].err == err) {
            return rows[i].cause;
        }
    }
    return otherwise;
}

static const char *present_detail(err_t err) {
    return err_detail()[0] == '\0' ? err_text(err) : err_detail();
}

void outcome_of_index(err_t err, struct outcome *out) {
    outcome_of(cause_of(err, CAUSE_INDEX), present_detail(err), out);
}

void outcome_of_holders(err_t err, const struct derive *derive, struct outcome *out) {
    err_t common = err == ERR_UNAVAILABLE ? derive_common_cause(derive) : err;
    outcome_of(cause_of(common, CAUSE_HOLDERS), present_detail(err), out);
}

void outcome_of_setup(err_t err, struct outcome *out) {
    static const struct {
        err_t err;
        enum cause cause;
    } rows[] = {{ERR_STALE, CAUSE_OUTDATED},
                {ERR_EXPIRED, CAUSE_OUTDATED},
                {ERR_TLS, CAUSE_CERTIFICATE},
                {ERR_CARD, CAUSE_CARD}};
    enum cause cause = CAUSE_SETUP;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cause = rows[i].err == err ? rows[i].cause : cause;
    }
    outcome_of(cause, present_detail(err), out);
}

void outcome_fill(const struct outcome *outcome, struct outcome *outcomes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        outcomes[i] = *outcome;
    }
}
