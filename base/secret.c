// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

err_t secret_start(void) {
    return sodium_init() < 0 ? err_set(ERR_CRYPTO, "libsodium did not start") : OK;
}

// sodium_malloc goes on when the kernel refuses to lock; a second lock of the same pages tells whether it did.
void *secret_new(size_t len) {
    void *secret = sodium_malloc(len);
    if (secret == NULL) {
        return NULL;
    }
    if (sodium_mlock(secret, len) != 0) {
        sodium_free(secret);
        return NULL;
    }
    memset(secret, 0, len);
    return secret;
}

void secret_free(void *secret) {
    sodium_free(secret);
}

void secret_wipe(void *data, size_t len) {
    sodium_memzero(data, len);
}

bool secret_equal(const void *a, const void *b, size_t len) {
    return sodium_memcmp(a, b, len) == 0;
}

err_t secret_forbid_core_dumps(void) {
    const struct rlimit none = {0};
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return err_set(ERR_IO, "core dumps could not be forbidden: %s", strerror(errno));
    }
    return OK;
}
