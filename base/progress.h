// SPDX-License-Identifier: Apache-2.0
// How far long work is, told by whoever does it.
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stddef.h>

struct progress {
    void (*step)(void *ctx, size_t done, size_t total); // may be NULL
    void *ctx;
};

// Tells it where somebody wants to know.
void progress_step(struct progress progress, size_t done, size_t total);

#endif
