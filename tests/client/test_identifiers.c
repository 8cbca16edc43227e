// SPDX-License-Identifier: Apache-2.0
#include "client/identifiers.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/base/refusal.h"

Test(identifiers, reads_an_nhs_number_as_it_is_printed) {
    char out[11];
    assert_ok(nhs_number_parse("943 476 5919", out));
    cr_assert_str_eq(out, "9434765919");
    assert_ok(nhs_number_parse("999-000-0018", out));
    cr_assert_str_eq(out, "9990000018");
}

Test(identifiers, finds_every_single_mistyped_digit_of_an_nhs_number) {
    char out[11];
    for (int at = 0; at < 10; at++) {
        for (char digit = '0'; digit <= '9'; digit++) {
            char number[] = "9434765919";
            if (number[at] != digit) {
                number[at] = digit;
                assert_refused(nhs_number_parse(number, out), ERR_INPUT, "check digit");
            }
        }
    }
}

Test(identifiers, finds_two_neighbouring_digits_swapped) {
    char out[11];
    for (int at = 0; at < 9; at++) {
        char number[] = "9434765919";
        char digit = number[at];
        number[at] = number[at + 1];
        number[at + 1] = digit;
        if (number[at] != digit) {
            assert_refused(nhs_number_parse(number, out), ERR_INPUT, "check digit");
        }
    }
}

Test(identifiers, refuses_what_is_no_nhs_number) {
    char out[11] = "as before";
    static const char *const wrong[] = {"",
                                        "943476591",
                                        "94347659190",
                                        "943476591X",
                                        "943.476.5919",
                                        ("9434765 \xc2\xa0" // apart, so that no digit is taken into the escape
                                         "919")};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_refused(nhs_number_parse(wrong[i], out), ERR_INPUT, "10 digits");
    }
    cr_assert_str_eq(out, "as before");
}

// The remainder 1 would need a check digit of ten: no such number is given out.
Test(identifiers, refuses_an_nhs_number_whose_check_digit_would_be_ten) {
    char out[11];
    for (char digit = '0'; digit <= '9'; digit++) {
        char number[] = "123456789?";
        number[9] = digit;
        assert_refused(nhs_number_parse(number, out), ERR_INPUT, "check digit");
    }
}

Test(identifiers, takes_ten_equal_digits_for_a_missing_nhs_number) {
    char out[11];
    for (char digit = '0'; digit <= '9'; digit++) {
        char number[11] = {0};
        memset(number, digit, 10);
        assert_ok(nhs_number_parse(number, out));
        cr_assert_str_empty(out);
    }
}

Test(identifiers, reads_a_upn) {
    char out[14];
    assert_ok(upn_parse("H801200001001", out));
    cr_assert_str_eq(out, "H801200001001");
    assert_ok(upn_parse(" h801 2000 01001", out));
    cr_assert_str_eq(out, "H801200001001");
}

Test(identifiers, reads_a_temporary_upn) {
    char out[14];
    assert_ok(upn_parse("U80120000100A", out)); // A stands for 0: 40 + 0, and 40 mod 23 is 17, the letter U
    cr_assert_str_eq(out, "U80120000100A");
}

Test(identifiers, finds_every_single_mistyped_digit_of_a_upn) {
    char out[14];
    for (int at = 1; at < 13; at++) {
        for (char digit = '0'; digit <= '9'; digit++) {
            char upn[] = "H801200001001";
            if (upn[at] != digit) {
                upn[at] = digit;
                assert_refused(upn_parse(upn, out), ERR_INPUT, "check letter");
            }
        }
    }
}

Test(identifiers, refuses_what_is_no_upn) {
    char out[14];
    assert_refused(upn_parse("H80120000100", out), ERR_INPUT, "13");
    assert_refused(upn_parse("H8012000010012", out), ERR_INPUT, "13");
    assert_refused(upn_parse("H8A1200001001", out), ERR_INPUT, "a letter, then digits");
    assert_refused(upn_parse("H80120000100I", out), ERR_INPUT, "a letter, then digits");
    assert_refused(upn_parse("I801200001001", out), ERR_INPUT, "check letter");
}

static void expect_date(const char *text, int year, int month, int day) {
    int y = 0, m = 0, d = 0;
    assert_ok(date_parse(text, &y, &m, &d));
    cr_expect(y == year && m == month && d == day, "%s gave %d-%d-%d", text, y, m, d);
}

Test(identifiers, reads_dates_as_people_write_them) {
    expect_date("2014-03-09", 2014, 3, 9);
    expect_date("2014/3/9", 2014, 3, 9);
    expect_date("9/3/2014", 2014, 3, 9);
    expect_date("09.03.2014", 2014, 3, 9);
    expect_date("09-03-2014", 2014, 3, 9);
    expect_date("09 03 2014", 2014, 3, 9);
    expect_date("29/02/2012", 2012, 2, 29);
    expect_date("29/02/2000", 2000, 2, 29);
}

Test(identifiers, refuses_dates_that_are_not_in_the_calendar) {
    static const char *const wrong[] = {"2014-02-29", "1900-02-29", "31/04/2014", "2014-13-01", "0/1/2014",
                                        "2014-00-10", "32/1/2014",  "1849-12-31", "2151-01-01"};
    int y = 1, m = 2, d = 3;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_refused(date_parse(wrong[i], &y, &m, &d), ERR_INPUT, "calendar");
    }
    cr_assert(y == 1 && m == 2 && d == 3);
}

Test(identifiers, refuses_what_is_no_date) {
    static const char *const wrong[] = {"",           "2014",      "2014-03",  "9/3-2014",   "2014-03-09T00:00",
                                        "9 Mar 2014", "-9/3/2014", "20140309", "009/3/2014", "9//2014",
                                        "9/3/2014 ",  "9/3/20145"};
    int y, m, d;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_refused(date_parse(wrong[i], &y, &m, &d), ERR_INPUT, "not a date");
    }
    assert_refused(date_parse("9/3/14", &y, &m, &d), ERR_INPUT, "four digits");
}
