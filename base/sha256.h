// SPDX-License-Identifier: Apache-2.0
// SHA-256 by Nettle, which uses the processor's instructions for it and needs no memory. Any thread.
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

#define SHA256_SIZE 32

// Of the parts, one after the other.
void sha256(const struct bytes *parts, size_t count, uint8_t out[SHA256_SIZE]);

#endif
