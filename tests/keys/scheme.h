// SPDX-License-Identifier: Apache-2.0
// A small scheme for the tests of the key holder: dealt, described and signed in memory, and written as files into the
// test's scratch folder. The clock stands at SCHEME_NOW.
#ifndef TESTS_KEYS_SCHEME_H
#define TESTS_KEYS_SCHEME_H

#include "keys/descriptor.h"
#include "keys/share.h"
#include "keys/threshold.h"
#include "proto/tls.h"

#define SCHEME_NOW ((int64_t)1800000000)
#define SCHEME_EXPIRES (SCHEME_NOW + 86400)
#define SCHEME_N 3
#define SCHEME_T 2

#define NORTH "urn:signpost:demo:agency:north"
#define JO "urn:signpost:demo:agency:north:person:jo"
#define INDEX "urn:signpost:demo:index:main"
#define DPO "urn:signpost:demo:administrator:dpo"
#define AUDITOR "urn:signpost:demo:administrator:auditor"
#define OFFICER "urn:signpost:demo:administrator:officer"
#define SCHEME_PEOPLE 6

struct scheme {
    uint8_t key[OPRF_SCALAR_SIZE];
    uint8_t authority_seed[NOTE_SEED_SIZE];
    struct share shares[SCHEME_N];
    struct descriptor descriptor;
};

// Version 1, epoch 1, generation 1.
void scheme_make(struct scheme *scheme);
// A new polynomial for the same key: the next generation and version.
void scheme_refresh(struct scheme *scheme);

struct threshold_commitments scheme_commitments(const struct scheme *scheme);

// "trust", "descriptor" signed by all, and "roster" with the people above.
void scheme_write(const struct scheme *scheme);
void scheme_write_descriptor(const struct scheme *scheme);
void scheme_write_roster(const struct scheme *scheme, uint64_t version);

// The key of the identity on the roster.
struct tls_peer scheme_peer(const char *identity);

#endif
