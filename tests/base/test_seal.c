// SPDX-License-Identifier: Apache-2.0
#include "base/seal.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/file.h"
#include "base/secret.h"
#include "tests/base/refusal.h"
#include "tests/base/scratch.h"

TestSuite(seal, .init = scratch_make, .fini = scratch_remove);

#define KIND "share"
#define HEAD_SIZE (18 + sizeof KIND + 4 + 8 + 16 + 24)
#define TAG_SIZE 16

static const struct bytes passphrase = {(const uint8_t *)"correct horse", 13};
static const struct bytes secret = {(const uint8_t *)"k\0ey", 4};

static const char *sealed(const char *name) {
    const char *path = scratch_path(name);
    assert_ok(seal_create(path, KIND, SEAL_INTERACTIVE, passphrase, secret));
    return path;
}

static struct buf contents(const char *path) {
    struct buf out = {0};
    assert_ok(file_read(path, 10000, &out));
    return out;
}

// The bytes as a file, opened as KIND.
static err_t open_bytes(struct bytes file) {
    uint8_t *out = NULL;
    size_t len = 99;
    err_t err = seal_open(scratch_write("altered", 0600, file.data, file.len), KIND, passphrase, &out, &len);
    if (err != OK) {
        cr_assert_null(out);
        cr_assert_eq(len, 99);
    }
    secret_free(out);
    return err;
}

Test(seal, opens_what_it_sealed) {
    uint8_t *out = NULL;
    size_t len = 0;
    assert_ok(seal_open(sealed("file"), KIND, passphrase, &out, &len));
    cr_assert(bytes_equal(bytes_of(out, len), secret));
    cr_assert_eq(scratch_mode("file"), 0600);
    secret_free(out);
}

Test(seal, follows_its_layout_and_hides_the_secret) {
    struct buf file = contents(sealed("file"));
    cr_assert_eq(file.len, HEAD_SIZE + secret.len + TAG_SIZE);
    cr_assert_arr_eq(file.data, "signpost sealed 1\nshare\n", 24);
    cr_assert_arr_eq(file.data + 24, "\0\0\0\2\0\0\0\0\4\0\0\0", 12, "2 passes, 64 MiB");
    cr_assert_null(memmem(file.data, file.len, secret.data, secret.len));
    buf_free(&file);
}

Test(seal, two_files_of_one_secret_differ) {
    struct buf a = contents(sealed("a"));
    struct buf b = contents(sealed("b"));
    cr_assert_arr_neq(a.data + 36, b.data + 36, 16, "the salt is fresh");
    cr_assert_arr_neq(a.data + 52, b.data + 52, 24, "the nonce is fresh");
    buf_free(&a);
    buf_free(&b);
}

Test(seal, refuses_a_wrong_passphrase) {
    uint8_t *out = NULL;
    size_t len = 0;
    const char *path = sealed("file");
    assert_refused(seal_open(path, KIND, bytes_str("correct horsf"), &out, &len), ERR_DENIED, path);
    assert_refused(seal_open(path, KIND, (struct bytes){0}, &out, &len), ERR_INPUT, "passphrase is empty");
    cr_assert_null(out);
}

static err_t open_flipped(const struct buf *file, size_t at) {
    file->data[at] ^= 0x01;
    err_t err = open_bytes(buf_bytes(file));
    file->data[at] ^= 0x01;
    return err;
}

Test(seal, a_flipped_byte_in_kind_or_cost_is_noticed_before_the_passphrase_is_tried) {
    struct buf file = contents(sealed("file"));
    for (size_t at = 0; at < 36; at++) {
        cr_assert_eq(open_flipped(&file, at), ERR_CORRUPT, "byte %zu", at);
    }
    buf_free(&file);
}

Test(seal, a_flipped_byte_after_that_fails_the_seal) {
    struct buf file = contents(sealed("file"));
    for (size_t at = 36; at < file.len; at += 5) { // salt, nonce, ciphertext and tag; each try costs 64 MiB
        cr_assert_eq(open_flipped(&file, at), ERR_DENIED, "byte %zu", at);
    }
    assert_ok(open_bytes(buf_bytes(&file)));
    buf_free(&file);
}

Test(seal, another_cost_fails_the_seal) {
    struct buf file = contents(sealed("file"));
    memcpy(file.data + 24, "\0\0\0\3\0\0\0\0\x10\0\0\0", 12); // that of "moderate"
    assert_refused(open_bytes(buf_bytes(&file)), ERR_DENIED, "altered");
    buf_free(&file);
}

Test(seal, never_tries_a_cost_of_a_strangers_choice) {
    struct buf file = contents(sealed("file"));
    memcpy(file.data + 28, "\0\0\4\0\0\0\0\0", 8); // 4 TiB
    assert_refused(open_bytes(buf_bytes(&file)), ERR_CORRUPT, "unknown cost");
    buf_free(&file);
}

Test(seal, refuses_a_file_that_is_cut_or_longer) {
    struct buf file = contents(sealed("file"));
    for (size_t len = 0; len < HEAD_SIZE + TAG_SIZE; len++) {
        cr_assert_eq(open_bytes(bytes_of(file.data, len)), ERR_CORRUPT, "%zu bytes", len);
    }
    assert_refused(open_bytes(bytes_of(file.data, file.len - 1)), ERR_DENIED, "altered");
    buf_put_u8(&file, 0);
    assert_refused(open_bytes(buf_bytes(&file)), ERR_DENIED, "altered");
    while (file.len < 9000) {
        buf_put_u8(&file, 0);
    }
    assert_refused(open_bytes(buf_bytes(&file)), ERR_CORRUPT, "longer than any sealed file");
    buf_free(&file);
}

Test(seal, refuses_a_file_of_another_kind) {
    static const char *const kinds[] = {"authority", "shar", "share ", ""};
    const char *path = sealed("file");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        uint8_t *out = NULL;
        size_t len = 0;
        assert_refused(seal_open(path, kinds[i], passphrase, &out, &len), ERR_CORRUPT, "kind");
    }
    assert_refused(open_bytes(bytes_str("-----BEGIN PRIVATE KEY-----\n")), ERR_CORRUPT, "not a sealed file");
}

Test(seal, refuses_a_missing_file) {
    uint8_t *out = NULL;
    size_t len = 0;
    assert_refused(seal_open(scratch_path("none"), KIND, passphrase, &out, &len), ERR_NOT_FOUND, "none");
}

Test(seal, never_overwrites) {
    const char *path = scratch_write_text("file", "precious");
    assert_refused(seal_create(path, KIND, SEAL_INTERACTIVE, passphrase, secret), ERR_EXISTS, path);
    cr_assert(scratch_holds("file", "precious"));
}

Test(seal, refuses_an_empty_passphrase) {
    assert_refused(seal_create(scratch_path("file"), KIND, SEAL_INTERACTIVE, (struct bytes){0}, secret), ERR_INPUT,
                   "file: the passphrase is empty");
    cr_assert_not(scratch_has("file"));
}

Test(seal, seals_even_an_empty_secret) {
    uint8_t *out = NULL;
    size_t len = 9;
    const char *path = scratch_path("file");
    assert_ok(seal_create(path, KIND, SEAL_INTERACTIVE, passphrase, (struct bytes){0}));
    assert_ok(seal_open(path, KIND, passphrase, &out, &len));
    cr_assert_eq(len, 0);
    secret_free(out);
}

Test(seal, a_secret_has_its_bound) {
    static const uint8_t large[4097];
    uint8_t *out = NULL;
    size_t len = 0;
    const char *path = scratch_path("file");
    assert_refused(seal_create(path, KIND, SEAL_INTERACTIVE, passphrase, bytes_of(large, sizeof large)), ERR_TOO_LARGE,
                   "at most 4096");
    cr_assert_not(scratch_has("file"));
    assert_ok(seal_create(path, KIND, SEAL_INTERACTIVE, passphrase, bytes_of(large, sizeof large - 1)));
    assert_ok(seal_open(path, KIND, passphrase, &out, &len));
    cr_assert_eq(len, 4096);
    secret_free(out);
}

Test(seal, costs_have_names) {
    enum seal_cost cost = SEAL_INTERACTIVE;
    assert_ok(seal_cost_parse("moderate", &cost));
    cr_assert_eq(cost, SEAL_MODERATE);
    assert_ok(seal_cost_parse("sensitive", &cost));
    cr_assert_eq(cost, SEAL_SENSITIVE);
    assert_ok(seal_cost_parse("interactive", &cost));
    cr_assert_eq(cost, SEAL_INTERACTIVE);
    assert_refused(seal_cost_parse("Sensitive", &cost), ERR_INPUT, "interactive, moderate or sensitive");
    assert_refused(seal_cost_parse("", &cost), ERR_INPUT, "interactive, moderate or sensitive");
    cr_assert_eq(cost, SEAL_INTERACTIVE);
}

Test(seal, a_passphrase_comes_from_a_private_file) {
    uint8_t *out = NULL;
    size_t len = 0;
    assert_ok(seal_passphrase(scratch_write_text("pass", "two words\n"), "", true, &out, &len));
    cr_assert(bytes_equal(bytes_of(out, len), bytes_str("two words")));
    secret_free(out);
}

Test(seal, a_passphrase_file_is_refused_when_open_to_others_or_empty_or_missing) {
    uint8_t *out = NULL;
    size_t len = 0;
    assert_refused(seal_passphrase(scratch_write("pass", 0644, "x", 1), "", false, &out, &len), ERR_DENIED, "pass");
    assert_refused(seal_passphrase(scratch_write("pass", 0600, "", 0), "", false, &out, &len), ERR_INPUT, "empty");
    assert_refused(seal_passphrase(scratch_write("pass", 0600, "\n", 1), "", false, &out, &len), ERR_INPUT, "empty");
    assert_refused(seal_passphrase(scratch_path("none"), "", false, &out, &len), ERR_NOT_FOUND, "none");
    cr_assert_null(out);
}
