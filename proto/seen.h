// SPDX-License-Identifier: Apache-2.0
// The highest version of a signed file that a daemon has taken, kept beside what is its own: a restart does not make it
// believe an older one again.
#ifndef PROTO_SEEN_H
#define PROTO_SEEN_H

#include <stdint.h>

#include "base/err.h"

// ERR_STALE for a lower version than stands in the file, which is made where it is missing; a higher one is written
// durably. ERR_CORRUPT, ERR_IO, ERR_FULL.
err_t seen_version(const char *path, uint64_t version);

#endif
