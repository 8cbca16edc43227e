// SPDX-License-Identifier: Apache-2.0
#include "proto/expiry.h"

#include <criterion/criterion.h>

#define DAY 86400
#define NOW ((int64_t)20000 * DAY)

Test(expiry, is_quiet_until_seven_days_before) {
    cr_expect_not(expiry_warn("the roster", NOW + 7 * DAY + 1, NOW));
    cr_expect(expiry_warn("the roster", NOW + 7 * DAY, NOW));
}

Test(expiry, goes_on_after_the_end) {
    cr_expect(expiry_warn("the roster", NOW + 1, NOW));
    cr_expect(expiry_warn("the roster", NOW, NOW));
    cr_expect(expiry_warn("the roster", NOW - 100 * DAY, NOW));
}

Test(expiry, is_urgent_from_two_days_before) {
    cr_expect_eq(expiry_of(NOW + 7 * DAY + 1, NOW), EXPIRY_FAR);
    cr_expect_eq(expiry_of(NOW + 7 * DAY, NOW), EXPIRY_WARN);
    cr_expect_eq(expiry_of(NOW + 2 * DAY + 1, NOW), EXPIRY_WARN);
    cr_expect_eq(expiry_of(NOW + 2 * DAY, NOW), EXPIRY_URGENT);
    cr_expect_eq(expiry_of(NOW + 1, NOW), EXPIRY_URGENT);
    cr_expect_eq(expiry_of(NOW, NOW), EXPIRY_PAST);
}
