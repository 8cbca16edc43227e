// SPDX-License-Identifier: Apache-2.0
// What a key holder's file of counts says.
#ifndef BENCH_COUNTED_H
#define BENCH_COUNTED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

// The elements that the account may have used, over all days. Every whole line must be one; a line that was being
// written may be cut off: `out_torn`. ERR_CORRUPT.
err_t counted_read(const char *path, const char *account, uint64_t *out, bool *out_torn);

#endif
