// SPDX-License-Identifier: Apache-2.0
#include "tests/keys/sample_trust.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

const uint8_t authority_seed[NOTE_SEED_SIZE] = {1};
const uint8_t holder_seeds[HOLDERS][NOTE_SEED_SIZE] = {{11}, {12}, {13}};
const uint8_t stranger_seed[NOTE_SEED_SIZE] = {99};

struct trust sample_trust(void) {
    struct trust trust = {.threshold = 2, .holder_count = HOLDERS};
    cr_assert_eq(note_key_of_seed("demo-authority", authority_seed, &trust.authority), OK);
    for (size_t i = 0; i < HOLDERS; i++) {
        char name[32];
        snprintf(name, sizeof name, "demo-holder-%zu", i + 1);
        cr_assert_eq(note_key_of_seed(name, holder_seeds[i], &trust.holders[i]), OK);
    }
    return trust;
}

struct buf replaced(struct buf *text, const char *from, const char *to) {
    struct buf out = {0};
    const char *whole = buf_str(text), *at = strstr(whole, from);
    cr_assert_not_null(at, "the sample holds no %s", from);
    buf_put(&out, whole, (size_t)(at - whole));
    buf_put_str(&out, to);
    buf_put_str(&out, at + strlen(from));
    return out;
}
