// SPDX-License-Identifier: Apache-2.0
// The rules: what is answered, and what a change does. Both read the store inside a transaction and change nothing;
// errors stay in the transaction, and then what was decided means nothing.
#ifndef INDEXD_DECIDE_H
#define INDEXD_DECIDE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "indexd/prepare.h"
#include "indexd/record.h"
#include "indexd/store.h"
#include "keys/descriptor.h"

struct rules {
    const struct descriptor_slot *slots;
    size_t slot_count;
    uint16_t quarter;           // now; a current involvement whose `until` lies before it counts as ended
    uint16_t until;             // of what is registered or renewed now
    bool identifier[MAX_SLOTS]; // the slot stands for a number that is one child's alone: a shield hides by it
};

#define UNTIL_DAYS 400   // where the configuration does not say otherwise
#define UNTIL_FAR 0xffff // the canaries'

// year * 4 + 0..3 of the day (since 1970).
uint16_t quarter_of_day(int64_t day);
// `lapse_days`: after which an involvement that is not renewed lapses, rounded up to a quarter; 0: UNTIL_DAYS.
void rules_at(struct rules *rules, const struct descriptor *descriptor, int64_t lapse_days, int64_t now_ms);

// Fills answer, tags and touch of each child. An entry of a hidden record counts for nobody, and takes as long to pass
// over as one that is not there.
void decide_question(struct store_txn *txn, const struct rules *rules, const struct prepared *prepared,
                     struct record_child *out);
void decide_change(struct store_txn *txn, const struct rules *rules, const struct change *change,
                   const struct prepared_item *item, struct record_change *out);

#endif
