// SPDX-License-Identifier: Apache-2.0
#include "base/note.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "tests/base/refusal.h"

static void start(void) {
    assert_ok(secret_start());
}

TestSuite(note, .init = start);

#define DASH "\xe2\x80\x94 "

static const uint8_t seed_a[NOTE_SEED_SIZE] = {1};
static const uint8_t seed_b[NOTE_SEED_SIZE] = {2};

static struct note_key key_of(const char *name, const uint8_t seed[NOTE_SEED_SIZE]) {
    struct note_key key;
    assert_ok(note_key_of_seed(name, seed, &key));
    return key;
}

// The text, an empty line, and a signature by "a".
static struct buf signed_by_a(const char *text) {
    struct buf whole = {0};
    buf_put_str(&whole, text);
    buf_put_str(&whole, "\n");
    assert_ok(note_sign(bytes_str(text), "a", seed_a, &whole));
    return whole;
}

static err_t verify(struct bytes whole, const struct note_key *key) {
    struct note note;
    err_t err = note_parse(whole, &note);
    return err == OK ? note_verify(&note, key) : err;
}

// The example of Go's golang.org/x/mod/sumdb/note, where the format comes from.
#define GO_VKEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define GO_NOTE                                                                                                        \
    "If you think cryptography is the answer to your problem,\n"                                                       \
    "then you don't know what your problem is.\n"                                                                      \
    "\n" DASH "PeterNeumann "                                                                                          \
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

Test(note, verifies_the_known_example) {
    struct note note;
    struct note_key key;
    char vkey[NOTE_VKEY_SIZE];
    assert_ok(note_key_parse(GO_VKEY, &key));
    cr_assert_str_eq(key.name, "PeterNeumann");
    note_key_format(&key, vkey);
    cr_assert_str_eq(vkey, GO_VKEY);
    assert_ok(note_parse(bytes_str(GO_NOTE), &note));
    cr_assert_eq(note.text.len, strlen("If you think cryptography is the answer to your problem,\n"
                                       "then you don't know what your problem is.\n"));
    assert_ok(note_verify(&note, &key));
}

Test(note, verifies_what_it_signed) {
    struct note_key key = key_of("a", seed_a);
    struct buf whole = signed_by_a("one\n\ntwo\n");
    struct note note;
    assert_ok(note_parse(buf_bytes(&whole), &note));
    cr_assert(bytes_equal(note.text, bytes_str("one\n\ntwo\n")), "empty lines inside belong to the text");
    assert_ok(note_verify(&note, &key));
    buf_free(&whole);
}

Test(note, a_key_goes_both_ways) {
    struct note_key key = key_of("example.org/signpost", seed_a);
    struct note_key again;
    char vkey[NOTE_VKEY_SIZE];
    note_key_format(&key, vkey);
    assert_ok(note_key_parse(vkey, &again));
    cr_assert_str_eq(again.name, key.name);
    cr_assert_arr_eq(again.public_key, key.public_key, sizeof key.public_key);
    cr_assert_arr_eq(again.hash, key.hash, sizeof key.hash);
}

Test(note, a_name_may_be_as_long_as_its_bound) {
    char name[NOTE_NAME_MAX + 2];
    char vkey[NOTE_VKEY_SIZE];
    struct note_key key;
    memset(name, 'n', sizeof name);
    name[NOTE_NAME_MAX] = '\0';
    assert_ok(note_key_of_seed(name, seed_a, &key));
    note_key_format(&key, vkey);
    cr_assert_eq(strlen(vkey), NOTE_VKEY_SIZE - 1);
    assert_ok(note_key_parse(vkey, &key));
    name[NOTE_NAME_MAX] = 'n';
    name[NOTE_NAME_MAX + 1] = '\0';
    assert_refused(note_key_of_seed(name, seed_a, &key), ERR_INPUT, "name");
}

Test(note, refuses_a_bad_name) {
    static const char *const wrong[] = {"",
                                        "a b",
                                        "a+b",
                                        "a\nb",
                                        "a\tb",
                                        "a\x7f",
                                        "\xc3\xa9",
                                        ("a\xe2\x80\x83"
                                         "b")};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct note_key key;
        struct buf out = {0};
        assert_refused(note_key_of_seed(wrong[i], seed_a, &key), ERR_INPUT, "name");
        assert_refused(note_sign(bytes_str("text\n"), wrong[i], seed_a, &out), ERR_INPUT, "name");
        cr_assert_eq(out.len, 0);
    }
}

Test(note, refuses_a_key_of_another_shape) {
    static const struct {
        const char *vkey;
        const char *reason;
    } wrong[] = {
        {"", "NAME+HASH+KEY"},
        {"PeterNeumann", "NAME+HASH+KEY"},
        {"PeterNeumann+", "NAME+HASH+KEY"},
        {"PeterNeumann+c74f20a3", "NAME+HASH+KEY"},
        {"PeterNeumann+c74f20a+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "its hash does not fit"},
        {"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "NAME+HASH+KEY"},
        {"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "NAME+HASH+KEY"},
        {"PeterNeumann+c74f20a3+", "\"PeterNeumann\": must be 33 bytes"},
        {"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "its hash does not fit"},
        {"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "its hash does not fit"},
        {"PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "its hash does not fit"},
        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX", "its hash does not fit"},
        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T", "33 bytes in base64"},
        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n", "33 bytes in base64"},
        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWAAAA", "33 bytes in base64"},
        {"PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "not for Ed25519"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct note_key key = {.name = "kept"};
        assert_refused(note_key_parse(wrong[i].vkey, &key), ERR_INPUT, wrong[i].reason);
        cr_assert_str_eq(key.name, "kept");
    }
}

Test(note, refuses_a_note_of_another_shape) {
    static const struct {
        const char *text;
        const char *reason;
    } wrong[] = {
        {"", "no signatures"},
        {"\n", "no signatures"},
        {"text\n", "no signatures"},
        {"text\n" DASH "a AAAAAAA=\n", "no signatures"},
        {"text\n\n", "no signatures"},
        {"text\n\n" DASH "a AAAAAAA=\n\n", "no signatures"},
        {"text\n\n" DASH "a AAAAAAA=", "does not end"},
        {"text\n\n- a AAAAAAA=\n", "dash, name, base64"},
        {"text\n\n" DASH "aAAAAAAA=\n", "dash, name, base64"},
        {"text\n\n" DASH " AAAAAAA=\n", "dash, name, base64"},
        {"text\n\n" DASH "a \n", "dash, name, base64"},
        {"text\n\n" DASH "a AAAA AAA=\n", "dash, name, base64"},
        {"text\n\n" DASH "a AAAAAA-=\n", "dash, name, base64"},
        {"text\n\n" DASH "a AAAAAAA\n", "dash, name, base64"},
        {"text\n\n" DASH "a AAAAAAA=\nmore\n", "dash, name, base64"},
        {"te\rxt\n\n" DASH "a AAAAAAA=\n", "control characters"},
        {"te\txt\n\n" DASH "a AAAAAAA=\n", "control characters"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct note note = {0};
        assert_refused(note_parse(bytes_str(wrong[i].text), &note), ERR_INPUT, wrong[i].reason);
        cr_assert_null(note.text.data);
    }
    struct note note = {0};
    static const char with_zero[] = "te\0xt\n\n" DASH "a AAAAAAA=\n";
    assert_refused(note_parse(bytes_of(with_zero, sizeof with_zero - 1), &note), ERR_INPUT, "control characters");
}

Test(note, bounds_the_signatures) {
    struct buf whole = {0};
    struct note note;
    buf_put_str(&whole, "text\n\n");
    for (int i = 0; i < NOTE_MAX_SIGNATURES; i++) {
        buf_printf(&whole, DASH "n%d AAAAAAA=\n", i);
    }
    assert_ok(note_parse(buf_bytes(&whole), &note));
    buf_put_str(&whole, DASH "more AAAAAAA=\n");
    assert_refused(note_parse(buf_bytes(&whole), &note), ERR_INPUT, "more than 64 signatures");
    buf_free(&whole);
}

Test(note, every_flipped_bit_is_noticed) {
    struct note_key key = key_of("a", seed_a);
    struct buf whole = signed_by_a("short text\n");
    for (size_t i = 0; i < whole.len * 8; i++) {
        whole.data[i / 8] ^= (uint8_t)(1 << i % 8);
        err_t err = verify(buf_bytes(&whole), &key);
        cr_assert(err == ERR_SIGNATURE || err == ERR_INPUT, "byte %zu bit %zu", i / 8, i % 8);
        whole.data[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    assert_ok(verify(buf_bytes(&whole), &key));
    buf_free(&whole);
}

Test(note, the_signature_of_another_text_is_wrong) {
    struct note_key key = key_of("a", seed_a);
    struct buf whole = {0};
    buf_put_str(&whole, "one text\n\n");
    assert_ok(note_sign(bytes_str("another text\n"), "a", seed_a, &whole));
    assert_refused(verify(buf_bytes(&whole), &key), ERR_SIGNATURE, "the signature of \"a\" is wrong");
    buf_free(&whole);
}

Test(note, unknown_signatures_are_ignored) {
    struct note_key key = key_of("b", seed_b);
    struct buf whole = signed_by_a("text\n");
    buf_put_str(&whole, DASH "witness AAAAAAAA\n" DASH "b AAAAAAAA\n"); // other algorithms, by their length
    assert_refused(verify(buf_bytes(&whole), &key), ERR_SIGNATURE, "the signature of \"b\" is missing");
    assert_ok(note_sign(bytes_str("text\n"), "b", seed_b, &whole));
    assert_ok(verify(buf_bytes(&whole), &key));
    key = key_of("a", seed_a);
    assert_ok(verify(buf_bytes(&whole), &key));
    buf_free(&whole);
}

Test(note, another_key_of_the_same_name_is_unknown) {
    struct note_key key = key_of("a", seed_b);
    struct buf whole = signed_by_a("text\n");
    assert_refused(verify(buf_bytes(&whole), &key), ERR_SIGNATURE, "missing");
    key = key_of("other", seed_a);
    assert_refused(verify(buf_bytes(&whole), &key), ERR_SIGNATURE, "missing");
    buf_free(&whole);
}

Test(note, a_wrong_signature_of_a_known_key_is_not_healed_by_a_good_one) {
    struct note_key key = key_of("a", seed_a);
    struct buf whole = signed_by_a("text\n");
    assert_ok(note_sign(bytes_str("another text\n"), "a", seed_a, &whole));
    assert_refused(verify(buf_bytes(&whole), &key), ERR_SIGNATURE, "wrong");
    buf_free(&whole);
}

Test(note, signs_only_a_text_that_can_be_verified) {
    static const char *const wrong[] = {"", "\n", "text", "text\n\n", "te\rxt\n", "te\txt\n"};
    struct buf out = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_refused(note_sign(bytes_str(wrong[i]), "a", seed_a, &out), ERR_INPUT, "must end in one newline");
    }
    cr_assert_null(out.data);
}
