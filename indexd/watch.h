// SPDX-License-Identifier: Apache-2.0
// Reads what the journal gained, beside the thread that decides, and writes the alerts of the rules (alert_rules.h)
// into it, a second or so later. No request waits for it. At start it reads the records of the present day again, and those
// of the week before for what the rules compare with.
#ifndef INDEXD_WATCH_H
#define INDEXD_WATCH_H

#include <stdint.h>

#include "base/err.h"
#include "indexd/alert_rules.h"
#include "indexd/engine.h"

struct watch;

// ERR_MEMORY; errors of the store.
err_t watch_start(struct engine *engine, const int64_t numbers[ALERT_NUMBERS], uint32_t sure_slots, struct watch **out);
void watch_stop(struct watch *watch); // before the engine is closed; NULL is harmless

#endif
