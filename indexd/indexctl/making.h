// SPDX-License-Identifier: Apache-2.0
// How far the making of a database is, on standard error: first the journal's records, then the rows.
#ifndef INDEXD_INDEXCTL_MAKING_H
#define INDEXD_INDEXCTL_MAKING_H

#include "base/progress_bar.h"
#include "indexd/engine.h"

struct making {
    struct progress_bar bar; // of the step in hand
};

// Has the engine tell it; `making` outlives what the settings are used for.
void making_begin(struct making *making, struct engine_settings *settings);
void making_end(struct making *making);

#endif
