// SPDX-License-Identifier: Apache-2.0
// A journal record: the outcome of what was decided, never the request. Replaying records in order gives the same
// store anywhere under the same pepper. docs/journal.md states the bytes; the numbers below are written to disk and
// are never given another meaning.
#ifndef INDEXD_RECORD_H
#define INDEXD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "indexd/entries.h"
#include "indexd/pepper.h"
#include "indexd/store.h"
#include "indexd/tags.h"
#include "proto/act.h"
#include "proto/involvement.h"
#include "proto/limits.h"
#include "proto/question.h"

#define RECORD_MAX (256 * 1024) // bytes
#define RECORD_TEXT_MAX 255     // of a text in a refusal or an act
#define RECORD_ROWS_MAX (2 * MAX_TOKENS)

enum record_kind {
    RECORD_INIT = 1,      // a store begins
    RECORD_QUESTION = 2,  // a question was answered
    RECORD_CHANGES = 3,   // an agency changed its records
    RECORD_REFUSAL = 4,   // a request was refused
    RECORD_ACT = 5,       // an administrative act of the operator's
    RECORD_ALERT = 6,     // a rule of the configuration found something in earlier records
    RECORD_BLOCK = 7,     // somebody is blocked at a daily cap, or unblocked
    RECORD_SIGNED = 10,   // an administrative act, as named people signed it
    RECORD_SHIELD = 11,   // a shield was added or lifted
    RECORD_TOUCH = 12,    // an earlier record touched a shield: an alert
    RECORD_REMOVALS = 13, // entries were taken out for good
    RECORD_PURGE = 14,    // the removal of all that an agency fed begins, or has ended
    RECORD_EPOCH = 18,    // the tokens of which epochs the store takes from now on
    RECORD_MOVED = 19,    // all that an agency holds is registered under an epoch
};

#define RECORD_KINDS 20 // one above the highest

enum row_kind {
    ROW_CONCERNED = 0, // looked at, left as it was
    ROW_PUT = 1,       // the record's entry is now as stated
    ROW_REMOVE = 2,    // the record has no entry here now
};

struct record_row {
    enum row_kind kind;
    uint8_t slot;
    uint64_t child;
    uint8_t agency[AGENCY_TAG_SIZE]; // put and remove
    uint8_t state;                   // put
    uint16_t until;                  // put
};

enum touch {            // what touched a shield
    TOUCH_QUESTION = 0, // a question about a child whose records are hidden
    TOUCH_RECORD = 1,   // a record with a shielded number was fed: it is hidden
    TOUCH_NAMES = 2,    // a record that shares names alone was fed: not hidden, somebody must look
};
#define TOUCH_LAST TOUCH_NAMES

// Whether a child or a change touched a shield, for an alert that is written later; not part of the record.
struct record_touch {
    bool touched;
    enum touch what;
    enum shield_row kind; // and the tag through which it did
    uint64_t tag;
};

struct record_change {
    enum action action;
    enum change_result result;
    uint8_t record[RECORD_TAG_SIZE];
    struct record_touch touch;
    size_t row_count;
    struct record_row rows[RECORD_ROWS_MAX];
};

struct record_child {
    enum answer answer;
    bool canary; // of the scheme: asked about to test the index
    struct record_touch touch;
    size_t tag_count;
    uint8_t slots[MAX_TOKENS];
    uint64_t tags[MAX_TOKENS];
    bool own; // the asker's agency has a record; stands in the record's count alone
};

#define RECORD_COVERS_MAX 16384
struct record_cover { // of a shield
    enum shield_row kind;
    uint64_t tag;
};

enum removal_reason {
    REMOVAL_LAPSED = 0, // ended longer ago than the scheme keeps it
    REMOVAL_PURGE = 1,  // the agency's, of which everything goes
};

#define RECORD_REMOVALS_MAX 8192
struct record_removal {
    uint64_t child;
    uint8_t agency[AGENCY_TAG_SIZE];
    uint8_t record[RECORD_TAG_SIZE];
};

struct record {
    enum record_kind kind;
    uint64_t seq; // from 1, without a gap
    int64_t time_ms;
    // questions and changes
    char agency[MAX_ID + 1];
    char person[MAX_ID + 1];
    bool claimed; // the person was named by the agency's system
    bool has_purpose;
    enum purpose purpose;
    char reference[REFERENCE_TEXT_SIZE]; // empty where nothing was asked
    uint32_t units;                      // of the budgets that this took: children asked about, but for canaries
    uint16_t unregistered;               // of these, children of whom the agency had no record
    bool reserve;                        // asked beyond the limits, for section 47
    size_t count;                        // of children, changes, covers or removals
    struct record_child *children;       // questions
    struct record_change *changes;       // changes
    // init
    char scheme[MAX_ID + 1];
    uint32_t epoch;          // of an epoch's record too, and of one that moved
    uint32_t previous_epoch; // of an epoch's record; 0: none
    uint8_t store_id[STORE_ID_SIZE];
    uint8_t pepper_check[PEPPER_CHECK_SIZE];
    // shields: reference. Refusals: identity, route, reason. Acts: who, act, "". Signed acts: act, first signer, second
    // signer or "". Alerts: rule, account, what was found. Blocks: account, "block" or "unblock", the cap or who
    // unblocked.
    char texts[3][RECORD_TEXT_MAX + 1];
    // shields
    uint64_t number; // of the shield: that of the record which added it
    bool lifts;
    struct record_cover *covers;
    // touches, beside number
    enum touch touch;
    uint64_t touching; // the record
    uint16_t item;     // the child or the change in it
    // removals; a purge's agency stands in `agency`
    enum removal_reason removal_reason;
    struct record_removal *removals;
    bool ended;     // of a purge
    uint64_t cause; // alerts: the number of the record that made the rule true; 0: none did
    // signed acts
    uint8_t nonce[ACT_NONCE_SIZE];
    struct bytes document; // borrowed by record_encode; record_decode's points into `owned`
    uint8_t *owned;
};

// Appends the record's bytes. ERR_MEMORY; ERR_TOO_LARGE above RECORD_MAX.
err_t record_encode(const struct record *record, struct buf *out);
// record_free the result. ERR_CORRUPT for anything that record_encode does not write.
err_t record_decode(struct bytes bytes, struct record *out);
void record_free(struct record *record);

#endif
