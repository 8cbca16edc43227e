// SPDX-License-Identifier: Apache-2.0
#include "client/given.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "tests/base/refusal.h"

static const struct signpost_details mary = {
    .forenames = "Mary Ann", .surname = "O'Neill", .date_of_birth = "2014-03-09", .nhs_number = "9990000018"};

static const struct match_set *core(void) {
    return match_set_find("core");
}

static struct given read_all(const struct signpost_child *children, size_t count, bool with_ref) {
    struct given given;
    assert_ok(secret_start());
    assert_ok(given_read(core(), children, count, with_ref, &given));
    cr_assert_eq(given.all.child_count, count);
    return given;
}

static const char *value(const struct given *given, size_t child, size_t record, const char *slot) {
    for (size_t i = 0; i < core()->slot_count; i++) {
        if (strcmp(core()->slots[i].name, slot) == 0) {
            return given->all.children[child].records[record].values.value[i];
        }
    }
    return NULL;
}

Test(given, details_fill_the_slots_that_they_can) {
    struct signpost_child children[] = {{.details = mary, .previous = true, .quiet = true, .ref = "case-1"},
                                        {.details = {.nhs_number = "999 000 0018"}, .ref = "case-2"}};
    struct given given = read_all(children, 2, true);
    cr_assert_eq(given.all.children[0].record_count, 1);
    cr_assert_str_eq(given.all.children[0].ref, "case-1");
    cr_assert(given.all.children[0].previous && given.all.children[0].quiet);
    cr_assert_not(given.all.children[1].previous || given.all.children[1].quiet);
    cr_assert_str_eq(value(&given, 0, 0, "nhs"), "9990000018");
    cr_assert_str_not_empty(value(&given, 0, 0, "names_dob"));
    cr_assert_str_eq(value(&given, 1, 0, "nhs"), "9990000018");
    cr_assert_str_empty(value(&given, 1, 0, "names_dob"));
    cr_assert_not(given.notes[0].left_out || given.notes[0].in_part || given.notes[1].left_out);
    given_free(&given);
}

Test(given, an_alias_has_the_childs_details_where_it_says_nothing_else) {
    const struct signpost_details aliases[] = {{.surname = "Smith"}, {.surname = "O'NEILL"}, {.nhs_number = ""}};
    struct signpost_child child = {.details = mary, .aliases = aliases, .alias_count = 3};
    struct given given = read_all(&child, 1, false);
    cr_assert_eq(given.all.children[0].record_count, 3); // the second says the same as the child
    cr_assert_str_eq(value(&given, 0, 1, "nhs"), "9990000018");
    cr_assert_str_neq(value(&given, 0, 1, "names_dob"), value(&given, 0, 0, "names_dob"));
    cr_assert_str_empty(value(&given, 0, 2, "nhs"));
    cr_assert_str_eq(value(&given, 0, 2, "names_dob"), value(&given, 0, 0, "names_dob"));
    given_free(&given);
}

Test(given, a_detail_that_cannot_be_right_is_set_aside_where_another_is_sure_and_said_once) {
    const struct signpost_details aliases[] = {{.surname = "Smith"}};
    struct signpost_child child = {.details = mary, .aliases = aliases, .alias_count = 1};
    child.details.nhs_number = "9990000019";
    struct given given = read_all(&child, 1, false);
    cr_assert_not(given.notes[0].left_out || given.notes[0].in_part);
    cr_assert_eq(given.all.children[0].record_count, 2);
    const char *first = strstr(given.notes[0].reason, "nhs_number set aside: ");
    cr_assert_eq(first, given.notes[0].reason, "%s", given.notes[0].reason);
    cr_assert_null(strstr(first + 1, "nhs_number"), "%s", given.notes[0].reason);
    given_free(&given);
}

Test(given, a_child_that_cannot_be_sent_is_left_out_with_the_reason_and_no_value) {
    char long_name[400];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    const struct {
        struct signpost_details details;
        const char *words;
    } rows[] = {
        {{0}, "too few details"},
        {{.forenames = "Quentin"}, "too few details"},
        {{.nhs_number = "9990000019"}, "nhs_number: "},
        {{.forenames = "Quentin", .surname = long_name, .date_of_birth = "2014-03-09"}, "surname: too long"},
        {{.forenames = "Quentin\xff", .surname = "O", .date_of_birth = "2014-03-09"},
         "forenames: too long, or not UTF-8"},
        {{.forenames = "Quentin", .surname = "O", .date_of_birth = "2014-02-30"}, "date_of_birth: "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct signpost_child child = {.details = rows[i].details};
        struct given given = read_all(&child, 1, false);
        cr_assert(given.notes[0].left_out);
        cr_assert_not_null(strstr(given.notes[0].reason, rows[i].words), "%zu: %s", i, given.notes[0].reason);
        cr_assert_null(strstr(given.notes[0].reason, "Quentin"));
        given_free(&given);
    }
}

Test(given, a_change_needs_a_reference_and_a_question_does_not) {
    char long_ref[200] = {0};
    memset(long_ref, 'r', 128);
    const char *const refs[] = {NULL, "", long_ref, "two\nlines"};
    for (size_t i = 0; i < sizeof refs / sizeof refs[0]; i++) {
        struct signpost_child child = {.details = mary, .ref = refs[i]};
        struct given given = read_all(&child, 1, true);
        cr_assert(given.notes[0].left_out);
        cr_assert_eq(strncmp(given.notes[0].reason, "ref: ", 5), 0, "%s", given.notes[0].reason);
        given_free(&given);
        given = read_all(&child, 1, false);
        cr_assert_not(given.notes[0].left_out);
        given_free(&given);
    }
}

Test(given, an_alias_of_another_child_is_not_taken) {
    const struct signpost_details aliases[] = {{.surname = "Smith"}, {.date_of_birth = "2001-02-03", .nhs_number = ""}};
    struct signpost_child child = {.details = mary, .aliases = aliases, .alias_count = 2};
    struct given given = read_all(&child, 1, false);
    cr_assert(given.notes[0].in_part);
    cr_assert_not(given.notes[0].left_out);
    cr_assert_eq(given.all.children[0].record_count, 2);
    cr_assert_eq(strncmp(given.notes[0].reason, "alias 2: shares neither", 23), 0, "%s", given.notes[0].reason);
    given_leave_out_parts(&given);
    cr_assert(given.notes[0].left_out);
    given_free(&given);
}

Test(given, too_many_aliases_are_refused) {
    struct signpost_details aliases[SIGNPOST_ALIASES_MAX + 1] = {{0}};
    static char names[SIGNPOST_ALIASES_MAX + 1][8];
    for (size_t i = 0; i <= SIGNPOST_ALIASES_MAX; i++) {
        snprintf(names[i], sizeof names[i], "a%c%c", (char)('a' + i % 26), (char)('a' + i / 26));
        aliases[i].surname = names[i];
    }
    struct signpost_child children[] = {{mary, aliases, SIGNPOST_ALIASES_MAX, NULL, false, false},
                                        {mary, aliases, SIGNPOST_ALIASES_MAX + 1, NULL, false, false},
                                        {mary, NULL, 1, NULL, false, false}};
    struct given given = read_all(children, 3, false);
    cr_assert_eq(given.all.children[0].record_count, SIGNPOST_ALIASES_MAX + 1);
    cr_assert_not(given.notes[0].left_out);
    cr_assert(given.notes[1].left_out);
    cr_assert(given.notes[2].left_out);
    given_free(&given);
}

Test(given, a_selection_has_the_children_that_can_be_sent_in_both) {
    const struct signpost_details none = {0};
    struct signpost_child now[] = {{.details = none}, {.details = mary}, {.details = mary}, {.details = mary}};
    struct signpost_child was[] = {{.details = mary}, {.details = mary}, {.details = none}, {.details = mary}};
    struct given given = read_all(now, 4, false), old = read_all(was, 4, false);
    struct selection selection;
    given_leave_out_with(&given, &old);
    given_leave_out_with(&old, &given);
    assert_ok(given_select(&given, &selection));
    cr_assert_eq(selection.count, 2);
    cr_assert_eq(selection.place[0], 1);
    cr_assert_eq(selection.place[1], 3);
    cr_assert_not_null(strstr(given.notes[2].reason, "too few details"));
    selection_free(&selection);
    assert_ok(given_select(&old, &selection));
    cr_assert_eq(selection.count, 2);
    selection_free(&selection);
    given_free(&old);
    given_free(&given);
}
