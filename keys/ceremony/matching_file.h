// SPDX-License-Identifier: Apache-2.0
// What `signpost matching` prints: the key set that a scheme will use. The ceremony needs no more of matching than
// this.
//   {"key_set": "core", "matching_digest": "<64 hex digits>", "slots": [{"name": "nhs", "tier": "sure"}, ...]}
#ifndef KEYS_CEREMONY_MATCHING_FILE_H
#define KEYS_CEREMONY_MATCHING_FILE_H

#include "base/bytes.h"
#include "base/err.h"
#include "keys/descriptor.h"

// Fills key_set, matching_digest and the slots with their canary values; the canary tokens stay zero. ERR_INPUT.
err_t matching_parse(struct bytes text, struct descriptor *out);
err_t matching_read(const char *path, struct descriptor *out);

// The `ordinal`-th (from 0) number from 9990000000 on with a right modulus-11 check digit: NHS numbers that begin with
// 999 are set aside for tests, and are no child's.
void matching_canary_value(size_t ordinal, char out[MAX_ID + 1]);

#endif
