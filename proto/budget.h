// SPDX-License-Identifier: Apache-2.0
// How much somebody may ask: the names and bounds of the limits, their defaults, and the allowance of a first load. A
// daemon's configuration gives the defaults, an entry of the roster may give its own. docs/budgets.md says what each is
// for.
#ifndef PROTO_BUDGET_H
#define PROTO_BUDGET_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/limits.h"

enum limit {
    LIMIT_CHILDREN_HOUR,    // children asked about; index
    LIMIT_CHILDREN_DAY,     //
    LIMIT_QUESTIONS_DAY,    // a cap: who is beyond it is blocked; index
    LIMIT_NO_DAY,           // a cap on answers "no"
    LIMIT_UNREGISTERED_DAY, // a cap on children of whom the asker's agency has no record
    LIMIT_RESERVE_DAY,      // children asked about for section 47 beyond all of these; index
    LIMIT_ELEMENTS_HOUR,    // elements evaluated; key holders
    LIMIT_ELEMENTS_DAY,     //
};
#define LIMIT_COUNT 8
#define LIMIT_MAX 1000000000 // as good as no limit

// Each up to LIMIT_MAX. 0: in an entry of the roster, what the daemon's configuration says; there, no such limit.
struct limits {
    uint32_t of[LIMIT_COUNT];
};

// For a while more than the limits give. Two administrators have signed it; `act` is the SHA-256 of what they
// signed.
struct allowance {
    uint32_t elements_day; // in place of both limits of elements; 0: there is no allowance
    uint32_t children_day; // in place of both limits of children asked about; 0: they stay
    int64_t from, until;   // seconds, [from, until)
    uint8_t act[32];
    char signers[2][MAX_ID + 1]; // administrators
};
#define ALLOWANCE_DAYS_MAX 31

struct terms { // what an entry of the roster says about its budget
    struct limits limits;
    struct allowance allowance;
};

// A row of a daemon's configuration for one of its default limits; `whose` is person or agency, as in the settings'
// members `person_limits` and `agency_limits` (int64_t[LIMIT_COUNT]).
#define BUDGET_KEY(whose, name, limit, fallback, help)                                                                 \
    {                                                                                                                  \
#whose "_" name, CONFIG_NUMBER, offsetof(struct settings, whose##_limits) + (limit) * sizeof(int64_t),         \
            fallback, 0, LIMIT_MAX, help                                                                               \
    }
void limits_of_settings(const int64_t values[LIMIT_COUNT], struct limits *out);

const char *limit_text(enum limit limit); // "children_hour"
err_t limit_parse(const char *text, enum limit *out);

bool limits_any(const struct limits *limits); // one is set
// An object of at least one limit, each 1 or more; those that it does not name are 0. ERR_INPUT.
err_t limits_read(const json_t *object, struct limits *out);
// ERR_INPUT.
err_t allowance_read(const json_t *object, struct allowance *out);
err_t allowance_check(const struct allowance *allowance);
err_t allowance_check_span(const struct allowance *allowance); // numbers and dates alone
// What holds now: the entry's limits, otherwise the defaults; more while an allowance lasts.
void terms_resolve(const struct terms *terms, const struct limits *defaults, int64_t now_s, struct limits *out);

#endif
