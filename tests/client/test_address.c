// SPDX-License-Identifier: Apache-2.0
#include "client/address.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/base/refusal.h"

static void expect_postcode(const char *text, const char *outward, const char *postcode) {
    char out[OUTWARD_SIZE];
    char whole[POSTCODE_SIZE];
    postcode_parse(text, out, whole);
    cr_expect_str_eq(out, outward, "%s", text);
    cr_expect_str_eq(whole, postcode, "%s", text);
}

Test(address, splits_every_shape_of_british_postcode) {
    expect_postcode("M1 1AE", "m1", "m11ae");
    expect_postcode("B33 8TH", "b33", "b338th");
    expect_postcode("CR2 6XH", "cr2", "cr26xh");
    expect_postcode("DN55 1PT", "dn55", "dn551pt");
    expect_postcode("W1A 1HQ", "w1a", "w1a1hq");
    expect_postcode("ec1a1bb", "ec1a", "ec1a1bb");
    expect_postcode(" ls1  4ap ", "ls1", "ls14ap");
}

Test(address, takes_the_first_half_of_a_foreign_code_for_its_outward_code) {
    expect_postcode("2119", "21", "2119");
    expect_postcode("D02 X285", "d02x", "d02x285");
    expect_postcode("12345-6789", "12345", "123456789");
}

Test(address, counts_what_is_no_postcode_as_missing) {
    expect_postcode("", "", "");
    expect_postcode("unknown", "", "");
    expect_postcode("LS1?4AP", "", "");
    expect_postcode("L1", "", "");
    expect_postcode("far too long for a 1", "", "");
    expect_postcode("ŁS1 4AP", "", "");
}

Test(address, counts_the_codes_for_no_fixed_abode_as_missing) {
    expect_postcode("ZZ99 3VZ", "", "");
    expect_postcode("ZZ993WZ", "", "");
}

static void expect_street(const char *text, const char *street) {
    char out[64];
    assert_ok(street_parse(text, out, sizeof(out)));
    cr_expect_str_eq(out, street, "\"%s\" gave \"%s\"", text, out);
}

Test(address, finds_the_street) {
    expect_street("14 Mill Lane", "milllane");
    expect_street("Flat 2, 14 Mill Lane, Leeds", "milllane");
    expect_street("Flat 2 14 Mill Lane", "milllane");
    expect_street("Rose Cottage, Church Lane, Otley", "churchlane");
    expect_street("14a St. John's Road\nLeeds", "stjohnsroad");
    expect_street("Rose Cottage", "rosecottage");
    expect_street("12 Broadway, Leeds", "broadway");
    expect_street("", "");
    expect_street("14", "");
}

Test(address, refuses_what_is_not_utf8_or_too_long) {
    char out[64];
    char text[300];
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    assert_refused(street_parse("Zo\xeb Lane", out, sizeof(out)), ERR_INPUT, "UTF-8");
    assert_refused(street_parse(text, out, sizeof(out)), ERR_INPUT, "too long");
}
