// SPDX-License-Identifier: Apache-2.0
#include "indexd/engine.h"

#include <criterion/criterion.h>

#include "tests/indexd/fixture.h"

Test(engine, answers_what_another_agency_registered) {
    struct fixture *fixture = fixture_new();
    struct token_set child = child_of(1, 2, 3);
    cr_assert_eq(ask_one(fixture->engine, "north", child), ANSWER_NO);
    open_one(fixture->engine, "south", 1, child);
    cr_assert_eq(ask_one(fixture->engine, "north", child), ANSWER_YES);
    cr_assert_eq(ask_one(fixture->engine, "south", child), ANSWER_NO);
    fixture_reopen(fixture);
    cr_assert_eq(ask_one(fixture->engine, "north", child), ANSWER_YES);
    cr_assert_eq(ask_one(fixture->engine, "north", child_of(7, 8, 3)), ANSWER_POSSIBLY);
    fixture_end(fixture);
}
