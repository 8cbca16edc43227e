// SPDX-License-Identifier: Apache-2.0
// The one thread that decides. It takes what has gathered, in the order of arrival, in slices that fit one transaction:
//   decide each operation and apply its outcome in the transaction -> stage its record -> write and sync the journal ->
//   hand the results back -> commit
// The journal is the truth, so that nobody waits for the store's commit but those who did administrative work.
// Slices without changes only read the store, but for one now and then that states how far it is. What fails before the
// journal is written leaves nothing behind, and the operations of the slice are then tried one by one, so that one does
// not fail its neighbours.
//
// When the journal is written and the commit fails, the store is behind its journal. The journal is then applied to the
// store again; until that is done everything is refused, and each following slice tries it first.
#ifndef INDEXD_SEQUENCER_H
#define INDEXD_SEQUENCER_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "indexd/budget.h"
#include "indexd/engine.h"
#include "indexd/job.h"
#include "indexd/journal.h"
#include "indexd/store.h"
#include "keys/descriptor.h"

struct sequencer;

struct sequencer_setup { // all of it outlives the sequencer
    struct store *store;
    struct journal *journal;
    const struct wall_clock *clock;
    const struct descriptor *descriptor;
    const uint8_t *store_id;
    struct budget *budget;
    int64_t batch_max; // children
    int64_t lapse_days;
};
err_t sequencer_start(const struct sequencer_setup *setup, struct sequencer **out);
// Decides what is queued, states in the store how far it is, and ends the thread. NULL is harmless.
void sequencer_stop(struct sequencer *sequencer);

// An operation whose `err` is set already, with a text in `prepared`, is handed back in its turn.
void sequencer_submit(struct sequencer *sequencer, struct operation *operation);
void sequencer_note_refusal(struct sequencer *sequencer, const char *identity, const char *route, err_t reason);
err_t sequencer_note_act(struct sequencer *sequencer, const char *who, const char *act);
err_t sequencer_note_alert(struct sequencer *sequencer, const char *rule, const char *account, const char *found,
                           uint64_t cause);
err_t sequencer_run_job(struct sequencer *sequencer, job_run job, void *ctx);

// Any thread.
err_t sequencer_health(struct sequencer *sequencer);
// From now on everything is refused with `err` and this thread's detail.
void sequencer_refuse(struct sequencer *sequencer, err_t err);
void sequencer_load(struct sequencer *sequencer, struct engine_load *out);   // all but the scrub
void sequencer_count(struct sequencer *sequencer, struct engine_stats *out); // questions, children, changes, alerts

#endif
