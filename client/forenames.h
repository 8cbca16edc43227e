// SPDX-License-Identifier: Apache-2.0
// Forenames that records use for one another: nicknames, spelling families, and one name in the spellings of several
// languages. Each family has one canonical form; a name of no family is its own.
#ifndef CLIENT_FORENAMES_H
#define CLIENT_FORENAMES_H

#include <stddef.h>

#include "base/bytes.h"

struct forename_family {
    const char *canonical;
    const char *variants; // separated by single spaces
};

// The table, sorted by canonical form.
extern const struct forename_family forename_families[];
extern const size_t forename_family_count;

// The canonical form of a folded forename; the name itself where it belongs to no family. Any thread.
const char *forename_canonical(const char *forename);

void forenames_describe(struct buf *out); // for the digest

#endif
