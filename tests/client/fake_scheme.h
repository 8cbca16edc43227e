// SPDX-License-Identifier: Apache-2.0
// A whole scheme inside the test: key holders and an index as functions behind a transport, with faults to order.
#ifndef TESTS_CLIENT_FAKE_SCHEME_H
#define TESTS_CLIENT_FAKE_SCHEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/caseload.h"
#include "client/derive.h"
#include "client/session.h"
#include "client/transport.h"
#include "keys/descriptor.h"
#include "proto/involvement.h"

enum fault {
    FAULT_NONE,
    FAULT_ABSENT,           // cannot be reached
    FAULT_TLS,              // a certificate is refused
    FAULT_REFUSES,          // answers with ERR_DENIED
    FAULT_STALE,            // answers with ERR_STALE
    FAULT_OTHER_KEY,        // evaluates under another key, with a proof that holds for that
    FAULT_BAD_PROOF,        // one bit of the proof is wrong
    FAULT_OTHER_EPOCH,      // its reply names another epoch
    FAULT_OTHER_GENERATION, // or generation
    FAULT_AS_HOLDER_1,      // everything is holder 1's, the proof as well
    FAULT_FEWER,            // leaves an element out
    FAULT_GARBAGE,          // not JSON
    FAULT_BUSY,             // puts everything off for `busy_ms`, `busy_times` times
};

#define FAKE_ROWS 64
struct fake_row { // an involvement of another agency under one token
    uint8_t token[TOKEN_SIZE];
    bool sure, previous;
};

#define FAKE_CHANGES 600
struct fake_scheme {
    struct descriptor descriptor;
    uint8_t key[ELEMENT_SIZE];
    uint8_t shares[MAX_HOLDERS][ELEMENT_SIZE];
    uint8_t shares_before[MAX_HOLDERS][ELEMENT_SIZE]; // of the generation before, after fake_refresh
    bool not_restarted[MAX_HOLDERS];                  // serves the generation before alone
    enum fault faults[MAX_HOLDERS];
    enum fault fault_later[MAX_HOLDERS]; // takes the place of the fault after the first evaluation
    size_t evaluations[MAX_HOLDERS];     // requests that reached the holder, or would have
    size_t elements;                     // evaluated in all
    size_t busy_times;
    int64_t busy_ms;
    size_t waits;      // of the transport
    int64_t waited_ms; // in all
    bool no_time;      // it has no time to wait
    bool backwards;    // exchanges are answered last first
    size_t runs;       // calls of the transport
    size_t widest;     // exchanges in one call

    enum fault index_fault; // FAULT_ABSENT, FAULT_TLS, FAULT_REFUSES
    bool canaries_missing, one_answer_less, other_store, other_epoch;
    bool new_store;                           // the index names another store, and replies from it
    size_t questions, asked, scheme_requests; // requests, children in them
    size_t fail_question;                     // the question, from 1, that cannot be answered; 0: none
    enum purpose purpose;
    char on_behalf_of[MAX_ID + 1];
    struct fake_row rows[FAKE_ROWS];
    size_t row_count;
    struct change changes[FAKE_CHANGES]; // as they arrived
    size_t change_count, change_requests;
    enum change_result (*decide)(const struct change *change); // NULL: done, as asked
    int64_t now_s, whoami_s;
    uint64_t roster_versions[MAX_HOLDERS + 1]; // the last is the index's
    uint64_t index_descriptor_version;
};

// t of n, key set `core`, its canaries known to the index. Starts libsodium.
void fake_scheme_make(struct fake_scheme *scheme, size_t t, size_t n);
// New shares of the same key; holders serve both generations.
void fake_refresh(struct fake_scheme *scheme);
struct transport fake_transport(struct fake_scheme *scheme);
// A session over it. Fails the test when there is none.
struct session *fake_session(struct fake_scheme *scheme);
// The token by the whole key.
void fake_token(const struct fake_scheme *scheme, const char *slot, const char *value, uint8_t out[TOKEN_SIZE]);
// Another agency works, or worked, with a child that has this value.
void fake_involve(struct fake_scheme *scheme, const char *slot, const char *value, bool previous);

// A child with one record that has one slot; more records by fake_alias. caseload_free it.
void fake_child(struct caseload *out, const char *ref, const char *slot, const char *value);
void fake_alias(struct caseload_child *child, const char *slot, const char *value);
size_t fake_slot(const char *slot);

#endif
