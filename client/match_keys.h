// SPDX-License-Identifier: Apache-2.0
// Match keys: the values, one for each slot of a key set, under which a child can be found. Only equality can be tested
// on tokens, so tolerance comes from several keys. The sets are tables in match_keys.c; docs/matching.md gives the
// reasons and the measurements.
#ifndef CLIENT_MATCH_KEYS_H
#define CLIENT_MATCH_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "client/identity.h"
#include "proto/limits.h"

#define MATCH_VALUE_MAX 575 // bytes: two names as long as they may be, and a date

struct match_slot {
    const char *name;
    bool sure; // otherwise similar
};

struct match_set {
    const char *name; // "core", "address"
    const struct match_slot *slots;
    size_t slot_count;              // at most MAX_SLOTS
    const struct match_rule *rules; // private
};

const struct match_set *match_set_find(const char *name); // NULL when unknown

struct match_values {
    const char *value[MAX_SLOTS]; // at most MATCH_VALUE_MAX bytes; "": the slot is empty
    size_t filled, filled_sure;
    char *text; // owns the values
    size_t text_size;
};

// ERR_INPUT when no slot can be filled: "too few details: ...". Such a child is never sent. ERR_MEMORY.
err_t match_values_of(const struct match_set *set, const struct normal_identity *identity, struct match_values *out);
bool match_values_equal(const struct match_values *a, const struct match_values *b);
void match_values_free(struct match_values *values); // wipes

// The rules as text, a line for each slot: "names_dob sure: sorted letters of all names, year, sorted day and month".
void match_set_describe(const struct match_set *set, struct buf *out);

// SHA-256 over everything that shapes a value: rules, tables, Unicode version, and the values of a panel of specimen
// identities, so that a change of code shows as well. The descriptor carries it.
err_t match_set_digest(const struct match_set *set, uint8_t out[32]);
// The document that `ceremony deal --matching` takes: {"key_set","matching_digest","slots"}.
err_t match_set_write(const struct match_set *set, struct buf *out);

#endif
