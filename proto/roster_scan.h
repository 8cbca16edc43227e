// SPDX-License-Identifier: Apache-2.0
// The fast reader of the roster's own layout, and the rules that it shares with the JSON reader of roster_text.c.
// Nobody else includes this.
#ifndef PROTO_ROSTER_SCAN_H
#define PROTO_ROSTER_SCAN_H

#include "base/bytes.h"
#include "base/err.h"
#include "proto/roster.h"

#define ROSTER_TYPE "signpost roster 1"

// Fills the head, the entries and the barred of a zeroed roster. False: the text has another layout, or something is
// wrong with it, which the JSON reader says better; what was filled by then is the caller's to free.
bool roster_scan(struct bytes text, struct roster *roster);

err_t roster_identity_read(const char *text, const char *scheme, struct urn *out);
err_t roster_barred_read(const char *text, const char *scheme, struct urn *out);
err_t roster_entry_check(const struct roster_entry *entry);
err_t roster_head_check(struct roster *roster, const char *type, const char *scheme);

#endif
