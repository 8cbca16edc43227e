// SPDX-License-Identifier: Apache-2.0
// The roster: who may take part, with which keys and roles, until when. A signed note (base/note.h) of the scheme
// authority over JSON; docs/protocol.md gives its fields. indexd and every key holder enforce it on every request.
// Immutable once loaded; any thread may read it.
#ifndef PROTO_ROSTER_H
#define PROTO_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/note.h"
#include "proto/budget.h"
#include "proto/role.h"
#include "proto/urn.h"

#define KEY_HASH_SIZE 32 // SHA-256 of the DER SubjectPublicKeyInfo

struct roster_entry {
    struct urn identity;                   // never a key holder's: their keys stand in the descriptor's trust
    unsigned roles;                        // of proto/role.h
    int64_t valid_from, valid_until;       // seconds, [from, until)
    int64_t vetting_until, training_until; // seconds; 0: not stated
    bool suspended;
    struct terms terms;
    uint8_t (*keys)[KEY_HASH_SIZE]; // from malloc
    size_t key_count;               // 1..MAX_KEYS
};

struct roster {
    char scheme[MAX_ID + 1];
    uint64_t version;
    int64_t issued, expires;
    struct roster_entry *entries; // from malloc
    size_t count;
    struct urn *barred; // persons who may not take part; from malloc
    size_t barred_count;
    // Private, made by roster_parse:
    struct roster_key *by_key; // sorted
    size_t key_count;
    uint32_t *by_identity; // places in `entries`, sorted by identity
};

// Parses the JSON text of a roster. ERR_INPUT names what is wrong: also a key listed twice, an identity listed twice,
// or one that has an entry and is barred.
err_t roster_parse(struct bytes text, struct roster **out);
// Opens a signed roster file: signature of `authority`, scheme. ERR_SIGNATURE, ERR_INPUT, ERR_IO. Expiry is checked on
// use, not here, so that an expired roster can still be described.
err_t roster_load(const char *path, const struct note_key *authority, const char *scheme, struct roster **out);
// Appends the JSON text, one entry a line, without a newline at its end. Reads scheme, version, times and entries
// alone, so that a roster may be changed in place and written. ERR_MEMORY.
err_t roster_write(const struct roster *roster, struct buf *out);
void roster_free(struct roster *roster); // NULL is harmless

// Who holds this key and may act now. ERR_EXPIRED: the roster; ERR_DENIED: the key is not listed, listed for another
// identity, suspended, outside its validity, vetting or training, or a person's who is barred or whose agency is
// suspended.
err_t roster_find(const struct roster *roster, const uint8_t key[KEY_HASH_SIZE], const struct urn *identity,
                  int64_t now_s, const struct roster_entry **out);
// Whether an agency's system may act for this person: one who has no entry is the agency's own affair. ERR_DENIED:
// barred, or with an entry that may not act now.
err_t roster_find_person(const struct roster *roster, const struct urn *person, int64_t now_s);
bool roster_is_barred(const struct roster *roster, const struct urn *person);
// The entry of this identity, whether it may act or not; its scheme is the roster's. NULL: it has none.
const struct roster_entry *roster_entry_of(const struct roster *roster, const struct urn *identity);
// The agencies with the role `agency` that may act now: feeds that are expected.
size_t roster_feeds(const struct roster *roster, int64_t now_s);

#endif
