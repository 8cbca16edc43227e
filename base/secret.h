// SPDX-License-Identifier: Apache-2.0
// Locked, guarded memory for secrets (libsodium's sodium_malloc): never swapped, wiped on free.
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

// Starts libsodium. Call once at start-up, before any other call of the project. ERR_CRYPTO.
err_t secret_start(void);

// NULL when no memory can be locked (see `ulimit -l`). Zeroed.
MUST_USE void *secret_new(size_t len);
void secret_free(void *secret); // wipes; NULL is harmless
void secret_wipe(void *data, size_t len);
bool secret_equal(const void *a, const void *b, size_t len); // in constant time

// For processes that hold keys: no core dump, no ptrace by the same user. ERR_IO.
err_t secret_forbid_core_dumps(void);

#endif
