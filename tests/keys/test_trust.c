// SPDX-License-Identifier: Apache-2.0
#include "keys/trust.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "tests/keys/sample_trust.h"

static void start(void) {
    cr_assert_eq(secret_start(), OK);
}

TestSuite(trust, .init = start);

static struct buf trust_text(void) {
    struct trust trust = sample_trust();
    struct buf text = {0};
    char vkey[NOTE_VKEY_SIZE];
    note_key_format(&trust.authority, vkey);
    buf_printf(&text, "threshold 2\nauthority %s\n", vkey);
    for (size_t i = 0; i < trust.holder_count; i++) {
        note_key_format(&trust.holders[i], vkey);
        buf_printf(&text, "holder %s\n", vkey);
    }
    return text;
}

Test(trust, reads_its_lines) {
    struct buf text = trust_text();
    struct trust trust, expected = sample_trust();
    cr_assert_eq(trust_parse(buf_bytes(&text), &trust), OK, "%s", err_detail());
    cr_expect_eq(trust.threshold, 2);
    cr_expect_eq(trust.holder_count, 3);
    cr_expect_str_eq(trust.authority.name, "demo-authority");
    cr_expect_str_eq(trust.holders[2].name, "demo-holder-3");
    cr_expect_eq(memcmp(trust.holders[2].public_key, expected.holders[2].public_key, 32), 0);
    buf_free(&text);
}

Test(trust, refuses_lines_that_are_wrong_missing_or_misplaced) {
    static const struct {
        const char *from, *to;
    } cases[] = {
        {"threshold 2", "threshold 0"},
        {"threshold 2", "threshold 4"},
        {"threshold 2", "threshold 02"},
        {"threshold 2", "threshold 2 "},
        {"threshold 2", "threshold -2"},
        {"threshold 2", "threshold "},
        {"threshold 2", "threshold 99999999999999999999"},
        {"threshold 2\n", ""},
        {"threshold 2\n", "threshold 2\nthreshold 2\n"},
        {"threshold 2\n", "\nthreshold 2\n"},
        {"threshold 2\n", "threshold 2\r\n"},
        {"threshold 2\n", "# comment\nthreshold 2\n"},
        {"authority ", "holder "},
        {"holder demo-holder-1", "holder  demo-holder-1"},
        {"holder demo-holder-1", "holder demo-holder-9"}, // the key's hash covers its name
        {"holder demo-holder-3", "\nholder demo-holder-3"},
    };
    struct buf text = trust_text();
    struct trust out = {.threshold = 77};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf wrong = replaced(&text, cases[i].from, cases[i].to);
        cr_expect_eq(trust_parse(buf_bytes(&wrong), &out), ERR_INPUT, "case %zu", i);
        buf_free(&wrong);
    }
    cr_expect_eq(trust_parse(bytes_of(text.data, text.len - 1), &out), ERR_INPUT, "without its last newline");
    cr_expect_eq(trust_parse(bytes_str(""), &out), ERR_INPUT);
    cr_expect_eq(out.threshold, 77);
    text.data[text.len - 4] = '\0';
    cr_expect_eq(trust_parse(buf_bytes(&text), &out), ERR_INPUT);
    buf_free(&text);
}

static err_t parse_with_another(const char *name, const uint8_t *seed) {
    struct buf text = trust_text();
    struct note_key key;
    struct trust out;
    char vkey[NOTE_VKEY_SIZE];
    cr_assert_eq(note_key_of_seed(name, seed, &key), OK);
    note_key_format(&key, vkey);
    buf_printf(&text, "holder %s\n", vkey);
    err_t err = trust_parse(buf_bytes(&text), &out);
    buf_free(&text);
    return err;
}

Test(trust, lists_every_party_once) {
    cr_expect_eq(parse_with_another("demo-holder-4", stranger_seed), OK);
    cr_expect_eq(parse_with_another("demo-holder-1", holder_seeds[0]), ERR_INPUT, "the same key twice");
    cr_expect_eq(parse_with_another("demo-holder-4", holder_seeds[0]), ERR_INPUT, "a key under two names");
    cr_expect_eq(parse_with_another("demo-holder-1", stranger_seed), ERR_INPUT, "two keys of one name");
    cr_expect_eq(parse_with_another("demo-holder-4", authority_seed), ERR_INPUT, "the authority's key");
}

static err_t parse_with_log(const char *name, const uint8_t *seed, const char *more, struct trust *out) {
    struct buf text = trust_text();
    struct note_key key;
    char vkey[NOTE_VKEY_SIZE];
    cr_assert_eq(note_key_of_seed(name, seed, &key), OK);
    note_key_format(&key, vkey);
    buf_printf(&text, "log %s\n%s", vkey, more);
    err_t err = trust_parse(buf_bytes(&text), out);
    buf_free(&text);
    return err;
}

Test(trust, names_the_journals_that_are_witnessed_behind_the_holders) {
    struct trust trust;
    cr_assert_eq(parse_with_log("demo/journal-1", stranger_seed, "", &trust), OK, "%s", err_detail());
    cr_expect_eq(trust.holder_count, 3);
    cr_expect_eq(trust.log_count, 1);
    cr_expect_str_eq(trust.logs[0].name, "demo/journal-1");
    cr_expect_eq(parse_with_log("demo/journal-1", holder_seeds[1], "", &trust), ERR_INPUT, "a holder's key");
    cr_expect_eq(parse_with_log("demo/journal-1", authority_seed, "", &trust), ERR_INPUT, "the authority's key");
    struct buf again = trust_text();
    char *holder = strdup(strstr(buf_str(&again), "holder demo-holder-3"));
    cr_expect_eq(parse_with_log("demo/journal-1", stranger_seed, holder, &trust), ERR_INPUT, "a holder behind a log");
    free(holder);
    buf_free(&again);
}

Test(trust, has_at_most_sixteen_holders) {
    struct buf text = trust_text();
    struct trust out;
    for (uint8_t i = 4; i <= 17; i++) {
        uint8_t seed[NOTE_SEED_SIZE] = {100, i};
        char name[32], vkey[NOTE_VKEY_SIZE];
        struct note_key key;
        cr_expect_eq(trust_parse(buf_bytes(&text), &out), OK);
        snprintf(name, sizeof name, "demo-holder-%d", i);
        cr_assert_eq(note_key_of_seed(name, seed, &key), OK);
        note_key_format(&key, vkey);
        buf_printf(&text, "holder %s\n", vkey);
    }
    cr_expect_eq(trust_parse(buf_bytes(&text), &out), ERR_INPUT);
    buf_free(&text);
}
