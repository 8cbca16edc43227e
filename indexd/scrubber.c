// SPDX-License-Identifier: Apache-2.0
#include "indexd/scrubber.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/rounds.h"

#define DAY_S 86400
#define LOOK_S 60 // how often it looks whether the day has changed, and tries again what failed

struct scrubber {
    struct engine *engine;
    const struct wall_clock *clock;
    int64_t day; // of the last run that came to an end
    struct rounds *rounds;
};

static int64_t today(const struct scrubber *scrubber) {
    return clock_now_s(scrubber->clock) / DAY_S;
}

static void scrub(void *ctx, const atomic_bool *stop) {
    struct scrubber *scrubber = ctx;
    const int64_t day = today(scrubber);
    if (day == scrubber->day) {
        return;
    }
    err_t err = engine_scrub(scrubber->engine, stop);
    if (err == OK || err == ERR_CORRUPT) { // anything else is tried again
        scrubber->day = day;
    }
    if (err == OK) {
        log_line(LOG_NOTICE, "the index was read through: every row and every record is whole");
    } else if (!atomic_load(stop)) {
        log_err(err, "reading the index through");
    }
}

err_t scrubber_start(struct engine *engine, const struct wall_clock *clock, bool now, struct scrubber **out) {
    struct scrubber *scrubber = calloc(1, sizeof *scrubber);
    if (scrubber == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    *scrubber = (struct scrubber){.engine = engine, .clock = clock};
    scrubber->day = now ? -1 : today(scrubber);
    const struct rounds_setup rounds = {"scrubber", LOOK_S, true, scrub, scrubber};
    err_t err = rounds_start(&rounds, &scrubber->rounds);
    if (err != OK) {
        free(scrubber);
        return err;
    }
    *out = scrubber;
    return OK;
}

void scrubber_stop(struct scrubber *scrubber) {
    if (scrubber != NULL) {
        rounds_stop(scrubber->rounds);
        free(scrubber);
    }
}
