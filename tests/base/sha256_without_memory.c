// SPDX-License-Identifier: Apache-2.0
// A hash comes out right when OpenSSL has no memory. A program of its own: OpenSSL takes the functions that give it
// memory only before it was given any.
#include <openssl/crypto.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"

static bool without;
static unsigned refused;

static void *give_again(void *memory, size_t len, const char *file, int line) {
    (void)file, (void)line;
    refused += without ? 1 : 0;
    return without ? NULL : realloc(memory, len);
}

static void *give(size_t len, const char *file, int line) {
    return give_again(NULL, len, file, line);
}

static void take_back(void *memory, const char *file, int line) {
    (void)file, (void)line;
    free(memory);
}

static bool is_right(size_t len) {
    static const uint8_t text[100] = "signpost";
    uint8_t expected[SHA256_SIZE], out[SHA256_SIZE];
    const struct bytes whole = bytes_of(text, len);
    (void)crypto_hash_sha256(expected, text, len);
    sha256(&whole, 1, out);
    return memcmp(out, expected, sizeof out) == 0;
}

int main(void) {
    bool good = CRYPTO_set_mem_functions(give, give_again, take_back) == 1 && is_right(100);
    without = true;
    good = good && is_right(100) && is_right(0) && refused > 0;
    without = false;
    printf("%s: %u requests for memory were refused\n", good ? "right" : "WRONG", refused);
    return good ? 0 : 1;
}
