// SPDX-License-Identifier: Apache-2.0
// What somebody has used of each limit (proto/budget.h) in the present hour and day of UTC: both daemons count by it. A
// table of accounts by name; the name is an agency's id, or an agency's id, ":" and a person's.
//
// Time never goes back here: the table keeps the latest time that it was told, and a clock set back ends no hour and no
// day. Not thread-safe; the caller's lock, or its one thread, guards it.
#ifndef PROTO_ACCOUNT_H
#define PROTO_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/budget.h"
#include "proto/urn.h"

#define ACCOUNT_NAME_SIZE (2 * MAX_ID + 2)

struct counts {
    uint32_t of[LIMIT_COUNT]; // of each limit's unit
};

struct account {
    char name[ACCOUNT_NAME_SIZE];
    int64_t hour, day; // since 1970; what `used` counts
    struct counts used;
    bool blocked;   // the caller's
    uint32_t saved; // the caller's
};

struct accounts;

err_t accounts_new(struct accounts **out);
void accounts_free(struct accounts *accounts); // NULL is harmless

void account_name(const char *agency, const char *person, char out[ACCOUNT_NAME_SIZE]); // "": the agency's
// The identity of an account of this scheme.
void account_urn(const char *name, const char *scheme, struct urn *out);

// The time that counts now: `now_s`, or the latest that was told before.
int64_t accounts_now(struct accounts *accounts, int64_t now_s);

// The account of this name as it stands, made where it is missing. ERR_MEMORY.
err_t accounts_find(struct accounts *accounts, const char *name, struct account **out);
// What it used before the hour and the day of `now_s` counts no more.
void account_turn(struct account *account, int64_t now_s);
// Both, with the time of accounts_now. ERR_MEMORY.
err_t accounts_get(struct accounts *accounts, const char *name, struct account **out);
// What would be used up by this, or false. A limit of 0 is none.
bool account_over(const struct account *account, const struct limits *limits, const struct counts *adds,
                  enum limit *out);
void account_add(struct account *account, const struct counts *adds);

// When the limit's hour or day ends, seconds.
int64_t limit_until(enum limit limit, int64_t now_s);

// Calls `each` for every account, in the order of names.
void accounts_each(struct accounts *accounts, void (*each)(struct account *account, void *ctx), void *ctx);
// Drops the accounts of days before this one that are not blocked.
void accounts_drop_old(struct accounts *accounts, int64_t day);

#endif
