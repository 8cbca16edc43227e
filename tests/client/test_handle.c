// SPDX-License-Identifier: Apache-2.0
#include "client/handle.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "tests/base/refusal.h"
#include "tests/base/scratch.h"

static void begin(void) {
    assert_ok(secret_start());
    scratch_make();
}

TestSuite(handle, .init = begin, .fini = scratch_remove);

static const uint8_t key[HANDLE_KEY_SIZE] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16,
                                             17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32};

Test(handle, is_the_keyed_hash_of_label_and_reference) {
    uint8_t handle[HANDLE_SIZE];
    char text[2 * HANDLE_SIZE + 1];
    assert_ok(handle_of(key, "case 1", handle));
    hex_encode(handle, sizeof handle, text);
    // printf 'signpost handle 1case 1' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0102...1f20
    cr_assert_str_eq(text, "309a0f19c2bbf088dfacd7510f48301da107335bf6317f9098831c5d5c26d477");
}

Test(handle, differs_by_reference_and_by_key) {
    uint8_t a[HANDLE_SIZE], b[HANDLE_SIZE], other[HANDLE_KEY_SIZE];
    memcpy(other, key, sizeof other);
    other[31] ^= 1;
    assert_ok(handle_of(key, "case 1", a));
    assert_ok(handle_of(key, "case 2", b));
    cr_assert_arr_neq(a, b, HANDLE_SIZE);
    assert_ok(handle_of(other, "case 1", b));
    cr_assert_arr_neq(a, b, HANDLE_SIZE);
}

Test(handle, needs_a_reference) {
    uint8_t handle[HANDLE_SIZE];
    assert_refused(handle_of(key, "", handle), ERR_INPUT, "reference");
}

Test(handle, loads_its_key) {
    uint8_t *loaded = NULL;
    assert_ok(handle_key_load(scratch_write("handle.key", 0600, key, sizeof key), &loaded));
    cr_assert_arr_eq(loaded, key, sizeof key);
    secret_free(loaded);
}

Test(handle, refuses_a_key_that_others_may_read) {
    uint8_t *loaded = NULL;
    cr_assert_eq(handle_key_load(scratch_write("handle.key", 0640, key, sizeof key), &loaded), ERR_DENIED);
    cr_assert_null(loaded);
}

Test(handle, refuses_a_key_of_another_length) {
    uint8_t *loaded = NULL;
    const uint8_t longer[HANDLE_KEY_SIZE + 1] = {0};
    assert_refused(handle_key_load(scratch_write("short", 0600, key, 31), &loaded), ERR_INPUT, "32 bytes");
    cr_assert_eq(handle_key_load(scratch_write("long", 0600, longer, sizeof longer), &loaded), ERR_TOO_LARGE);
    cr_assert_eq(handle_key_load(scratch_path("none"), &loaded), ERR_NOT_FOUND);
    cr_assert_null(loaded);
}
