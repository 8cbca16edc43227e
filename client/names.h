// SPDX-License-Identifier: Apache-2.0
// A name field split into its parts, without titles and placeholders.
#ifndef CLIENT_NAMES_H
#define CLIENT_NAMES_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"

#define NAME_PARTS_MAX 16
#define NAME_PART_MAX 64 // bytes, with the final zero
#define NAME_MAX_BYTES 255

// Lower-case a..z, or other letters where no transliteration exists.
struct name_parts {
    char part[NAME_PARTS_MAX][NAME_PART_MAX];
    int count;
    bool after_birth_word; // "baby", "twin 2" or the like stood before them
};

enum name_kind { NAME_FORENAMES, NAME_SURNAME };

// ERR_INPUT: not UTF-8, too long, too many parts. A placeholder ("unknown", "baby boy", "twin 1") gives no parts.
err_t names_split(const char *text, enum name_kind kind, struct name_parts *out);

bool names_equal(const struct name_parts *a, const struct name_parts *b);

void names_describe(struct buf *out); // for the digest

#endif
