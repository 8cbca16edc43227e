// SPDX-License-Identifier: Apache-2.0
// The contributions of one refresh, together.
#ifndef KEYS_CEREMONY_CONTRIBUTIONS_H
#define KEYS_CEREMONY_CONTRIBUTIONS_H

#include "keys/ceremony/contribution.h"
#include "keys/descriptor.h"
#include "keys/threshold.h"

struct contributions {
    size_t count;
    struct contribution items[MAX_HOLDERS];
};

// Reads and verifies them: of at least t different holders, all for the generation after `present`'s, and sealed to the
// same inboxes. ERR_INPUT, ERR_STALE, ERR_SIGNATURE.
err_t contributions_load(const char *const *paths, size_t count, const struct trust *trust,
                         const struct descriptor *present, struct contributions *out);
// The commitments of the sharing that comes of it: C_0 stays. ERR_PROOF.
err_t contributions_commit(const struct contributions *contributions, const struct descriptor *present,
                           struct threshold_commitments *out);

#endif
