// SPDX-License-Identifier: Apache-2.0
// Random bytes that need be new but not secret - nonces, references - where many are needed: drawn from the system 512
// at a time, so that a system call is not made for each. Keys and blinds are never taken from here. Any thread; a child
// that was forked draws its own.
#ifndef BASE_NOISE_H
#define BASE_NOISE_H

#include <stddef.h>

#define NOISE_DRAWN 512 // at a time, for one thread

void noise_fill(void *out, size_t len); // at most NOISE_DRAWN bytes

#endif
