// SPDX-License-Identifier: Apache-2.0
// Which agencies feed the index, and how lately. An agency has a feed while its system - the agency's own certificate,
// no person's - stands on the roster and has sent changes on one of the last `fresh_days` days. What the feed owns is
// then changed by the feed alone: a hand's change would be undone at the next sync, or stay behind for good. The lock
// opens when the system is taken off the roster, and by itself when nothing came for `fresh_days`.
// Any thread.
#ifndef INDEXD_FEEDS_H
#define INDEXD_FEEDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "indexd/engine.h"
#include "proto/access.h"
#include "proto/urn.h"

struct feeds { // all borrowed
    struct engine *engine;
    struct access *access;
    int64_t fresh_days;
};

struct feed {
    char agency[MAX_ID + 1];
    int64_t last_day; // since 1970; 0: never
    bool fresh;
    uint32_t moved; // the epoch to which all that it holds has moved, as it says; 0: none
};
// Every agency that is expected to feed the index now, in the order of the roster. ERR_MEMORY, and what the store says.
err_t feeds_each(const struct feeds *feeds, int64_t now_s, void (*each)(const struct feed *feed, void *ctx), void *ctx);

// Whether this client may change records now. ERR_DENIED for a person whose agency has a feed; the detail says so.
err_t feeds_check_change(const struct feeds *feeds, const struct urn *who, int64_t now_s);

#endif
