// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "keys/token.h"

static void start(void) {
    cr_assert_eq(secret_start(), OK);
}

TestSuite(token, .init = start);

Test(token, input_is_laid_out_byte_for_byte) {
    struct buf input = {0};
    static const char want[] = "\x00\x0a"
                               "signpost/1"
                               "\x00\x04"
                               "demo"
                               "\x00\x00\x01\x02"
                               "\x00\x03"
                               "nhs"
                               "\x00\x0a"
                               "9990000018";
    cr_assert_eq(token_input("demo", 258, "nhs", "9990000018", &input), OK);
    cr_assert_eq(input.len, sizeof(want) - 1);
    cr_expect_arr_eq(input.data, want, sizeof(want) - 1);
    buf_free(&input);
}

Test(token, moving_a_letter_between_parts_changes_the_input) {
    struct buf a = {0}, b = {0};
    cr_assert_eq(token_input("demo", 1, "ab", "c", &a), OK);
    cr_assert_eq(token_input("demo", 1, "a", "bc", &b), OK);
    cr_expect_not(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
    buf_free(&a);
    buf_free(&b);
}

Test(token, an_empty_or_overlong_part_is_refused_and_nothing_appended) {
    struct buf input = {0};
    char *longest = malloc(65537);
    memset(longest, 'a', 65536);
    longest[65536] = 0;
    cr_expect_eq(token_input("", 1, "nhs", "1", &input), ERR_INPUT);
    cr_expect_eq(token_input("demo", 1, "", "1", &input), ERR_INPUT);
    cr_expect_eq(token_input("demo", 1, "nhs", "", &input), ERR_INPUT);
    cr_expect_eq(token_input(longest, 1, "nhs", "1", &input), ERR_INPUT);
    cr_expect_eq(token_input("demo", 1, longest, "1", &input), ERR_INPUT);
    cr_expect_eq(token_input("demo", 1, "nhs", longest, &input), ERR_INPUT);
    cr_expect_eq(input.len, (size_t)0);
    longest[65535] = 0;
    cr_expect_eq(token_input("demo", 1, "nhs", longest, &input), OK);
    buf_free(&input);
    free(longest);
}

// The figures are Python's: hmac.new(output, b"signpost lookup 1", "sha256").digest()[:16].
Test(token, is_the_truncated_hmac_of_the_label) {
    uint8_t output[OPRF_OUTPUT_SIZE], token[TOKEN_SIZE], want[TOKEN_SIZE];
    for (size_t i = 0; i < sizeof(output); i++) {
        output[i] = (uint8_t)i;
    }
    cr_assert_eq(token_of_output(output, token), OK);
    cr_assert_eq(hex_decode("532bfd7578f4c490af729abadd8bbe2c", want, sizeof(want)), OK);
    cr_expect_arr_eq(token, want, sizeof(want));
    memset(output, 0, sizeof(output));
    cr_assert_eq(token_of_output(output, token), OK);
    cr_assert_eq(hex_decode("d7b85cf234bc75e33f8f638d8ff8ac76", want, sizeof(want)), OK);
    cr_expect_arr_eq(token, want, sizeof(want));
}
