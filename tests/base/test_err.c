// SPDX-License-Identifier: Apache-2.0
#include "base/err.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "tests/base/refusal.h"

Test(err, every_error_has_a_text_of_its_own) {
    for (int a = OK; a <= ERR_UNAVAILABLE; a++) {
        cr_assert_neq(strlen(err_text((err_t)a)), 0);
        for (int b = OK; b < a; b++) {
            cr_assert_str_neq(err_text((err_t)a), err_text((err_t)b));
        }
    }
    cr_assert_str_eq(err_text((err_t)1000), "unknown error");
}

Test(err, has_no_detail_at_first) {
    cr_assert_str_eq(err_detail(), "");
}

Test(err, keeps_the_last_detail) {
    cr_assert_eq(err_set(ERR_IO, "first"), ERR_IO);
    cr_assert_eq(err_set(ERR_INPUT, "line %d", 3), ERR_INPUT);
    cr_assert_str_eq(err_detail(), "line 3");
}

Test(err, puts_a_prefix_before_the_detail) {
    cr_assert_eq(err_set(ERR_INPUT, "not base64"), ERR_INPUT);
    cr_assert_eq(err_prefix(ERR_INPUT, "line %d", 3), ERR_INPUT);
    cr_assert_eq(err_prefix(ERR_CORRUPT, "roster"), ERR_CORRUPT);
    cr_assert_str_eq(err_detail(), "roster: line 3: not base64");
}

Test(err, a_prefix_alone_has_no_colon) {
    cr_assert_eq(err_prefix(ERR_INPUT, "roster"), ERR_INPUT);
    cr_assert_str_eq(err_detail(), "roster");
}

Test(err, a_detail_may_quote_the_one_before) {
    cr_assert_eq(err_set(ERR_INPUT, "inner"), ERR_INPUT);
    cr_assert_eq(err_set(ERR_INPUT, "outer (%s)", err_detail()), ERR_INPUT);
    cr_assert_str_eq(err_detail(), "outer (inner)");
}

Test(err, a_detail_leaves_errno_as_it_is) {
    errno = ENOSPC;
    cr_assert_eq(err_set(errno == ENOSPC ? ERR_FULL : ERR_IO, "%s", strerror(errno)), ERR_FULL);
    cr_assert_eq(errno, ENOSPC);
}

Test(err, cuts_a_detail_that_is_too_long) {
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    cr_assert_eq(err_set(ERR_INPUT, "%s", text), ERR_INPUT);
    cr_assert_eq(err_prefix(ERR_INPUT, "%s", text), ERR_INPUT);
    cr_assert_lt(strlen(err_detail()), 1000);
}

static void *fail_elsewhere(void *seen) {
    *(bool *)seen = err_detail()[0] != '\0';
    return err_set(ERR_IO, "of the other thread") == ERR_IO ? seen : NULL;
}

Test(err, keeps_a_detail_for_each_thread) {
    pthread_t thread;
    bool seen = true;
    cr_assert_eq(err_set(ERR_INPUT, "of this thread"), ERR_INPUT);
    cr_assert_eq(pthread_create(&thread, NULL, fail_elsewhere, &seen), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_assert_not(seen);
    cr_assert_str_eq(err_detail(), "of this thread");
}
