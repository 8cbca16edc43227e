// SPDX-License-Identifier: Apache-2.0
// Text as people write it, folded to what matching compares: lower-case words of letters, one space between them.
// Unicode NFKD by utf8proc, marks stripped, Latin letters that NFKD leaves (ss, ae, oe, o, d, th, l, i, h, ...) mapped
// by the table in fold.c, apostrophes and dots deleted; anything else that is no letter separates words. A script
// without a transliteration keeps its own letters.
#ifndef CLIENT_FOLD_H
#define CLIENT_FOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"

enum fold_keep { FOLD_LETTERS, FOLD_LETTERS_AND_DIGITS };

// Writes at most size - 1 bytes and a zero. ERR_INPUT when the text is not UTF-8, ERR_TOO_LARGE when it does not fit.
// The result may be "".
err_t fold_words(const char *text, enum fold_keep keep, char *out, size_t size);

// Bytes of the first `letter_count` letters of folded text, marks that follow a letter counted with it; at most strlen.
size_t fold_prefix(const char *folded, size_t letter_count);
bool fold_is_ascii(const char *folded);

// Everything that shapes a folded text, for the digest: the tables and utf8proc's Unicode version.
void fold_describe(struct buf *out);

#endif
