// SPDX-License-Identifier: Apache-2.0
#include "proto/tokens.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/json.h"

#define ZERO "\"AAAAAAAAAAAAAAAAAAAAAA==\""
#define ONE "\"AQIDBAUGBwgJCgsMDQ4PEA==\""  // 1, 2, ... 16
#define LAST "\"AAAAAAAAAAAAAAAAAAAAAQ==\"" // 0, ... 0, 1

static err_t reads(const char *text, size_t slots, struct token_set *out) {
    json_t *array = NULL;
    cr_assert_eq(json_parse(bytes_str(text), &array), OK, "%s", text);
    err_t err = token_set_read(array, slots, out);
    json_decref(array);
    return err;
}

Test(tokens, are_read_and_written_again) {
    struct token_set set;
    memset(&set, 0xa5, sizeof set);
    cr_assert_eq(reads("[" ONE "," ZERO "," LAST "]", 3, &set), OK, "%s", err_detail());
    cr_expect_eq(set.tokens[0][0], 1);
    cr_expect_eq(set.tokens[0][15], 16);
    cr_expect_eq(set.tokens[2][15], 1);
    struct token_set none = {0};
    cr_expect(memcmp(set.tokens[1], none.tokens[1], TOKEN_SIZE) == 0);
    cr_expect(memcmp(set.tokens[3], none.tokens[3], (MAX_SLOTS - 3) * TOKEN_SIZE) == 0, "beyond the slots: zero");
    struct buf out = {0};
    token_set_put(&set, 3, &out);
    cr_expect_str_eq(buf_str(&out), "[" ONE "," ZERO "," LAST "]");
    buf_free(&out);
}

Test(tokens, are_empty_only_when_every_slot_is) {
    struct token_set set = {0};
    cr_expect(token_set_empty(&set, MAX_SLOTS));
    set.tokens[4][15] = 1;
    cr_expect(token_set_empty(&set, 4), "a token beyond the scheme's slots does not count");
    cr_expect_not(token_set_empty(&set, 5));
}

Test(tokens, are_refused_in_any_other_number_or_form) {
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"[" ONE "]", "exactly 2 tokens"},
        {"[" ONE "," ONE "," ONE "]", "exactly 2 tokens"},
        {"[]", "exactly 2 tokens"},
        {"{}", "exactly 2 tokens"},
        {"[" ZERO "," ZERO "]", "no token"},
        {"[" ONE ",1]", "slot 1: must be 16 bytes in base64"},
        {"[null," ONE "]", "slot 0: must be 16 bytes"},
        {"[" ONE ",\"AQIDBAUGBwgJCgsMDQ4P\"]", "slot 1: must be 16 bytes"},     // 15 bytes
        {"[" ONE ",\"AQIDBAUGBwgJCgsMDQ4PEBE=\"]", "slot 1: must be 16 bytes"}, // 17 bytes
        {"[" ONE ",\"AQIDBAUGBwgJCgsMDQ4PEA\"]", "slot 1: must be 16 bytes"},   // no padding
        {"[" ONE ",\"AQIDBAUGBwgJCgsMDQ4PEB==\"]", "slot 1: must be 16 bytes"}, // stray bits
        {"[" ONE ",\"AQIDBAUGBwgJCgsMDQ4P_-==\"]", "slot 1: must be 16 bytes"}, // another alphabet
        {"[" ONE ",\"AQIDBAUGBwgJCgsMDQ4P A==\"]", "slot 1: must be 16 bytes"},
        {"[" ONE ",\"\"]", "slot 1: must be 16 bytes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct token_set set;
        struct token_set untouched;
        memset(&set, 0xa5, sizeof set);
        memset(&untouched, 0xa5, sizeof untouched);
        cr_expect_eq(reads(rows[i].text, 2, &set), ERR_INPUT, "%s", rows[i].text);
        cr_expect_not_null(strstr(err_detail(), rows[i].says), "%s: %s", rows[i].text, err_detail());
        cr_expect(memcmp(&set, &untouched, sizeof set) == 0, "%s: touched", rows[i].text);
    }
}
