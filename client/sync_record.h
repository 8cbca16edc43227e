// SPDX-License-Identifier: Apache-2.0
// What an agency's sync state keeps of one case reference: keyed hashes and tokens, nothing from which a child could be
// read without the agency's key.
//
// A record is written twice. Before anything is sent it is an intent (`pending`): the sets that shall stand, and as
// `going` those that shall not, any of which the index may hold. When the index has confirmed, it is written again with
// what stands. Whatever happens in between, the next sync knows every token under which the index may know the child.
#ifndef CLIENT_SYNC_RECORD_H
#define CLIENT_SYNC_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "client/sync_mac.h"
#include "proto/limits.h"
#include "proto/question.h"

struct sync_set { // the tokens of one alias
    uint8_t values[SYNC_MAC_SIZE];
    bool going;
    struct token_set tokens;
};

struct sync_record {
    uint8_t handle[HANDLE_SIZE];
    bool previous; // ended
    bool quiet;
    bool gone;                       // ended because the caseload no longer has it
    bool pending;                    // an intent
    uint32_t epoch;                  // of the sets' tokens
    uint32_t previous_epoch;         // of those behind them; 0: there are none
    uint8_t store_id[STORE_ID_SIZE]; // of the index that last confirmed; zeros: none has
    uint32_t day;                    // since 1970, when it was last registered, renewed or closed
    size_t slots;                    // tokens of a set, of both epochs together
    size_t count;
    struct sync_set *sets;
};

#define SYNC_SETS_MAX 4096

// One more set; the caller fills it. NULL: no memory, or SYNC_SETS_MAX.
struct sync_set *sync_record_add(struct sync_record *record);
// The set of these match values; NULL when there is none.
const struct sync_set *sync_record_find(const struct sync_record *record, const uint8_t values[SYNC_MAC_SIZE]);
void sync_record_free(struct sync_record *record); // wipes; leaves it zeroed

// Whether the sets have the tokens of all these epochs, of `slots` slots each; of any of them.
bool sync_record_has_all(const struct sync_record *record, const struct token_epochs *epochs, size_t slots);
bool sync_record_has_any(const struct sync_record *record, const struct token_epochs *epochs, size_t slots);
// Lays the sets out for these epochs: the tokens of others go, and those that are missing are empty.
void sync_record_lay_out(struct sync_record *record, const struct token_epochs *epochs, size_t slots);

// The stored form, big-endian:
//   flags 1 (bits: previous, quiet, gone, pending) | epoch 4 | previous epoch 4 | store id 16 | day 4 | slots 1 | sets
//   2 for each set: values 16 | going 1 | one token of 16 for each slot seal 16: over the handle and everything before,
//   so that a damaged row is an error and not a wrong token
err_t sync_record_write(const struct sync_record *record, const uint8_t key[HANDLE_KEY_SIZE], struct buf *out);
// ERR_CORRUPT; ERR_MEMORY. sync_record_free the result.
err_t sync_record_read(struct bytes handle, struct bytes stored, const uint8_t key[HANDLE_KEY_SIZE],
                       struct sync_record *out);

#endif
