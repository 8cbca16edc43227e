// SPDX-License-Identifier: Apache-2.0
// Who is blocked: beyond a daily cap, until an administrator unblocks. Set and lifted by records of RECORD_BLOCK, whose
// texts are the account's name (proto/account.h), "block" or "unblock", and which cap, or who unblocked; kept in the
// store for as long as they stand, while what was counted goes with its day.
#ifndef INDEXD_BLOCKS_H
#define INDEXD_BLOCKS_H

#include <stdbool.h>
#include <stdint.h>

#include "indexd/record.h"
#include "indexd/store.h"
#include "proto/account.h"

#define BLOCK_SET "block"
#define BLOCK_LIFTED "unblock"

bool block_is_set(const struct record *record);
bool block_is_valid(const struct record *record); // of these two, with a name that an account can have
void apply_block(struct store_txn *txn, const struct record *record);

struct block_facts {
    int64_t since_s;
    char why[RECORD_TEXT_MAX + 1];
};
bool store_get_block(struct store_txn *txn, const char *name, struct block_facts *out);
void store_each_block(struct store_txn *txn, void (*each)(const char *name, const struct block_facts *facts, void *ctx),
                      void *ctx);

#endif
