// SPDX-License-Identifier: Apache-2.0
#include "proto/role.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/json.h"

static const char *const names[] = {"agency",        "practitioner", "auditor", "data-protection-officer",
                                    "administrator", "index"};

Test(role, has_a_bit_and_a_word_each) {
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        enum role role = ROLE_AGENCY;
        cr_expect_eq(role_parse(names[i], &role), OK);
        cr_expect_eq((unsigned)role, 1U << i, "%s", names[i]);
        cr_expect_str_eq(role_text(role), names[i]);
    }
    enum role role = ROLE_INDEX;
    cr_expect_eq(role_parse("holder", &role), ERR_INPUT);
    cr_expect_not_null(strstr(err_detail(), "must be one of agency, practitioner"), "%s", err_detail());
    cr_expect_eq(role, ROLE_INDEX);
}

Test(role, fits_certain_kinds_of_identity_only) {
    const unsigned watchers = ROLE_AUDITOR | ROLE_DATA_PROTECTION_OFFICER;
    cr_expect_eq(roles_of_kind(URN_AGENCY), (unsigned)ROLE_AGENCY);
    cr_expect_eq(roles_of_kind(URN_PERSON), ROLE_PRACTITIONER | watchers);
    cr_expect_eq(roles_of_kind(URN_ADMINISTRATOR), ROLE_ADMINISTRATOR | watchers);
    cr_expect_eq(roles_of_kind(URN_HOLDER), 0);
    cr_expect_eq(roles_of_kind(URN_INDEX), (unsigned)ROLE_INDEX);
}

Test(role, sets_are_written_and_read_again) {
    for (unsigned roles = 1; roles < 1U << ROLE_COUNT; roles++) {
        unsigned again = 0;
        json_t *array = roles_json(roles);
        cr_assert_not_null(array);
        cr_expect_eq(roles_read(array, &again), OK, "%s", err_detail());
        cr_expect_eq(again, roles);
        json_decref(array);
    }
}

Test(role, sets_are_refused_when_empty_repeated_or_unknown) {
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"[]", "\"roles\": must be at least one"},
        {"[\"agency\",\"agency\"]", "roles[1]: repeated"},
        {"[\"agency\",\"Index\"]", "roles[1]: must be one of"},
        {"[null]", "roles[0]: must be one of"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned roles = 99;
        json_t *array = NULL;
        cr_assert_eq(json_parse(bytes_str(rows[i].text), &array), OK);
        cr_expect_eq(roles_read(array, &roles), ERR_INPUT);
        cr_expect_not_null(strstr(err_detail(), rows[i].says), "%s: %s", rows[i].text, err_detail());
        cr_expect_eq(roles, 99);
        json_decref(array);
    }
}
