// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "keys/share.h"

static char dir[64];
static char path[80];

static void start(void) {
    cr_assert_eq(secret_start(), OK);
    strcpy(dir, "/tmp/signpost-share-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/share.sealed", dir);
}

static void end(void) {
    (void)unlink(path);
    (void)rmdir(dir);
}

TestSuite(share, .init = start, .fini = end);

#define SHARE_SIZE 171 // before sealing

static const char passphrase[] = "correct horse";

static void make_share(struct share *out) {
    memset(out, 0, sizeof(*out));
    strcpy(out->scheme, "demo");
    out->epoch = 0x01020304;
    out->generation = 7;
    out->holder = 2;
    crypto_core_ristretto255_scalar_random(out->scalar);
    randombytes_buf(out->note_seed, sizeof(out->note_seed));
    randombytes_buf(out->sharing, sizeof(out->sharing));
    out->retired = true;
}

static err_t seal(const struct share *share) {
    return share_seal(path, share, SEAL_INTERACTIVE, bytes_str(passphrase));
}

Test(share, comes_back_as_it_was_sealed) {
    struct share share, *opened = NULL;
    struct stat status;
    make_share(&share);
    cr_assert_eq(seal(&share), OK);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 0777, 0600);
    cr_assert_eq(share_open(path, bytes_str(passphrase), &opened), OK);
    cr_expect_str_eq(opened->scheme, "demo");
    cr_expect_eq(opened->epoch, share.epoch);
    cr_expect_eq(opened->generation, share.generation);
    cr_expect_eq(opened->holder, share.holder);
    cr_expect_arr_eq(opened->scalar, share.scalar, sizeof(share.scalar));
    cr_expect_arr_eq(opened->note_seed, share.note_seed, sizeof(share.note_seed));
    cr_expect_arr_eq(opened->sharing, share.sharing, sizeof(share.sharing));
    cr_expect(opened->retired);
    secret_free(opened);
}

Test(share, holds_the_documented_layout) {
    struct share share;
    uint8_t *plain = NULL;
    size_t len = 0;
    make_share(&share);
    cr_assert_eq(seal(&share), OK);
    cr_assert_eq(seal_open(path, "share", bytes_str(passphrase), &plain, &len), OK);
    cr_assert_eq(len, (size_t)SHARE_SIZE);
    cr_expect_eq(plain[0], 2);
    cr_expect_eq(plain[1], 1, "retired");
    cr_expect_str_eq((const char *)plain + 2, "demo");
    cr_expect_arr_eq(plain + 66, "\x01\x02\x03\x04\x00\x00\x00\x07\x02", 9);
    cr_expect_arr_eq(plain + 75, share.scalar, 32);
    cr_expect_arr_eq(plain + 107, share.note_seed, 32);
    cr_expect_arr_eq(plain + 139, share.sharing, 32);
    secret_free(plain);
}

Test(share, does_not_open_with_another_passphrase) {
    struct share share, *opened = NULL;
    make_share(&share);
    cr_assert_eq(seal(&share), OK);
    cr_expect_eq(share_open(path, bytes_str("correct house"), &opened), ERR_DENIED);
    cr_expect_null(opened);
}

Test(share, is_not_found_where_there_is_none) {
    struct share *opened = NULL;
    cr_expect_eq(share_open(path, bytes_str(passphrase), &opened), ERR_NOT_FOUND);
    cr_expect_null(opened);
}

Test(share, is_never_overwritten) {
    struct share share;
    make_share(&share);
    cr_assert_eq(seal(&share), OK);
    cr_expect_eq(seal(&share), ERR_EXISTS);
}

Test(share, that_could_not_be_used_is_not_sealed) {
    struct share good, bad;
    make_share(&good);
    bad = good;
    bad.holder = 0;
    cr_expect_eq(seal(&bad), ERR_INPUT);
    bad.holder = MAX_HOLDERS + 1;
    cr_expect_eq(seal(&bad), ERR_INPUT);
    bad = good;
    strcpy(bad.scheme, "De mo");
    cr_expect_eq(seal(&bad), ERR_INPUT);
    memset(bad.scheme, 'a', sizeof(bad.scheme)); // without an end
    cr_expect_eq(seal(&bad), ERR_INPUT);
    bad = good;
    memset(bad.scalar, 0, sizeof(bad.scalar));
    cr_expect_eq(seal(&bad), ERR_PROOF);
    memset(bad.scalar, 0xff, sizeof(bad.scalar));
    cr_expect_eq(seal(&bad), ERR_PROOF);
    cr_expect_eq(access(path, F_OK), -1, "nothing was written");
}

// Seals `plain`, changed at one place, as somebody who knows the passphrase could.
static err_t open_changed(const uint8_t *plain, size_t len, size_t at, uint8_t value) {
    uint8_t changed[SHARE_SIZE + 1] = {0};
    struct share *opened = NULL;
    memcpy(changed, plain, SHARE_SIZE);
    changed[at] = value;
    (void)unlink(path);
    cr_assert_eq(seal_create(path, "share", SEAL_INTERACTIVE, bytes_str(passphrase), bytes_of(changed, len)), OK);
    err_t err = share_open(path, bytes_str(passphrase), &opened);
    secret_free(opened);
    return err;
}

Test(share, with_bad_contents_is_refused_though_its_seal_holds) {
    struct share share;
    uint8_t *plain = NULL;
    size_t len = 0;
    make_share(&share);
    cr_assert_eq(seal(&share), OK);
    cr_assert_eq(seal_open(path, "share", bytes_str(passphrase), &plain, &len), OK);
    cr_expect_eq(open_changed(plain, len, 2, 'd'), OK);
    cr_expect_eq(open_changed(plain, len, 0, 1), ERR_CORRUPT, "another format");
    cr_expect_eq(open_changed(plain, len, 1, 2), ERR_CORRUPT, "another purpose");
    cr_expect_eq(open_changed(plain, len, 2, 'D'), ERR_CORRUPT, "not a scheme's name");
    cr_expect_eq(open_changed(plain, len, 74, 0), ERR_CORRUPT, "holder 0");
    cr_expect_eq(open_changed(plain, len, 74, MAX_HOLDERS + 1), ERR_CORRUPT, "no such holder");
    cr_expect_eq(open_changed(plain, len, 106, 0xff), ERR_CORRUPT, "a scalar that is not reduced");
    cr_expect_eq(open_changed(plain, len - 1, 0, 2), ERR_CORRUPT, "too short");
    cr_expect_eq(open_changed(plain, len + 1, len, 0), ERR_CORRUPT, "a trailing byte");
    secret_free(plain);
}

Test(share, of_another_kind_is_refused) {
    struct share *opened = NULL;
    const uint8_t plain[SHARE_SIZE] = {2};
    cr_assert_eq(seal_create(path, "ca", SEAL_INTERACTIVE, bytes_str(passphrase), bytes_of(plain, sizeof(plain))), OK);
    cr_expect_eq(share_open(path, bytes_str(passphrase), &opened), ERR_CORRUPT);
}
