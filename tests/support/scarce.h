// SPDX-License-Identifier: Apache-2.0
// Memory that OpenSSL asks for and does not get. For one source file of a test program.
#ifndef TESTS_SUPPORT_SCARCE_H
#define TESTS_SUPPORT_SCARCE_H

#include <errno.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdlib.h>

static long scarce_pass = -1; // allocations before the one that fails; negative: none fails, or it has failed

static bool scarce_fails(void) {
    const bool now = scarce_pass == 0;
    scarce_pass -= scarce_pass >= 0 ? 1 : 0;
    errno = now ? ENOMEM : errno;
    return now;
}

static void *scarce_malloc(size_t size, const char *file, int line) {
    (void)file, (void)line;
    return scarce_fails() ? NULL : malloc(size);
}

static void *scarce_realloc(void *old, size_t size, const char *file, int line) {
    (void)file, (void)line;
    return scarce_fails() ? NULL : realloc(old, size);
}

static void scarce_free(void *memory, const char *file, int line) {
    (void)file, (void)line;
    free(memory);
}

__attribute__((constructor)) static void scarce_begin(void) { // before OpenSSL has any
    if (CRYPTO_set_mem_functions(scarce_malloc, scarce_realloc, scarce_free) != 1) {
        abort();
    }
}

#endif
