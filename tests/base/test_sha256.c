// SPDX-License-Identifier: Apache-2.0
#include "base/sha256.h"

#include <criterion/criterion.h>
#include <sodium.h>

static uint8_t text[300];

static void fill(void) {
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (uint8_t)(i * 5 + 1);
    }
}

TestSuite(sha256, .init = fill);

static void check(size_t len) {
    uint8_t expected[SHA256_SIZE], out[SHA256_SIZE];
    const struct bytes parts[] = {bytes_of(text, len / 3), bytes_of(text + len / 3, len - len / 3)};
    (void)crypto_hash_sha256(expected, text, len);
    sha256(parts, 2, out);
    cr_assert_arr_eq(out, expected, sizeof out, "%zu bytes", len);
}

Test(sha256, hashes_what_fips_180_hashes) {
    static const uint8_t expected[SHA256_SIZE] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
        0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    uint8_t out[SHA256_SIZE];
    const struct bytes abc = bytes_str("abc");
    sha256(&abc, 1, out);
    cr_assert_arr_eq(out, expected, sizeof out);
}

Test(sha256, hashes_parts_as_one_text) {
    for (size_t len = 0; len <= sizeof text; len++) {
        check(len);
    }
}
