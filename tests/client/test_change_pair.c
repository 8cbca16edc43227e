// SPDX-License-Identifier: Apache-2.0
#include "client/cli/change.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "tests/base/refusal.h"
#include "tests/client/fake_scheme.h"

static struct caseload now, was;
static struct caseload_child *paired;

static void make(struct caseload *out, const char *const *refs, size_t count, const char *value) {
    *out = (struct caseload){.children = calloc(count + 1, sizeof *out->children), .child_count = count};
    for (size_t i = 0; i < count; i++) {
        struct caseload one;
        fake_child(&one, refs[i], "nhs", value);
        out->children[i] = one.children[0];
        free(one.children);
        out->children[i].records[0].line = i + 2;
    }
}

static void begin(void) {
    assert_ok(secret_start());
}

static void end(void) {
    caseload_free(&now);
    caseload_free(&was);
    free(paired);
}

TestSuite(change_pair, .init = begin, .fini = end);

Test(change_pair, matches_by_reference_whatever_the_order) {
    make(&now, (const char *const[]){"a", "b", "c"}, 3, "new");
    make(&was, (const char *const[]){"c", "x", "a", "b"}, 4, "old");
    assert_ok(change_pair(&now, &was, &paired));
    cr_assert_eq(now.child_count, 3);
    cr_assert_eq(now.reject_count, 0);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_str_eq(paired[i].ref, now.children[i].ref);
        cr_assert_str_eq(paired[i].records[0].values.value[0], "old");
    }
}

Test(change_pair, rejects_a_child_without_earlier_details) {
    make(&now, (const char *const[]){"new 1", "a", "new 2", "b"}, 4, "new");
    make(&was, (const char *const[]){"b", "a"}, 2, "old");
    assert_ok(change_pair(&now, &was, &paired));
    cr_assert_eq(now.child_count, 2);
    cr_assert_str_eq(now.children[0].ref, "a");
    cr_assert_str_eq(now.children[1].ref, "b");
    cr_assert_str_eq(paired[1].ref, "b");
    cr_assert_eq(now.reject_count, 2);
    cr_assert_eq(now.rejects[0].line, 2);
    cr_assert_str_eq(now.rejects[1].ref, "new 2");
    cr_assert_str_eq(now.rejects[1].reason, "no earlier details with this reference");
}

Test(change_pair, rejects_everybody_when_the_earlier_file_is_empty) {
    make(&now, (const char *const[]){"a", "b"}, 2, "new");
    make(&was, NULL, 0, "old");
    assert_ok(change_pair(&now, &was, &paired));
    cr_assert_eq(now.child_count, 0);
    cr_assert_eq(now.reject_count, 2);
}

Test(change_pair, keeps_rejects_in_the_order_of_the_file) {
    make(&now, NULL, 0, "new");
    assert_ok(change_reject(&now, 9, "z", "late"));
    assert_ok(change_reject(&now, 3, "y", "early"));
    cr_assert_eq(now.rejects[0].line, 3);
    cr_assert_eq(now.rejects[1].line, 9);
    cr_assert_not(now.rejects[0].set_aside);
}
