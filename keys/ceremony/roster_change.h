// SPDX-License-Identifier: Apache-2.0
// Changes to a roster in memory, before it is signed anew. Errors name the identity, never leave the roster half
// changed in what is signed: the caller throws it away on any error.
#ifndef KEYS_CEREMONY_ROSTER_CHANGE_H
#define KEYS_CEREMONY_ROSTER_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/roster.h"

err_t roster_new(const char *scheme, struct roster **out); // version 0, without entries

struct roster_member {
    struct urn identity;
    unsigned roles; // beyond what the kind of identity has by itself
    uint8_t key[KEY_HASH_SIZE];
    int64_t valid_from, valid_until;
};
// A new entry, or one more key, more roles and a later end for the entry that is there. ERR_INPUT for an identity of
// another scheme; ERR_DENIED for a key holder, the canaries' agency or a role that its kind cannot have; ERR_EXISTS for
// a key that is on the roster.
err_t roster_add(struct roster *roster, const struct roster_member *member);

#define ROSTER_KEEP (-1)
struct roster_settings {                   // beside the key
    unsigned roles;                        // beyond those that are there
    int64_t valid_until;                   // 0: as it was
    int64_t vetting_until, training_until; // ROSTER_KEEP: as it was; 0: none
    struct limits limits;
    bool limited[LIMIT_COUNT]; // the limit is set, or with 0 lifted
};
// ERR_NOT_FOUND; ERR_DENIED for a role that its kind cannot have; ERR_INPUT for an end before the beginning.
err_t roster_set(struct roster *roster, const struct urn *identity, const struct roster_settings *settings);

enum barred { BARRED_REMOVED, BARRED_NOT_LISTED, BARRED_ALREADY };
struct roster_barring {
    struct urn *persons; // sorted here, without duplicates: `count` may get less
    size_t count;
    enum barred *results; // one for each
};
// Takes every person off the roster and bars them. ERR_FULL, ERR_MEMORY.
err_t roster_bar(struct roster *roster, struct roster_barring *barring);
// ERR_NOT_FOUND. The person may be added again.
err_t roster_unbar(struct roster *roster, const struct urn *person);

// ERR_NOT_FOUND.
err_t roster_remove(struct roster *roster, const struct urn *identity);
// More for a while, in place of the entry's former allowance. ERR_NOT_FOUND.
err_t roster_allow(struct roster *roster, const struct urn *identity, const struct allowance *allowance);
err_t roster_suspend(struct roster *roster, const struct urn *identity, bool suspended);

#endif
