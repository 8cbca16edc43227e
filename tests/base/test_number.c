// SPDX-License-Identifier: Apache-2.0
#include "base/number.h"

#include <criterion/criterion.h>

#include "tests/base/refusal.h"

Test(number, is_read_within_its_bounds) {
    static const struct {
        const char *text;
        int64_t value;
    } rows[] = {{"0", 0},
                {"7", 7},
                {"007", 7},
                {"-7", -7},
                {"-0", 0},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t number = 99;
        assert_ok(number_parse(rows[i].text, INT64_MIN, INT64_MAX, &number));
        cr_assert_eq(number, rows[i].value);
    }
}

Test(number, is_refused_outside_its_bounds) {
    static const char *const wrong[] = {"0", "367", "-1", "99999999999999999999", "-99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t number = 99;
        assert_refused(number_parse(wrong[i], 1, 366, &number), ERR_INPUT, "must be a number from 1 to 366");
        cr_assert_eq(number, 99);
    }
}

Test(number, is_refused_beyond_64_bits) {
    static const char *const wrong[] = {"9223372036854775808", "-9223372036854775809"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t number = 99;
        assert_refused(number_parse(wrong[i], INT64_MIN, INT64_MAX, &number), ERR_INPUT, "must be a number");
        cr_assert_eq(number, 99);
    }
}

Test(number, is_nothing_but_digits) {
    static const char *const wrong[] = {"",  "-",   " 7",  "7 ",  "+7",    "--7", "7x",
                                        "x", "0x7", "7.0", "1e3", "1,000", "7\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t number = 99;
        assert_refused(number_parse(wrong[i], -1000, 1000, &number), ERR_INPUT, "must be a number from -1000 to 1000");
        cr_assert_eq(number, 99, "untouched: %s", wrong[i]);
    }
}
