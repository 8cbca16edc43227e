// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <nettle/sha2.h>

_Static_assert(SHA256_SIZE == SHA256_DIGEST_SIZE, "SHA-256");

void sha256(const struct bytes *parts, size_t count, uint8_t out[SHA256_SIZE]) {
    struct sha256_ctx context;
    sha256_init(&context);
    for (size_t i = 0; i < count; i++) {
        sha256_update(&context, parts[i].len, parts[i].data);
    }
    sha256_digest(&context, SHA256_SIZE, out);
}
