// SPDX-License-Identifier: Apache-2.0
// One order of a sync on its way: what the state has of the record, what shall stand, and the changes that lead there.
//
// The tokens that must go are those that no set of the new record has, whatever alias they came from: aliases share
// most tokens, and one must not take the other's away. Each goes by a `replace` that brings the new record in within
// the same transaction; then every set is opened (renewed, closed), which also heals an index that had lost something.
#ifndef CLIENT_SYNC_WORK_H
#define CLIENT_SYNC_WORK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "client/sync_plan.h"
#include "client/sync_record.h"
#include "proto/involvement.h"

struct sync_work {
    const struct sync_order *order;
    enum sync_verdict verdict; // the order's, or SYNC_OPEN once the index turned out to have lost the record
    struct sync_record before; // laid out for the terms' epochs; without sets: the state has nothing that can be used
    bool moves;                // `before` lacks the tokens of an epoch
    struct sync_record after;  // without sets: leaves the state
    struct token_set *going;   // the tokens that must go, as few sets as hold them
    size_t going_count;
    enum action action; // for every set of `after`
    bool waits;         // for tokens that the key holders have not given
    bool again;         // the index turned out to have lost the record: to be sent once more
    bool done;
    size_t found, not_found; // results for the sets of `after`
    char *refusal;           // why the index refuses this one; NULL: it does not
};

// Reads what the state has. ERR_CORRUPT, ERR_IO, ERR_MEMORY.
err_t sync_work_begin(const struct sync_terms *terms, const struct sync_order *order, struct sync_state *state,
                      struct sync_work *out);
// Sets `waits`: the tokens of the order's child must be derived, some are not in the state. ERR_MEMORY, ERR_CRYPTO.
err_t sync_work_look(const struct sync_terms *terms, struct sync_work *work);
// Fixes what shall stand. `tokens` are of the child's records, and end the waiting; NULL where it did not wait.
// ERR_MEMORY, ERR_CRYPTO.
err_t sync_work_aim(const struct sync_terms *terms, struct sync_work *work, const struct token_set *tokens);
// The intent: `after` and whatever may stand besides. sync_record_free the result. ERR_MEMORY.
err_t sync_work_intent(const struct sync_work *work, struct sync_record *out);
// Whether an intent must be on disk before anything is sent. A renewal needs none: to repeat it is always right.
bool sync_work_needs_intent(const struct sync_work *work);

size_t sync_work_change_count(const struct sync_work *work);
// Writes that many changes.
void sync_work_changes(const struct sync_work *work, struct change *out);
// Takes the results of those from `first` on, in their order.
void sync_work_results(struct sync_work *work, size_t first, const enum change_result *results, size_t count);
// All results are in: settles what the state will say, or sets `again`.
void sync_work_settle(struct sync_work *work);

void sync_work_free(struct sync_work *work); // wipes

#endif
