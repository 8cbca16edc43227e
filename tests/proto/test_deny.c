// SPDX-License-Identifier: Apache-2.0
#include "proto/deny.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/base/scratch.h"

TestSuite(deny, .init = scratch_make, .fini = scratch_remove);

#define NORTH "urn:signpost:demo:agency:north"
#define JO "urn:signpost:demo:agency:north:person:jo"
#define SAM "urn:signpost:demo:agency:north:person:sam"
#define KEY "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static err_t check(const struct deny_list *list, const char *identity, const char *key_hex) {
    struct urn urn;
    uint8_t key[KEY_HASH_SIZE];
    cr_assert_eq(urn_parse(identity, &urn), OK);
    cr_assert_eq(hex_decode(key_hex, key, sizeof(key)), OK);
    return deny_check(list, &urn, key);
}

#define OTHER_KEY "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void load(const char *text, struct deny_list *out) {
    const char *path = scratch_write_text("deny", text);
    cr_assert_eq(deny_load(path, "demo", out), OK, "%s", err_detail());
}

static err_t load_err(const char *text) {
    struct deny_list list = {0};
    const char *path = scratch_write_text("deny", text);
    err_t err = deny_load(path, "demo", &list);
    cr_expect_eq(list.count, (size_t)0);
    deny_free(&list);
    return err;
}

Test(deny, refuses_a_person_alone) {
    struct deny_list list = {0};
    load(JO "\n", &list);
    cr_expect_eq(check(&list, JO, KEY), ERR_DENIED);
    cr_expect_eq(check(&list, SAM, KEY), OK);
    cr_expect_eq(check(&list, NORTH, KEY), OK);
    deny_free(&list);
}

Test(deny, refuses_an_agency_with_all_its_people) {
    struct deny_list list = {0};
    load(NORTH "\n", &list);
    cr_expect_eq(check(&list, NORTH, KEY), ERR_DENIED);
    cr_expect_eq(check(&list, JO, KEY), ERR_DENIED);
    cr_expect_not_null(strstr(err_detail(), "agency"));
    cr_expect_eq(check(&list, "urn:signpost:demo:agency:north-2:person:jo", KEY), OK);
    cr_expect_eq(check(&list, "urn:signpost:demo:administrator:north", KEY), OK);
    deny_free(&list);
}

Test(deny, refuses_a_key_whoever_holds_it) {
    struct deny_list list = {0};
    load(KEY "\n", &list);
    cr_expect_eq(check(&list, JO, KEY), ERR_DENIED);
    cr_expect_eq(check(&list, SAM, KEY), ERR_DENIED);
    cr_expect_eq(check(&list, JO, OTHER_KEY), OK);
    deny_free(&list);
}

Test(deny, reads_comments_blank_lines_and_entries_in_any_order) {
    struct deny_list list = {0};
    load("# left us\n\n  " SAM " \t# 2026-11-22\r\n" KEY "\n" JO, &list);
    cr_expect_eq(list.count, (size_t)3);
    cr_expect_eq(check(&list, JO, OTHER_KEY), ERR_DENIED);
    cr_expect_eq(check(&list, SAM, OTHER_KEY), ERR_DENIED);
    cr_expect_eq(check(&list, NORTH, KEY), ERR_DENIED);
    cr_expect_eq(check(&list, NORTH, OTHER_KEY), OK);
    deny_free(&list);
}

Test(deny, an_empty_file_refuses_nobody) {
    struct deny_list list = {0};
    load("", &list);
    cr_expect_eq(list.count, (size_t)0);
    cr_expect_eq(check(&list, JO, KEY), OK);
}

// A line that is passed over would be a person who is let in.
Test(deny, a_line_that_is_no_entry_fails_the_whole_list) {
    cr_expect_eq(load_err(JO "\nurn:signpost:demo:agency:North\n"), ERR_INPUT);
    cr_expect_not_null(strstr(err_detail(), "line 2"), "%s", err_detail());
    cr_expect_eq(load_err(JO " " SAM "\n"), ERR_INPUT);
    cr_expect_eq(load_err("00112233\n"), ERR_INPUT);
    cr_expect_eq(load_err("00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff\n"), ERR_INPUT);
    cr_expect_eq(load_err("urn:signpost:other:agency:north\n"), ERR_INPUT);
    cr_expect_not_null(strstr(err_detail(), "another scheme"), "%s", err_detail());
}

Test(deny, a_list_with_a_zero_byte_is_refused) {
    struct deny_list list = {0};
    const char text[] = JO "\n\0" SAM "\n";
    cr_expect_eq(deny_load(scratch_write("deny", 0600, text, sizeof(text) - 1), "demo", &list), ERR_INPUT);
}

Test(deny, a_missing_list_is_said_to_be_missing) {
    struct deny_list list = {0};
    cr_expect_eq(deny_load(scratch_path("deny"), "demo", &list), ERR_NOT_FOUND);
}

Test(deny, appends_to_what_is_there_and_makes_what_is_not) {
    const char *path = scratch_path("deny");
    cr_assert_eq(deny_append(path, JO), OK, "%s", err_detail());
    cr_expect_eq(scratch_mode("deny"), (mode_t)0600);
    cr_assert_eq(deny_append(path, KEY), OK);
    cr_expect(scratch_holds("deny", JO "\n" KEY "\n"));
}

Test(deny, appends_on_a_line_of_its_own_and_keeps_comments) {
    const char *path = scratch_write_text("deny", "# ours\n" JO);
    cr_assert_eq(deny_append(path, SAM), OK);
    cr_expect(scratch_holds("deny", "# ours\n" JO "\n" SAM "\n"));
}

Test(deny, does_not_repeat_an_entry) {
    const char *path = scratch_write_text("deny", JO " # left\n");
    cr_assert_eq(deny_append(path, JO), OK);
    cr_expect(scratch_holds("deny", JO " # left\n"));
}

Test(deny, appends_no_nonsense) {
    const char *path = scratch_path("deny");
    cr_expect_eq(deny_append(path, ""), ERR_INPUT);
    cr_expect_eq(deny_append(path, JO "\n" SAM), ERR_INPUT);
    cr_expect_eq(deny_append(path, "jo"), ERR_INPUT);
    cr_expect_not(scratch_has("deny"));
}
