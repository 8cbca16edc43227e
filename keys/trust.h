// SPDX-License-Identifier: Apache-2.0
// The trust file: whose signatures a scheme goes by. Installed with the software, out of band:
//   threshold 2
//   authority <verifier key>
//   holder <verifier key>       (n lines)
//   log <verifier key>          (none, or one for each index's journal: what holders witness and auditors verify)
#ifndef KEYS_TRUST_H
#define KEYS_TRUST_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/note.h"
#include "proto/limits.h"

struct trust {
    size_t threshold;
    struct note_key authority;
    struct note_key holders[MAX_HOLDERS];
    size_t holder_count;
    struct note_key logs[MAX_INDEXES]; // of the indexes' journals
    size_t log_count;
};
// Strict: these lines in this order, every key and name once, 1 <= threshold <= holders. ERR_INPUT names the line.
err_t trust_load(const char *path, struct trust *out);
err_t trust_parse(struct bytes text, struct trust *out);

#endif
