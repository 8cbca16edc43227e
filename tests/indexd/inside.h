// SPDX-License-Identifier: Apache-2.0
// What a closed store holds, read without the engine.
#ifndef TESTS_INDEXD_INSIDE_H
#define TESTS_INDEXD_INSIDE_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "indexd/record.h"
#include "tests/indexd/fixture.h"

// Every row of all databases as it stands on disk: lengths, keys, values. buf_free it.
struct buf inside_rows(const struct fixture *fixture);
// A new database in place of the present one, to which no record was applied.
void inside_empty_database(const struct fixture *fixture);

struct records { // free with inside_records_free
    struct record *items;
    size_t count;
};
struct records inside_records(const struct fixture *fixture);
void inside_records_free(struct records *records);
// The records' bytes as they were sealed, one after the other. buf_free it.
struct buf inside_journal(const struct fixture *fixture);

// The child tag of a token, under the store's pepper.
uint64_t inside_tag(const struct fixture *fixture, size_t slot, const uint8_t token[TOKEN_SIZE]);

#endif
