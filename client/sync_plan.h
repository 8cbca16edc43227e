// SPDX-License-Identifier: Apache-2.0
// What a sync has to do: the agency's whole caseload beside what its state says is registered. Nothing is sent or
// written by planning.
//
// The rules
// - Records are told apart by handle alone, so that two references of one child, or twins, never touch each other.
// - A reference with a rejected row, or with a column that was set aside, is held: its present tokens stay, what its
//   good rows say is added. A typing error thus never closes or shortens a record.
// - A rejected row without a readable reference could be any child's: then nothing is closed for being missing.
// - A record is renewed in the last part of the first half of its term; its handle says where in that part, so that a
//   caseload that was registered in one night is not renewed in one.
// - A record that was confirmed by another store than the present one is registered again; a record of
//   another epoch has tokens that mean nothing now, and is as good as none.
// - While the scheme's key is being exchanged a record that has the tokens of the epoch before alone is registered
// again,
//   under both; until then it is changed and closed under the tokens that it has.
#ifndef CLIENT_SYNC_PLAN_H
#define CLIENT_SYNC_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "client/caseload.h"
#include "client/sync_record.h"
#include "client/sync_state.h"
#include "keys/descriptor.h"

enum sync_verdict {
    SYNC_UNCHANGED, // nothing is sent
    SYNC_OPEN,      // new, reopened, or to be registered again
    SYNC_REPLACE,   // other details, or another quiet flag
    SYNC_RENEW,
    SYNC_CLOSE,
    SYNC_FORGET, // leaves the state; nothing is sent
    SYNC_VERDICT_COUNT,
};

struct sync_terms { // what the plan is made under
    const uint8_t *handle_key;
    const struct descriptor *descriptor;
    struct token_epochs epochs;      // whose tokens are registered
    uint8_t store_id[STORE_ID_SIZE]; // the index's at present
    uint32_t day;                    // today, since 1970
    uint32_t term_days;              // after which the index lets an involvement lapse
    bool full;                       // everything is derived and registered again
};

struct sync_order {
    uint8_t handle[HANDLE_SIZE];
    const struct caseload_child *child; // NULL: the caseload does not have it, or by rejected rows alone
    bool held;
    enum sync_verdict verdict;
};

struct sync_plan {
    struct sync_order *orders; // by handle; without those that are unchanged
    size_t count;
    size_t verdicts[SYNC_VERDICT_COUNT];
    size_t registered; // current and ended children of the last caseload
    size_t present;    // references of this one
    size_t missing;    // registered, and not closed because of rows without a readable reference
    size_t elsewhere;  // records that another store confirmed
};

// `state` may be NULL: nothing is registered. Borrows the caseload. ERR_CORRUPT, ERR_IO, ERR_MEMORY, ERR_CRYPTO.
err_t sync_plan_make(const struct sync_terms *terms, const struct caseload *caseload, struct sync_state *state,
                     struct sync_plan *out);
void sync_plan_free(struct sync_plan *plan);

// Whether the caseload lost more than a fifth of its references: more likely a broken export than a quiet week.
bool sync_plan_shrinks(const struct sync_plan *plan);

// The verdict on one reference; `record` NULL: the state has none; `order->verdict` is not read. For sync_plan_make and
// its tests.
err_t sync_judge(const struct sync_terms *terms, const struct sync_order *order, bool keep_missing,
                 const struct sync_record *record, enum sync_verdict *out);

#endif
