// SPDX-License-Identifier: Apache-2.0
#include "base/checkpoint.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "tests/base/refusal.h"

static const uint8_t log_seed[NOTE_SEED_SIZE] = {1}, witness_seed[NOTE_SEED_SIZE] = {2},
                     other_seed[NOTE_SEED_SIZE] = {3};
static struct note_key log_key, witness_key, other_key;
static struct checkpoint head = {.origin = "demo/journal-1", .size = 20852163};
static struct buf whole;

static void make(void) {
    cr_assert_eq(secret_start(), OK);
    memset(head.root, 7, sizeof head.root);
    assert_ok(note_key_of_seed(head.origin, log_seed, &log_key));
    assert_ok(note_key_of_seed("demo-holder-1", witness_seed, &witness_key));
    assert_ok(note_key_of_seed("demo-holder-2", other_seed, &other_key));
    assert_ok(checkpoint_sign(&head, log_seed, &whole));
}

static void end(void) {
    buf_free(&whole);
}

TestSuite(checkpoint, .init = make, .fini = end);

static struct note opened(void) {
    struct note note;
    struct checkpoint read;
    assert_ok(checkpoint_open(buf_bytes(&whole), &log_key, &note, &read));
    return note;
}

static void cosign(const char *name, const uint8_t *seed, int64_t time_s) {
    struct buf line = {0};
    const struct note note = opened();
    assert_ok(cosignature_put(note.text, name, seed, time_s, &line));
    buf_put(&whole, line.data, line.len);
    buf_free(&line);
}

Test(checkpoint, is_three_lines_and_a_signature) {
    const char *start =
        "demo/journal-1\n20852163\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n\xe2\x80\x94 demo/journal-1 ";
    cr_assert_eq(strncmp(buf_str(&whole), start, strlen(start)), 0, "%s", buf_str(&whole));
    struct note note;
    struct checkpoint read;
    assert_ok(checkpoint_open(buf_bytes(&whole), &log_key, &note, &read));
    cr_assert_str_eq(read.origin, head.origin);
    cr_assert_eq(read.size, head.size);
    cr_assert_arr_eq(read.root, head.root, sizeof head.root);
}

Test(checkpoint, refuses_another_key_another_origin_and_an_altered_text) {
    struct note note;
    struct checkpoint read;
    struct note_key impostor = other_key;
    snprintf(impostor.name, sizeof impostor.name, "%s", head.origin);
    assert_refused(checkpoint_open(buf_bytes(&whole), &impostor, &note, &read), ERR_SIGNATURE, "missing");
    assert_refused(checkpoint_open(buf_bytes(&whole), &other_key, &note, &read), ERR_NOT_FOUND, "another log");
    whole.data[strlen("demo/journal-1\n")] = '3';
    assert_refused(checkpoint_open(buf_bytes(&whole), &log_key, &note, &read), ERR_SIGNATURE, "is wrong");
}

Test(checkpoint, refuses_any_other_text) {
    static const char *const bad[] = {
        "",
        "a\n1\n",
        "a\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
        "a\n01\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
        "a\n-1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
        "a\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBw==\n",
        "a\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\nextension\n",
        "\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
        "a\n99999999999999999999\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
        "a\n 1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n",
    };
    struct checkpoint read;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_refused(checkpoint_parse(bytes_str(bad[i]), &read), ERR_INPUT, "not a checkpoint");
    }
    for (size_t len = 0; len < 512; len += 511) {
        static const uint8_t zeros[512];
        assert_refused(checkpoint_parse(bytes_of(len == 0 ? NULL : zeros, len), &read), ERR_INPUT, "not a checkpoint");
    }
    assert_ok(checkpoint_parse(bytes_str("a\n1\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n"), &read));
}

Test(checkpoint, carries_the_cosignatures_of_witnesses) {
    int64_t time_s = 0;
    cosign("demo-holder-1", witness_seed, 1700000000);
    cosign("demo-holder-1", witness_seed, 1600000000);
    const struct note note = opened();
    assert_ok(cosignature_verify(&note, &witness_key, &time_s));
    cr_assert_eq(time_s, 1700000000, "the last");
    assert_refused(cosignature_verify(&note, &other_key, &time_s), ERR_SIGNATURE, "missing");
}

// The key id and the signed text keep the two kinds of signature of one key apart.
Test(checkpoint, takes_no_other_signature_of_a_witness_for_a_cosignature) {
    int64_t time_s = 0;
    struct buf line = {0};
    struct note note = opened();
    assert_ok(note_sign(note.text, "demo-holder-1", witness_seed, &line));
    buf_put(&whole, line.data, line.len);
    note = opened();
    assert_ok(note_verify(&note, &witness_key));
    assert_refused(cosignature_verify(&note, &witness_key, &time_s), ERR_SIGNATURE, "missing");
    buf_free(&line);
}

Test(checkpoint, refuses_a_cosignature_whose_time_or_text_was_changed) {
    int64_t time_s = 0;
    cosign("demo-holder-1", witness_seed, 1700000000);
    struct note note = opened();
    struct buf other = {0};
    struct checkpoint later = head;
    later.size++;
    assert_ok(checkpoint_sign(&later, log_seed, &other)); // the old cosignature under a new head
    const char *line = strstr(buf_str(&whole), "\xe2\x80\x94 demo-holder-1");
    buf_put_str(&other, line);
    assert_ok(note_parse(buf_bytes(&other), &note));
    assert_refused(cosignature_verify(&note, &witness_key, &time_s), ERR_SIGNATURE, "is wrong");
    uint8_t *stamp = (uint8_t *)strstr((char *)whole.data, "demo-holder-1 ") + strlen("demo-holder-1 ") + 12;
    *stamp = *stamp == 'A' ? 'B' : 'A';
    note = opened();
    assert_refused(cosignature_verify(&note, &witness_key, &time_s), ERR_SIGNATURE, "is wrong");
    buf_free(&other);
}

Test(checkpoint, is_bare_without_what_others_have_signed) {
    struct buf bare = {0}, before = {0};
    buf_put(&before, whole.data, whole.len);
    cosign("demo-holder-1", witness_seed, 1700000000);
    const struct note note = opened();
    assert_ok(checkpoint_bare(&note, &log_key, &bare));
    cr_assert_str_eq(buf_str(&bare), buf_str(&before));
    assert_refused(checkpoint_bare(&note, &other_key, &bare), ERR_SIGNATURE, "missing");
    buf_free(&bare);
    buf_free(&before);
}
