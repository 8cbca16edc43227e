// SPDX-License-Identifier: Apache-2.0
// The roster's JSON text. roster_write's own layout, one entry a line, is read by a scanner that accepts that layout
// alone: a national roster of a hundred megabytes loads in about a second. Any other text goes to the JSON reader,
// which is several times slower and says what is wrong; both give the same roster.
#ifndef PROTO_ROSTER_TEXT_H
#define PROTO_ROSTER_TEXT_H

#include "base/bytes.h"
#include "base/err.h"
#include "proto/roster.h"

// Fills the head and the entries of a zeroed roster. ERR_INPUT; what was filled by then is roster_free's.
err_t roster_text_read(struct bytes text, struct roster *roster);

#endif
