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
// ERR_NOT_FOUND.
err_t roster_remove(struct roster *roster, const struct urn *identity);
err_t roster_suspend(struct roster *roster, const struct urn *identity, bool suspended);

#endif
