// SPDX-License-Identifier: Apache-2.0
#include "indexd/tags.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "base/secret.h"
#include "indexd/pepper.h"
#include "tests/base/refusal.h"
#include "tests/indexd/files.h"

static char folder[PATH_SIZE];
static char path[PATH_SIZE + 8];
static struct pepper *pepper;
static struct pepper_context *context;
static uint8_t key[32];

static void start(void) {
    assert_ok(secret_start());
    folder_make(folder);
    (void)snprintf(path, sizeof path, "%s/pepper", folder);
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] = (uint8_t)i;
    }
    file_put(path, key, sizeof key);
    assert_ok(pepper_load(path, &pepper));
    assert_ok(pepper_borrow(pepper, &context));
}

static void end(void) {
    pepper_return(pepper, context);
    pepper_free(pepper);
    folder_remove(folder);
}

TestSuite(tags, .init = start, .fini = end);
TestSuite(pepper, .init = start, .fini = end);

// HMAC-SHA-256 by another library.
static void hmac(const void *input, size_t len, uint8_t out[32]) {
    crypto_auth_hmacsha256_state state;
    (void)crypto_auth_hmacsha256_init(&state, key, sizeof key);
    (void)crypto_auth_hmacsha256_update(&state, input, len);
    (void)crypto_auth_hmacsha256_final(&state, out);
}

Test(tags, are_the_first_bytes_of_the_stated_hmac) {
    uint8_t expected[32];
    uint8_t token[TOKEN_SIZE] = {1, 2, 3};
    uint8_t handle[HANDLE_SIZE] = {4, 5, 6};
    uint64_t child = 0;
    uint8_t tag[8];
    hmac("child\x02\x01\x02\x03\0\0\0\0\0\0\0\0\0\0\0\0\0", 6 + TOKEN_SIZE, expected);
    tag_child(context, 2, token, &child);
    for (size_t i = 0; i < 8; i++) {
        cr_assert_eq((uint8_t)(child >> (56 - 8 * i)), expected[i]);
    }
    hmac("agency\x01\x02\x03\x04\x05\x06\x07\x08north", 6 + 8 + 5, expected);
    tag_agency(context, 0x0102030405060708, "north", tag);
    cr_assert_arr_eq(tag, expected, AGENCY_TAG_SIZE);
    uint8_t input[6 + 5 + HANDLE_SIZE] = "recordnorth";
    memcpy(input + 11, handle, HANDLE_SIZE);
    hmac(input, sizeof input, expected);
    tag_record(context, "north", handle, tag);
    cr_assert_arr_eq(tag, expected, RECORD_TAG_SIZE);
    hmac("fednorth", 8, expected);
    tag_fed(context, "north", tag);
    cr_assert_arr_eq(tag, expected, FED_TAG_SIZE);
}

Test(tags, differ_between_slots_agencies_and_children) {
    const uint8_t token[TOKEN_SIZE] = {9};
    uint64_t in_slot[2];
    uint8_t agency[3][AGENCY_TAG_SIZE];
    tag_child(context, 0, token, &in_slot[0]);
    tag_child(context, 1, token, &in_slot[1]);
    cr_assert_neq(in_slot[0], in_slot[1]);
    tag_agency(context, in_slot[0], "north", agency[0]);
    tag_agency(context, in_slot[1], "north", agency[1]);
    tag_agency(context, in_slot[0], "south", agency[2]);
    cr_assert_arr_neq(agency[0], agency[1], AGENCY_TAG_SIZE);
    cr_assert_arr_neq(agency[0], agency[2], AGENCY_TAG_SIZE);
}

static void *tag_many(void *ctx) {
    uint64_t *sum = ctx;
    struct pepper_context *mine = NULL;
    uint8_t token[TOKEN_SIZE] = {0};
    for (unsigned i = 0; i < 500; i++) {
        uint64_t child = 0;
        assert_ok(pepper_borrow(pepper, &mine));
        memcpy(token, &i, sizeof i);
        tag_child(mine, 0, token, &child);
        pepper_return(pepper, mine);
        *sum ^= child;
    }
    return NULL;
}

Test(tags, are_the_same_on_every_thread) {
    pthread_t threads[4];
    uint64_t sums[4] = {0};
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, tag_many, &sums[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        (void)pthread_join(threads[i], NULL);
        cr_assert_eq(sums[i], sums[0]);
    }
}

Test(pepper, seals_as_rfc_5297_does_under_its_derived_key) {
    uint8_t siv_key[64];
    uint8_t expected[16 + 34];
    uint8_t sealed[16 + 34];
    const uint8_t plain[34] = {7, 7, 7};
    int len = 0;
    hmac("seal\x01", 5, siv_key);
    hmac("seal\x02", 5, siv_key + 32);
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-SIV", NULL);
    EVP_CIPHER_CTX *siv = EVP_CIPHER_CTX_new();
    cr_assert_eq(EVP_EncryptInit_ex2(siv, cipher, siv_key, NULL, NULL), 1);
    cr_assert_eq(EVP_EncryptUpdate(siv, NULL, &len, (const uint8_t *)"ad", 2), 1);
    cr_assert_eq(EVP_EncryptUpdate(siv, NULL, &len, (const uint8_t *)"", 1), 1); // the nonce, one byte of zeros
    cr_assert_eq(EVP_EncryptUpdate(siv, expected + 16, &len, plain, sizeof plain), 1);
    cr_assert_eq(EVP_CIPHER_CTX_ctrl(siv, EVP_CTRL_AEAD_GET_TAG, 16, expected), 1);
    EVP_CIPHER_CTX_free(siv);
    EVP_CIPHER_free(cipher);
    for (int again = 0; again < 2; again++) { // a context serves more than once
        pepper_seal(context, bytes_str("ad"), bytes_of(plain, sizeof plain), sealed);
        cr_assert_arr_eq(sealed, expected, sizeof expected);
    }
}

Test(pepper, opens_what_it_sealed_and_nothing_else) {
    uint8_t sealed[16 + 17];
    uint8_t plain[17] = "sixteen letters!";
    uint8_t back[17];
    pepper_seal(context, bytes_str("ad"), bytes_of(plain, sizeof plain), sealed);
    assert_ok(pepper_unseal(context, bytes_str("ad"), bytes_of(sealed, sizeof sealed), back));
    cr_assert_arr_eq(back, plain, sizeof plain);
    for (size_t bit = 0; bit < sizeof sealed * 8; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        cr_assert_eq(pepper_unseal(context, bytes_str("ad"), bytes_of(sealed, sizeof sealed), back), ERR_CORRUPT);
        sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_refused(pepper_unseal(context, bytes_str("AD"), bytes_of(sealed, sizeof sealed), back), ERR_CORRUPT, "seal");
    assert_refused(pepper_unseal(context, bytes_str("ad"), bytes_of(sealed, sizeof sealed - 1), back), ERR_CORRUPT,
                   "seal");
    assert_refused(pepper_unseal(context, bytes_str("ad"), bytes_of(sealed, 16), back), ERR_CORRUPT, "cut off");
    assert_ok(pepper_unseal(context, bytes_str("ad"), bytes_of(sealed, sizeof sealed), back));
}

Test(pepper, is_random_private_and_never_overwritten) {
    char other[PATH_SIZE + 8];
    struct stat about;
    (void)snprintf(other, sizeof other, "%s/other", folder);
    assert_ok(pepper_create(other));
    cr_assert_eq(stat(other, &about), 0);
    cr_assert_eq(about.st_mode & 0777, 0600);
    struct file_image made = file_take(other);
    cr_assert_eq(made.len, 32);
    cr_assert_arr_neq(made.data, key, 32);
    cr_assert_eq(pepper_create(other), ERR_EXISTS);
    struct file_image now = file_take(other);
    cr_assert_arr_eq(now.data, made.data, 32);
    free(made.data);
    free(now.data);
}

Test(pepper, is_refused_when_others_may_read_it_or_it_has_another_length) {
    struct pepper *none = NULL;
    file_put(path, key, sizeof key - 1);
    assert_refused(pepper_load(path, &none), ERR_CORRUPT, "32 bytes");
    uint8_t longer[33] = {0};
    file_put(path, longer, sizeof longer);
    assert_refused(pepper_load(path, &none), ERR_CORRUPT, "32 bytes");
    file_put(path, key, sizeof key);
    cr_assert_eq(chmod(path, 0640), 0);
    cr_assert_eq(pepper_load(path, &none), ERR_DENIED);
    folder_remove(path);
    cr_assert_eq(pepper_load(path, &none), ERR_NOT_FOUND);
    cr_assert_null(none);
}
