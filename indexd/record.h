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
#include "indexd/tags.h"
#include "proto/act.h"
#include "proto/involvement.h"
#include "proto/limits.h"
#include "proto/question.h"

#define RECORD_MAX (256 * 1024) // bytes
#define RECORD_TEXT_MAX 255     // of a text in a refusal or an act
#define RECORD_ROWS_MAX (2 * MAX_SLOTS)

enum record_kind {
    RECORD_INIT = 1,     // a store begins
    RECORD_QUESTION = 2, // a question was answered
    RECORD_CHANGES = 3,  // an agency changed its records
    RECORD_REFUSAL = 4,  // a request was refused
    RECORD_ACT = 5,      // an administrative act of the operator's
    RECORD_SIGNED = 10,  // an administrative act, as named people signed it
};

#define RECORD_KINDS 11 // one above the highest

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

struct record_change {
    enum action action;
    enum change_result result;
    uint8_t record[RECORD_TAG_SIZE];
    size_t row_count;
    struct record_row rows[RECORD_ROWS_MAX];
};

struct record_child {
    enum answer answer;
    size_t tag_count;
    uint8_t slots[MAX_SLOTS];
    uint64_t tags[MAX_SLOTS];
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
    uint32_t units;                      // of the agency's budget that this took: children asked about
    size_t count;
    struct record_child *children; // questions
    struct record_change *changes; // changes
    // init
    char scheme[MAX_ID + 1];
    uint32_t epoch;
    uint8_t store_id[STORE_ID_SIZE];
    uint8_t pepper_check[PEPPER_CHECK_SIZE];
    // refusals: identity, route, reason. Acts: who, act, "". Signed acts: act, first signer, second signer or "".
    char texts[3][RECORD_TEXT_MAX + 1];
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
