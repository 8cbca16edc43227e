// SPDX-License-Identifier: Apache-2.0
// The books of a stopped index, looked at from outside of it: whether the store is what its journal makes, and whether
// the journal holds what was acknowledged.
#ifndef BENCH_KILLS_BOOKS_H
#define BENCH_KILLS_BOOKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "keys/descriptor.h"
#include "proto/answers.h"

struct references { // of the answers that were received; zero-initialise
    char (*texts)[REFERENCE_TEXT_SIZE];
    size_t count, cap;
};
err_t references_add(struct references *references, const char *reference); // ERR_MEMORY
void references_free(struct references *references);

// Fills the database of a store folder that has none from its journal, as an index does that starts.
err_t books_make_anew(const char *store, const struct descriptor *descriptor);
// ERR_CORRUPT: the two stores do not hold the same rows, byte for byte.
err_t books_compare_stores(const char *store, const char *other);
// Reads the whole journal and verifies it: seals, numbers, tree. ERR_CORRUPT: damaged, or a reference is not in it
// exactly once.
err_t books_check_journal(const char *store, const struct references *received, uint64_t *out_records);

#endif
