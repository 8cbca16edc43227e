// SPDX-License-Identifier: Apache-2.0
// The index's rows of one agency, by the rules of docs/protocol.md, for a fake scheme's `decide`.
#ifndef TESTS_CLIENT_FAKE_INDEX_H
#define TESTS_CLIENT_FAKE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/handle.h"
#include "proto/involvement.h"

#define FAKE_INDEX_ROWS 512

struct fake_entry {
    uint8_t handle[HANDLE_SIZE];
    size_t slot;
    uint8_t token[TOKEN_SIZE];
    bool current, quiet;
};

struct fake_index {
    struct fake_entry rows[FAKE_INDEX_ROWS];
    size_t count;
    size_t actions[ACTION_COUNT];
};
extern struct fake_index fake_index;

enum change_result fake_index_decide(const struct change *change);
// In one order, so that two can be compared by their bytes.
void fake_index_sort(void);
// How many rows of the handle are current, or ended.
size_t fake_index_of(const uint8_t handle[HANDLE_SIZE], bool current);

#endif
