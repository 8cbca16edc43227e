// SPDX-License-Identifier: Apache-2.0
// A thread that reads the whole index through, at start and then once a day (UTC): engine_scrub of indexd/engine.h.
// Damage is logged and ends all answers.
#ifndef INDEXD_SCRUBBER_H
#define INDEXD_SCRUBBER_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "indexd/engine.h"

struct scrubber;

// `now`: begins at once; otherwise tomorrow. The engine and the clock must outlive it. ERR_MEMORY.
err_t scrubber_start(struct engine *engine, const struct wall_clock *clock, bool now, struct scrubber **out);
void scrubber_stop(struct scrubber *scrubber); // breaks off what it is reading; NULL is harmless

#endif
