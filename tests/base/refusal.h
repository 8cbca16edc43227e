// SPDX-License-Identifier: Apache-2.0
// A refusal is tested by its error and by what it tells people.
#ifndef TESTS_BASE_REFUSAL_H
#define TESTS_BASE_REFUSAL_H

#include <criterion/criterion.h>
#include <string.h>

#include "base/err.h"

#define assert_ok(call)                                                                                                \
    do {                                                                                                               \
        err_t assert_ok_err = (call);                                                                                  \
        cr_assert_eq(assert_ok_err, OK, "%s: %s", err_text(assert_ok_err), err_detail());                              \
    } while (0)

#define assert_refused(call, expected, words)                                                                          \
    do {                                                                                                               \
        err_t refused_err = (call);                                                                                    \
        cr_assert_eq(refused_err, expected, "%s: %s", err_text(refused_err), err_detail());                            \
        cr_assert_not_null(strstr(err_detail(), words), "\"%s\" is not in \"%s\"", words, err_detail());               \
    } while (0)

#endif
