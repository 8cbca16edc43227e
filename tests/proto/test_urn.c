// SPDX-License-Identifier: Apache-2.0
#include "proto/urn.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define ID_63 "a23456789-123456789-123456789-123456789-123456789-123456789-123"

static void is_kept(const char *text, enum urn_kind kind, const char *id, const char *person) {
    struct urn urn;
    char again[MAX_URN + 1];
    cr_assert_eq(urn_parse(text, &urn), OK, "%s: %s", text, err_detail());
    cr_expect_eq(urn.kind, kind, "%s", text);
    cr_expect_str_eq(urn.scheme, "demo");
    cr_expect_str_eq(urn.id, id);
    cr_expect_str_eq(urn.person, person);
    urn_format(&urn, again);
    cr_expect_str_eq(again, text);
}

Test(urn, reads_and_writes_each_kind) {
    is_kept("urn:signpost:demo:agency:north", URN_AGENCY, "north", "");
    is_kept("urn:signpost:demo:agency:north:person:j-smith", URN_PERSON, "north", "j-smith");
    is_kept("urn:signpost:demo:administrator:ada", URN_ADMINISTRATOR, "ada", "");
    is_kept("urn:signpost:demo:holder:1", URN_HOLDER, "1", "");
    is_kept("urn:signpost:demo:holder:16", URN_HOLDER, "16", "");
    is_kept("urn:signpost:demo:index:main-2", URN_INDEX, "main-2", "");
}

Test(urn, keeps_ids_of_the_greatest_length) {
    const char *text = "urn:signpost:" ID_63 ":agency:" ID_63 ":person:" ID_63;
    struct urn urn;
    char again[MAX_URN + 1];
    cr_assert_eq(urn_parse(text, &urn), OK, "%s", err_detail());
    urn_format(&urn, again);
    cr_assert_str_eq(again, text);
}

Test(urn, refuses_what_is_no_identity_and_says_which_part) {
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"", "must begin with urn:signpost:"},
        {"URN:signpost:demo:agency:north", "must begin with"},
        {" urn:signpost:demo:agency:north", "must begin with"},
        {"urn:signpost:", "the scheme"},
        {"urn:signpost::agency:north", "the scheme"},
        {"urn:signpost:Demo:agency:north", "the scheme"},
        {"urn:signpost:demo:", "the scheme"},
        {"urn:signpost:" ID_63 "x:agency:north", "the scheme"},
        {"urn:signpost:demo", "must be of an agency"},
        {"urn:signpost:demo:person:north", "must be of an agency"},
        {"urn:signpost:demo:school:north", "must be of an agency"},
        {"urn:signpost:demo:agency", "not the id"},
        {"urn:signpost:demo:agency:-north", "not the id"},
        {"urn:signpost:demo:agency:nor th", "not the id"},
        {"urn:signpost:demo:agency:n\xc3\xb6rth", "not the id"},
        {"urn:signpost:demo:agency:north\n", "not the id"},
        {"urn:signpost:demo:agency:north:", "not the id"},
        {"urn:signpost:demo:agency:" ID_63 "x", "not the id"},
        {"urn:signpost:demo:agency:north:person", "a person's id alone"},
        {"urn:signpost:demo:agency:north:team:a", "a person's id alone"},
        {"urn:signpost:demo:agency:north:person:", "a person's id alone"},
        {"urn:signpost:demo:agency:north:person:J", "a person's id alone"},
        {"urn:signpost:demo:agency:north:person:j:more", "something follows"},
        {"urn:signpost:demo:index:main:person:j", "something follows"},
        {"urn:signpost:demo:holder:0", "not the id"},
        {"urn:signpost:demo:holder:17", "not the id"},
        {"urn:signpost:demo:holder:01", "not the id"},
        {"urn:signpost:demo:holder:1a", "not the id"},
        {"urn:signpost:demo:holder:99999999999999999999999", "not the id"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct urn urn;
        struct urn untouched;
        memset(&urn, 0xa5, sizeof urn);
        memset(&untouched, 0xa5, sizeof untouched);
        cr_expect_eq(urn_parse(rows[i].text, &urn), ERR_INPUT, "%s", rows[i].text);
        cr_expect_not_null(strstr(err_detail(), rows[i].says), "%s: %s", rows[i].text, err_detail());
        cr_expect(memcmp(&urn, &untouched, sizeof urn) == 0, "%s: touched", rows[i].text);
    }
}

Test(urn, two_are_equal_in_all_parts_or_not_at_all) {
    static const char *const texts[] = {
        "urn:signpost:demo:agency:north", "urn:signpost:other:agency:north",
        "urn:signpost:demo:agency:south", "urn:signpost:demo:agency:north:person:j",
        "urn:signpost:demo:index:north",  "urn:signpost:demo:agency:north:person:k",
    };
    const size_t count = sizeof texts / sizeof texts[0];
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            struct urn a;
            struct urn b;
            cr_assert_eq(urn_parse(texts[i], &a), OK);
            cr_assert_eq(urn_parse(texts[j], &b), OK);
            cr_expect_eq(urn_equal(&a, &b), i == j, "%s %s", texts[i], texts[j]);
        }
    }
}

Test(urn, an_id_has_63_plain_characters_at_most) {
    cr_expect(urn_id_valid("a"));
    cr_expect(urn_id_valid("0"));
    cr_expect(urn_id_valid("a-"));
    cr_expect(urn_id_valid(ID_63));
    cr_expect_not(urn_id_valid(""));
    cr_expect_not(urn_id_valid("-a"));
    cr_expect_not(urn_id_valid("A"));
    cr_expect_not(urn_id_valid("a_b"));
    cr_expect_not(urn_id_valid("a:b"));
    cr_expect_not(urn_id_valid("a\"b"));
    cr_expect_not(urn_id_valid(ID_63 "x"));
}
