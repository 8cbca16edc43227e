// SPDX-License-Identifier: Apache-2.0
// Shields: a child whose records nobody may find. A shield is added under the child's tokens, and under records that
// are named by agency and handle. It hides records, whole: those that stand under the child's NHS number or UPN now,
// those named, and every record that is put under such a number later, from any feed. Records that share names alone
// are left as they are - they may be a stranger's - and told to whoever adds the shield.
//
// An answer is then what it would be were the hidden records not there. Their own agencies go on as before.
#ifndef INDEXD_SHIELD_H
#define INDEXD_SHIELD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "indexd/engine.h"
#include "indexd/job.h"
#include "proto/tokens.h"

#define SHIELD_MATCHES_MAX 64

struct shield_match { // a record that shares names alone: its agency is known by trying all ids on the tag
    uint64_t child;
    uint8_t agency[AGENCY_TAG_SIZE];
};

struct shield_addition {
    char reference[SHIELD_REFERENCE_MAX + 1];
    const struct token_set *children; // the child by each of its names
    size_t child_count, slots;
    size_t epochs;              // of the tokens: all that the store takes
    const struct shield_named { // records
        char agency[MAX_ID + 1];
        uint8_t handle[HANDLE_SIZE];
    } * records;
    size_t record_count;
    // Results:
    uint64_t number;       // of the shield
    size_t numbers, names; // tags that it covers
    size_t hidden;         // records
    size_t matches;        // records that share names alone; the first of them:
    struct shield_match match[SHIELD_MATCHES_MAX];
};
// A job (indexd/job.h) with a struct shield_addition. ERR_INPUT in the transaction: no number and no record, other
// slots than the scheme's, or a canary; ERR_TOO_LARGE.
void shield_add(struct job *job, void *ctx);

struct shield_lifting {
    uint64_t number;
    size_t records; // result: no longer covered by this shield
};
// A job with a struct shield_lifting. ERR_NOT_FOUND in the transaction.
void shield_lift(struct job *job, void *ctx);

// Every shield with what it covers, by number.
struct shield_count;
void shield_each(struct store_txn *txn, void (*each)(void *ctx, const struct shield_count *shield), void *ctx);

struct shield_count {
    struct store_shield shield;
    size_t numbers, names, records; // that it covers
};

#endif
