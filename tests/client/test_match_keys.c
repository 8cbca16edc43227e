// SPDX-License-Identifier: Apache-2.0
// Which slots two records of one child share, and which two children must not.
#include "client/match_keys.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/base/refusal.h"

struct record {
    const char *forenames, *surname, *date, *postcode, *address;
};

static struct match_values values_of(const char *set, const struct record *record) {
    struct identity identity = {0};
    struct normal_identity normal;
    struct match_values values;
    assert_ok(identity_set(&identity, IDENTITY_FORENAMES, record->forenames));
    assert_ok(identity_set(&identity, IDENTITY_SURNAME, record->surname));
    assert_ok(identity_set(&identity, IDENTITY_DATE_OF_BIRTH, record->date));
    assert_ok(identity_set(&identity, IDENTITY_POSTCODE, record->postcode == NULL ? "" : record->postcode));
    assert_ok(identity_set(&identity, IDENTITY_ADDRESS, record->address == NULL ? "" : record->address));
    assert_ok(identity_normalise(&identity, &normal));
    assert_ok(match_values_of(match_set_find(set), &normal, &values));
    return values;
}

static size_t slot_of(const struct match_set *set, const char *name) {
    size_t slot = 0;
    while (slot < set->slot_count && strcmp(set->slots[slot].name, name) != 0) {
        slot++;
    }
    cr_assert_lt(slot, set->slot_count, "no slot %s", name);
    return slot;
}

static void expect_value(const char *set, const struct record *record, const char *slot, const char *value) {
    struct match_values values = values_of(set, record);
    const char *found = values.value[slot_of(match_set_find(set), slot)];
    cr_expect_str_eq(found, value, "%s of %s %s: \"%s\", not \"%s\"", slot, record->forenames, record->surname, found,
                     value);
    match_values_free(&values);
}

// The slots that two records share are exactly these, in the order of the set: "sound_dob head_dob".
static void expect_shared(const char *name, const struct record *a, const struct record *b, const char *slots) {
    const struct match_set *set = match_set_find(name);
    struct match_values x = values_of(name, a);
    struct match_values y = values_of(name, b);
    struct buf shared = {0};
    for (size_t i = 0; i < set->slot_count; i++) {
        if (x.value[i][0] != '\0' && strcmp(x.value[i], y.value[i]) == 0) {
            buf_printf(&shared, "%s%s", shared.len == 0 ? "" : " ", set->slots[i].name);
        }
    }
    const char *found = shared.len == 0 ? "" : buf_str(&shared);
    cr_expect_str_eq(found, slots, "%s %s and %s %s share \"%s\", not \"%s\"", a->forenames, a->surname, b->forenames,
                     b->surname, found, slots);
    buf_free(&shared);
    match_values_free(&x);
    match_values_free(&y);
}

static void expect_core(const char *forenames, const char *surname, const char *other_forenames,
                        const char *other_surname, const char *slots) {
    struct record a = {forenames, surname, "2014-03-09", NULL, NULL};
    struct record b = {other_forenames, other_surname, "2014-03-09", NULL, NULL};
    expect_shared("core", &a, &b, slots);
    expect_shared("core", &b, &a, slots);
}

Test(match_keys, has_six_slots_without_and_ten_with_the_address) {
    cr_assert_eq(match_set_find("core")->slot_count, 6);
    cr_assert_eq(match_set_find("address")->slot_count, 10);
    cr_assert_null(match_set_find("adress"));
}

Test(match_keys, core_holds_nothing_of_where_a_child_lives) {
    struct record a = {"Zoe", "Webb", "2014-03-09", "LS1 4AP", "14 Mill Lane"};
    struct record b = {"Zoe", "Webb", "2014-03-09", "B33 8TH", "2 High Street"};
    expect_shared("core", &a, &b, "names_dob sound_dob head_dob ends_dob");
}

Test(match_keys, refuses_a_child_of_whom_no_slot_can_be_filled) {
    struct identity identity = {0};
    struct normal_identity normal;
    struct match_values values;
    assert_ok(identity_set(&identity, IDENTITY_FORENAMES, "Zoe"));
    assert_ok(identity_set(&identity, IDENTITY_SURNAME, "Webb"));
    assert_ok(identity_normalise(&identity, &normal));
    assert_refused(match_values_of(match_set_find("core"), &normal, &values), ERR_INPUT, "too few details");
}

Test(match_keys, find_a_child_whose_name_was_mistyped) {
    expect_core("Oliver", "Thompson", "Oliver", "Thomson", "head_dob ends_dob");
    expect_core("Oliver", "Thompson", "Olivwer", "Thompson", "head_dob ends_dob");
    expect_core("Oliver", "Thompson", "Oqiver", "Thompson", "ends_dob");
    expect_core("Oliver", "Thompson", "Oliver", "Thompsan", "sound_dob head_dob");
    expect_core("Oliver", "Thompson", "Olvier", "Thompson", "names_dob ends_dob");
    expect_core("Oliver", "Thompson", "Thompson", "Oliver", "names_dob sound_dob head_dob");
}

Test(match_keys, find_a_child_by_a_nickname_and_by_ear) {
    expect_core("Elizabeth", "Clarke", "Lizzie", "Clark", "sound_dob");
    expect_core("Katherine", "Reid", "Katie", "Read", "sound_dob");
}

Test(match_keys, leave_other_children_alone) {
    expect_core("Oliver", "Thompson", "Noah", "Thompson", "");
    expect_core("Oliver", "Thompson", "Oliver", "Wright", "");
    expect_core("Mohammed Bilal", "Khan", "Mohammed Yusuf", "Hussain", "");
    struct record a = {"Oliver", "Thompson", "2014-03-09", NULL, NULL};
    struct record b = {"Oliver", "Thompson", "2014-03-10", NULL, NULL};
    expect_shared("core", &a, &b, "");
}

Test(match_keys, take_day_and_month_for_each_other) {
    struct record a = {"Oliver", "Thompson", "2014-03-09", NULL, NULL};
    struct record b = {"Oliver", "Thompson", "2014-09-03", NULL, NULL};
    expect_shared("core", &a, &b, "names_dob sound_dob");
    struct record c = {"Oliver James", "Thompson", "2014-09-03", NULL, NULL};
    expect_shared("core", &a, &c, "sound_dob");
}

Test(match_keys, drop_what_records_add_or_leave_out) {
    expect_core("Jagdeep", "Singh Sandhu", "Jagdeep Singh", "Sandhu", "names_dob sound_dob head_dob ends_dob");
    expect_core("Simran Kaur", "Gill", "Simran", "Gill", "names_dob sound_dob head_dob ends_dob");
    expect_core("Fatima", "Begum Akhtar", "Fatima", "Akhtar", "names_dob sound_dob head_dob ends_dob");
    expect_core("Syed Hamza", "Shah", "Hamza", "Shah", "names_dob sound_dob head_dob ends_dob");
}

Test(match_keys, keep_an_honorific_that_is_the_only_name) {
    expect_core("Jagdeep", "Singh", "Jagdeep", "Kaur", "");
    expect_core("Jagdeep", "Kaur Singh", "Jagdeep", "Singh", "names_dob sound_dob head_dob ends_dob");
    expect_core("Imran", "Khan", "Imran", "Ali", "");
}

Test(match_keys, find_a_boy_with_or_without_mohammed) {
    expect_core("Mohammed Bilal", "Hussain", "Bilal", "Hussain", "sound_dob");
    expect_core("Muhammad Bilal", "Hussain", "Mohamed", "Hussain", "head_dob ends_dob");
    expect_core("Muhammad", "Hussain", "Mohd", "Hussain", "sound_dob head_dob ends_dob");
    expect_core("Bilal", "Hussain", "Mohamed", "Hussain", "");
}

Test(match_keys, find_a_child_by_either_half_of_a_double_surname) {
    expect_core("Erin", "Smith-Jones", "Erin", "Jones", "sound_dob");
    expect_core("Erin", "Smith-Jones", "Erin", "Smith", "head_dob");
    expect_core("Erin", "Smith-Jones", "Erin", "Smith Jones", "names_dob sound_dob head_dob ends_dob");
    expect_core("Omar", "Al-Hassan", "Omar", "Hassan", "sound_dob");
}

Test(match_keys, hear_only_the_first_letter_of_a_short_surname) {
    expect_core("Mei", "Wong", "Mei", "Wang", "sound_dob");
    expect_core("Jun", "Lam", "Jun", "Lum", "sound_dob");
    expect_core("Jun", "Lam", "Jun", "Tam", "");
    expect_value("core", &(struct record){"Mei", "Ng", "2014-03-09", NULL, NULL}, "sound_dob", "m+n|20140309");
}

Test(match_keys, take_the_ends_of_names_without_counting_a_letter_twice) {
    expect_value("core", &(struct record){"Bo", "Xu", "2014-03-09", NULL, NULL}, "ends_dob", "bo+xu|20140309");
    expect_value("core", &(struct record){"Ali", "Shah", "2014-03-09", NULL, NULL}, "ends_dob", "ali+shah|20140309");
    expect_value("core", &(struct record){"Oliver", "Thompson", "2014-03-09", NULL, NULL}, "ends_dob",
                 "oer+thon|20140309");
    // Letters are counted, not bytes, and a mark stays with its letter.
    expect_value("core", &(struct record){"Юлия", "Соколова", "2014-03-09", NULL, NULL}, "ends_dob",
                 "сова+юия|20140309");
    expect_value("core", &(struct record){"प्रिया", "शर्मा", "2014-03-09", NULL, NULL}, "ends_dob",
                 "परिया+शरमा|20140309");
}

static const struct record home = {"Oliver", "Thompson", "2014-03-09", "LS1 4AP", "14 Mill Lane"};

static void expect_address(const struct record *other, const char *slots) {
    expect_shared("address", &home, other, slots);
}

Test(match_keys, find_a_child_at_home_whatever_else_is_wrong) {
    expect_address(&(struct record){"Max", "Wood", "2014-03-09", "LS1 4PA", "High Street"}, "dob_postcode");
    expect_address(&(struct record){"Max", "Wood", "2014-03-09", "LS1 9ZZ", "41 Mill Lane"}, "dob_street");
    expect_address(&(struct record){"Oliver", "Thompsn", "2011-01-30", "LS1 9ZZ", "Mill Lane"}, "head_street");
    expect_address(&(struct record){"Olivr", "Wood", "2011-01-30", "LS1 4PA", "Mill Lane"}, "forename_home");
    expect_address(&(struct record){"Max", "Wood", "2011-01-30", "LS1 4AP", "14 Mill Lane"}, "");
    expect_address(&(struct record){"Oliver", "Thompson", "2011-01-30", "B33 8TH", "2 High Street"}, "");
}

Test(match_keys, leave_the_slots_of_the_address_empty_where_it_is_not_known) {
    struct record nowhere = {"Oliver", "Thompson", "2014-03-09", "ZZ99 3VZ", ""};
    expect_shared("address", &nowhere, &nowhere, "names_dob sound_dob head_dob ends_dob");
}
