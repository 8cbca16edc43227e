// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "tests/base/refusal.h"

static int64_t fixed(void *ctx) {
    return *(int64_t *)ctx;
}

Test(clock, is_passed_in) {
    int64_t at = 1795344999999;
    const struct wall_clock clock = {.now_ms = fixed, .ctx = &at};
    cr_assert_eq(clock_now_ms(&clock), 1795344999999);
    cr_assert_eq(clock_now_s(&clock), 1795344999);
}

Test(clock, the_systems_clock_agrees_with_time) {
    time_t before = time(NULL);
    int64_t now = clock_now_s(&clock_system);
    cr_assert_geq(now + 1, before); // time() may run on a coarser clock
    cr_assert_leq(now, time(NULL) + 1);
}

Test(clock, durations_never_run_backwards) {
    int64_t before = clock_monotonic_us();
    cr_assert_geq(clock_monotonic_us(), before);
}

static const struct {
    int64_t seconds;
    const char *text;
} times[] = {
    {0, "1970-01-01T00:00:00Z"},
    {-1, "1969-12-31T23:59:59Z"},
    {951782399, "2000-02-28T23:59:59Z"},
    {951782400, "2000-02-29T00:00:00Z"},
    {1795343820, "2026-11-22T10:37:00Z"},
    {4107542400, "2100-03-01T00:00:00Z"},
    {253402300799, "9999-12-31T23:59:59Z"},
    {-62135596800, "0001-01-01T00:00:00Z"},
};

Test(clock, texts_go_both_ways) {
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[CLOCK_TEXT_SIZE];
        int64_t seconds = 0;
        clock_format(times[i].seconds, text);
        cr_assert_str_eq(text, times[i].text);
        assert_ok(clock_parse(text, &seconds));
        cr_assert_eq(seconds, times[i].seconds);
    }
}

Test(clock, gives_the_nearest_text_to_a_year_that_has_none) {
    char text[CLOCK_TEXT_SIZE];
    clock_format(INT64_MAX, text);
    cr_assert_str_eq(text, "9999-12-31T23:59:59Z");
    clock_format(INT64_MIN, text);
    cr_assert_str_eq(text, "0001-01-01T00:00:00Z");
}

Test(clock, refuses_another_form) {
    static const char *const wrong[] = {"",
                                        "2026-11-22",
                                        "2026-11-22T10:37:00",
                                        "2026-11-22T10:37:00z",
                                        "2026-11-22t10:37:00Z",
                                        "2026-11-22 10:37:00Z",
                                        "2026-11-22T10:37:00+00:00",
                                        "2026-11-22T10:37:00.5Z",
                                        "2026-11-22T10:37Z",
                                        "26-11-22T10:37:00Z",
                                        "2026-11-22T10:37:00ZZ",
                                        " 2026-11-22T10:37:00Z",
                                        "2026-1a-22T10:37:00Z",
                                        "-026-11-22T10:37:00Z"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t seconds = 7;
        assert_refused(clock_parse(wrong[i], &seconds), ERR_INPUT, "must be a time like");
        cr_assert_eq(seconds, 7, "untouched: %s", wrong[i]);
    }
}

Test(clock, refuses_a_time_that_does_not_exist) {
    static const char *const wrong[] = {"2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
                                        "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z",
                                        "2026-01-01T00:60:00Z", "2026-12-31T23:59:60Z", "0000-01-01T00:00:00Z"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t seconds = 7;
        assert_refused(clock_parse(wrong[i], &seconds), ERR_INPUT, "that exists");
        cr_assert_eq(seconds, 7, "untouched: %s", wrong[i]);
    }
}

Test(clock, knows_the_leap_years) {
    cr_assert(clock_date_exists(2024, 2, 29));
    cr_assert(clock_date_exists(2000, 2, 29));
    cr_assert_not(clock_date_exists(1900, 2, 29));
    cr_assert_not(clock_date_exists(2025, 2, 29));
    cr_assert(clock_date_exists(2025, 12, 31));
    cr_assert_not(clock_date_exists(2025, 12, 32));
    cr_assert_not(clock_date_exists(2025, 6, 31));
    cr_assert_not(clock_date_exists(2025, -1, 1));
    cr_assert_not(clock_date_exists(0, 1, 1));
    cr_assert_not(clock_date_exists(10000, 1, 1));
}

Test(clock, counts_every_day_once_in_both_directions) {
    int64_t days = clock_days(1582, 1, 1);
    for (int year = 1582; year <= 2420; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; clock_date_exists(year, month, day); day++, days++) {
                int back[3];
                cr_assert_eq(clock_days(year, month, day), days);
                clock_date(days, &back[0], &back[1], &back[2]);
                cr_assert(back[0] == year && back[1] == month && back[2] == day, "%d-%d-%d", year, month, day);
            }
        }
    }
    cr_assert_eq(clock_days(1970, 1, 1), 0);
}

Test(clock, agrees_with_the_c_library) {
    for (int64_t at = -5000000000; at < 9000000000; at += 86399777) {
        char ours[CLOCK_TEXT_SIZE];
        char theirs[64];
        struct tm parts;
        time_t seconds = (time_t)at;
        clock_format(at, ours);
        cr_assert_not_null(gmtime_r(&seconds, &parts));
        cr_assert_neq(strftime(theirs, sizeof theirs, "%Y-%m-%dT%H:%M:%SZ", &parts), 0);
        cr_assert_str_eq(ours, theirs);
    }
}

Test(clock, tells_when_it_was_set_and_not_when_it_was_slewed) {
    struct clock_course course = {0};
    const int64_t minute_us = 60 * INT64_C(1000000);
    int64_t now_ms = INT64_C(1795348800000);
    cr_assert_eq(clock_was_set_s(&course, now_ms, 5 * minute_us), 0, "there was none before");
    cr_assert_eq(clock_was_set_s(&course, now_ms += 60000, 6 * minute_us), 0);
    cr_assert_eq(clock_was_set_s(&course, now_ms += 60000 + 59000, 7 * minute_us), 0);
    cr_assert_eq(clock_was_set_s(&course, now_ms += 60000 + 3600000, 8 * minute_us), 3600);
    cr_assert_eq(clock_was_set_s(&course, now_ms += 60000, 9 * minute_us), 0, "told once");
    cr_assert_eq(clock_was_set_s(&course, now_ms += 60000 - 86400000, 10 * minute_us), -86400);
    cr_assert_eq(clock_was_set_s(&course, now_ms + 3600000, 70 * minute_us), 0, "an hour has passed");
}
