// SPDX-License-Identifier: Apache-2.0
#include "client/identity.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/base/refusal.h"

static struct identity identity_with(enum identity_field field, const char *text) {
    struct identity identity = {0};
    assert_ok(identity_set(&identity, field, text));
    return identity;
}

Test(identity, names_its_fields_as_the_columns_are_called) {
    static const char *const names[] = {"forenames", "surname",  "date_of_birth", "nhs_number",
                                        "upn",       "postcode", "address"};
    for (int i = 0; i < IDENTITY_FIELD_COUNT; i++) {
        cr_assert_str_eq(identity_field_text((enum identity_field)i), names[i]);
    }
}

Test(identity, sets_a_field_without_the_space_around_it) {
    struct identity identity = identity_with(IDENTITY_SURNAME, "  O'Brien \t\r\n");
    cr_assert_str_eq(identity.text[IDENTITY_SURNAME], "O'Brien");
}

Test(identity, refuses_a_field_that_is_too_long_and_leaves_it) {
    struct identity identity = identity_with(IDENTITY_SURNAME, "before");
    char text[IDENTITY_TEXT_MAX + 2];
    memset(text, 'a', sizeof(text));
    text[IDENTITY_TEXT_MAX + 1] = '\0';
    assert_refused(identity_set(&identity, IDENTITY_SURNAME, text), ERR_INPUT, "surname: longer than 255");
    cr_assert_str_eq(identity.text[IDENTITY_SURNAME], "before");
    text[IDENTITY_TEXT_MAX] = '\0';
    assert_ok(identity_set(&identity, IDENTITY_SURNAME, text));
}

Test(identity, refuses_a_field_that_is_not_utf8_without_showing_it) {
    struct identity identity = {0};
    assert_refused(identity_set(&identity, IDENTITY_FORENAMES, "Zo\xeb"), ERR_INPUT, "forenames: not UTF-8");
    cr_assert_null(strstr(err_detail(), "Zo"));
}

Test(identity, normalises_every_field) {
    struct identity identity = {0};
    static const char *const texts[] = {"Miss Zoë-Anne", "O'Brien", "9/3/2014",    "943 476 5919",
                                        "h801200001001", "LS1 4AP", "14 Mill Lane"};
    for (int i = 0; i < IDENTITY_FIELD_COUNT; i++) {
        assert_ok(identity_set(&identity, (enum identity_field)i, texts[i]));
    }
    struct normal_identity normal;
    assert_ok(identity_normalise(&identity, &normal));
    cr_assert_eq(normal.forenames.count, 2);
    cr_assert_str_eq(normal.forenames.part[0], "zoe");
    cr_assert_str_eq(normal.forenames.part[1], "anne");
    cr_assert_eq(normal.surname.count, 1);
    cr_assert_str_eq(normal.surname.part[0], "obrien");
    cr_assert(normal.year == 2014 && normal.month == 3 && normal.day == 9);
    cr_assert_str_eq(normal.nhs_number, "9434765919");
    cr_assert_str_eq(normal.upn, "H801200001001");
    cr_assert_str_eq(normal.outward, "ls1");
    cr_assert_str_eq(normal.postcode, "ls14ap");
    cr_assert_str_eq(normal.street, "milllane");
}

Test(identity, takes_nothing_for_nothing) {
    struct identity identity = {0};
    struct normal_identity normal;
    assert_ok(identity_normalise(&identity, &normal));
    cr_assert_eq(normal.forenames.count, 0);
    cr_assert_eq(normal.year, 0);
    cr_assert_str_empty(normal.nhs_number);
    cr_assert_str_empty(normal.upn);
}

Test(identity, takes_what_stands_for_unknown_for_missing) {
    static const char *const words[] = {"unknown", "NOT KNOWN", "n/k", "N/A", "none"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_ok(identity_check(IDENTITY_DATE_OF_BIRTH, words[i]));
        assert_ok(identity_check(IDENTITY_NHS_NUMBER, words[i]));
        assert_ok(identity_check(IDENTITY_UPN, words[i]));
    }
    struct identity identity = identity_with(IDENTITY_DATE_OF_BIRTH, "01/01/1900");
    struct normal_identity normal;
    assert_ok(identity_normalise(&identity, &normal));
    cr_assert_eq(normal.year, 0);
}

Test(identity, has_no_forename_for_a_baby_that_has_its_familys) {
    struct identity identity = identity_with(IDENTITY_FORENAMES, "Baby Smith-Jones");
    assert_ok(identity_set(&identity, IDENTITY_SURNAME, "Smith Jones"));
    struct normal_identity normal;
    assert_ok(identity_normalise(&identity, &normal));
    cr_assert_eq(normal.forenames.count, 0);
    identity = identity_with(IDENTITY_FORENAMES, "Smith");
    assert_ok(identity_set(&identity, IDENTITY_SURNAME, "Smith"));
    assert_ok(identity_normalise(&identity, &normal));
    cr_assert_eq(normal.forenames.count, 1);
}

Test(identity, refuses_a_wrong_field_by_its_name_and_never_by_its_value) {
    static const struct {
        enum identity_field field;
        const char *text, *words;
    } wrong[] = {
        {IDENTITY_DATE_OF_BIRTH, "2014-02-30", "date_of_birth: no such day in the calendar"},
        {IDENTITY_NHS_NUMBER, "943 476 5918", "nhs_number: the check digit does not fit"},
        {IDENTITY_UPN, "A801200001001", "upn: the check letter does not fit"},
        {IDENTITY_SURNAME, "a b c d e f g h i j k l m n o p q", "surname: more than 16 names"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct identity identity = identity_with(wrong[i].field, wrong[i].text);
        struct normal_identity normal = {.year = 7};
        assert_refused(identity_normalise(&identity, &normal), ERR_INPUT, wrong[i].words);
        cr_assert_null(strstr(err_detail(), wrong[i].text));
        cr_assert_eq(normal.year, 7);
        cr_assert_eq(identity_check(wrong[i].field, wrong[i].text), ERR_INPUT);
        cr_assert_null(strstr(err_detail(), identity_field_text(wrong[i].field)));
    }
}

Test(identity, leaves_a_wrong_field_missing_and_the_others_alone) {
    struct normal_identity normal = {0};
    assert_ok(identity_normalise_field(IDENTITY_SURNAME, "Smith", &normal));
    cr_assert_eq(identity_normalise_field(IDENTITY_NHS_NUMBER, "9434765918", &normal), ERR_INPUT);
    cr_assert_eq(identity_normalise_field(IDENTITY_DATE_OF_BIRTH, "31/2/2014", &normal), ERR_INPUT);
    cr_assert_str_empty(normal.nhs_number);
    cr_assert_eq(normal.year, 0);
    cr_assert_str_eq(normal.surname.part[0], "smith");
}
