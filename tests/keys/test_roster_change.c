// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <string.h>

#include "keys/ceremony/roster_change.h"

static struct roster *roster;

static void start(void) {
    cr_assert_eq(roster_new("demo", &roster), OK);
}

static void end(void) {
    roster_free(roster);
}

TestSuite(roster_change, .init = start, .fini = end);

#define AGENCY "urn:signpost:demo:agency:north"
#define PERSON "urn:signpost:demo:agency:north:person:jo"

static struct urn urn_of(const char *text) {
    struct urn urn;
    cr_assert_eq(urn_parse(text, &urn), OK);
    return urn;
}

static struct roster_member member(const char *identity, uint8_t key) {
    struct roster_member out = {.identity = urn_of(identity), .valid_from = 100, .valid_until = 200};
    memset(out.key, key, sizeof out.key);
    return out;
}

static err_t add(const char *identity, uint8_t key) {
    struct roster_member out = member(identity, key);
    return roster_add(roster, &out);
}

Test(roster_change, an_identity_has_the_role_of_its_kind) {
    static const struct {
        const char *identity;
        unsigned role;
    } cases[] = {
        {AGENCY, ROLE_AGENCY},
        {PERSON, ROLE_PRACTITIONER},
        {"urn:signpost:demo:administrator:olu", ROLE_ADMINISTRATOR},
        {"urn:signpost:demo:index:main", ROLE_INDEX},
    };
    for (uint8_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert_eq(add(cases[i].identity, i), OK, "%s", err_detail());
        cr_expect_eq(roster->entries[i].roles, cases[i].role);
        cr_expect_eq(roster->entries[i].valid_from, 100);
        cr_expect_eq(roster->entries[i].valid_until, 200);
        cr_expect_not(roster->entries[i].suspended);
    }
    cr_expect_eq(roster->count, 4);
}

Test(roster_change, a_role_is_added_to_that_of_the_kind) {
    struct roster_member auditor = member(PERSON, 1);
    auditor.roles = ROLE_AUDITOR;
    cr_assert_eq(roster_add(roster, &auditor), OK);
    cr_expect_eq(roster->entries[0].roles, ROLE_PRACTITIONER | ROLE_AUDITOR);
}

Test(roster_change, a_role_that_the_kind_cannot_have_is_refused) {
    struct roster_member auditor = member(AGENCY, 1);
    auditor.roles = ROLE_AUDITOR;
    cr_expect_eq(roster_add(roster, &auditor), ERR_DENIED);
    cr_expect_eq(roster->count, 0);
}

Test(roster_change, a_second_certificate_adds_its_key_and_a_later_end) {
    struct roster_member later = member(PERSON, 2);
    later.valid_until = 300;
    cr_assert_eq(add(PERSON, 1), OK);
    cr_assert_eq(roster_suspend(roster, &later.identity, true), OK);
    cr_assert_eq(roster_add(roster, &later), OK);
    cr_assert_eq(roster->count, 1);
    cr_expect_eq(roster->entries[0].key_count, 2);
    cr_expect_eq(roster->entries[0].keys[1][0], 2);
    cr_expect_eq(roster->entries[0].valid_until, 300);
    cr_expect(roster->entries[0].suspended, "a new key does not end a suspension");
    struct roster_member earlier = member(PERSON, 3);
    earlier.valid_until = 150;
    cr_assert_eq(roster_add(roster, &earlier), OK);
    cr_expect_eq(roster->entries[0].valid_until, 300);
}

Test(roster_change, a_key_stands_once_on_the_roster) {
    cr_assert_eq(add(AGENCY, 1), OK);
    cr_expect_eq(add(AGENCY, 1), ERR_EXISTS);
    cr_expect_eq(add(PERSON, 1), ERR_EXISTS);
    cr_expect_eq(roster->count, 1);
    cr_expect_eq(roster->entries[0].key_count, 1);
}

Test(roster_change, an_entry_has_at_most_sixteen_keys) {
    for (uint8_t i = 0; i < MAX_KEYS; i++) {
        cr_assert_eq(add(AGENCY, i), OK);
    }
    cr_expect_eq(add(AGENCY, MAX_KEYS), ERR_FULL);
    cr_expect_eq(roster->entries[0].key_count, MAX_KEYS);
}

Test(roster_change, holders_canaries_and_other_schemes_are_refused) {
    cr_expect_eq(add("urn:signpost:demo:holder:1", 1), ERR_DENIED);
    cr_expect_eq(add("urn:signpost:demo:agency:canary", 1), ERR_DENIED);
    cr_expect_eq(add("urn:signpost:demo:agency:canary:person:jo", 1), ERR_DENIED);
    cr_expect_eq(add("urn:signpost:other:agency:north", 1), ERR_INPUT);
    cr_expect_eq(add("urn:signpost:demo:index:canary", 1), OK);
    cr_expect_eq(roster->count, 1);
}

Test(roster_change, removal_takes_one_entry_and_leaves_the_others) {
    struct urn person = urn_of(PERSON);
    cr_assert_eq(add(AGENCY, 1), OK);
    cr_assert_eq(add(PERSON, 2), OK);
    cr_assert_eq(add("urn:signpost:demo:agency:south", 3), OK);
    cr_assert_eq(roster_remove(roster, &person), OK);
    cr_assert_eq(roster->count, 2);
    cr_expect_str_eq(roster->entries[0].identity.id, "north");
    cr_expect_str_eq(roster->entries[1].identity.id, "south");
    cr_expect_eq(roster->entries[1].keys[0][0], 3);
    cr_expect_eq(roster_remove(roster, &person), ERR_NOT_FOUND);
}

Test(roster_change, suspension_is_of_one_entry_and_can_end) {
    struct urn person = urn_of(PERSON);
    cr_expect_eq(roster_suspend(roster, &person, true), ERR_NOT_FOUND);
    cr_assert_eq(add(AGENCY, 1), OK);
    cr_assert_eq(add(PERSON, 2), OK);
    cr_expect_eq(roster_suspend(roster, &person, false), ERR_EXISTS);
    cr_assert_eq(roster_suspend(roster, &person, true), OK);
    cr_expect(roster->entries[1].suspended && !roster->entries[0].suspended);
    cr_expect_eq(roster_suspend(roster, &person, true), ERR_EXISTS);
    cr_assert_eq(roster_suspend(roster, &person, false), OK);
    cr_expect_not(roster->entries[1].suspended);
}
