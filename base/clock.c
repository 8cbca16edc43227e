// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400
#define YEAR_MAX 9999
#define SET_LEAST_S 60

static int64_t system_now_ms(void *ctx) {
    (void)ctx;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now); // fails for an unknown clock alone
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const struct wall_clock clock_system = {.now_ms = system_now_ms};

int64_t clock_now_ms(const struct wall_clock *clock) {
    return clock->now_ms(clock->ctx);
}

int64_t clock_now_s(const struct wall_clock *clock) {
    return clock_now_ms(clock) / 1000;
}

int64_t clock_monotonic_us(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_was_set_s(struct clock_course *course, int64_t now_ms, int64_t monotonic_us) {
    const int64_t ahead_ms = now_ms - monotonic_us / 1000;
    const int64_t by_s = course->begun ? (ahead_ms - course->ahead_ms) / 1000 : 0;
    const bool set = by_s >= SET_LEAST_S || by_s <= -SET_LEAST_S;
    *course = (struct clock_course){true, ahead_ms};
    return set ? by_s : 0;
}

void clock_format(int64_t seconds, char out[CLOCK_TEXT_SIZE]) {
    const int64_t last = clock_days(YEAR_MAX, 12, 31) * DAY_S + DAY_S - 1;
    const int64_t first = clock_days(1, 1, 1) * DAY_S;
    // Years outside 0001-9999 have no text of this size; the nearest one that has stands for them.
    seconds = seconds > last ? last : seconds < first ? first : seconds;
    int64_t days = seconds / DAY_S - (seconds % DAY_S < 0 ? 1 : 0);
    unsigned of_day = (unsigned)(seconds - days * DAY_S);
    int year = 0;
    int month = 0;
    int day = 0;
    clock_date(days, &year, &month, &day);
    (void)snprintf(out, CLOCK_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year % 10000,
                   (unsigned)month % 100, (unsigned)day % 100, of_day / 3600 % 24, of_day / 60 % 60, of_day % 60);
}

static bool shaped_like(const char *text, const char *shape) {
    for (; *shape != '\0'; text++, shape++) {
        bool fits = *shape == '0' ? *text >= '0' && *text <= '9' : *text == *shape;
        if (!fits) {
            return false;
        }
    }
    return *text == '\0';
}

static int digits(const char *text, size_t count) {
    int value = 0;
    for (size_t i = 0; i < count; i++) {
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

err_t clock_parse(const char *text, int64_t *out_seconds) {
    if (!shaped_like(text, "0000-00-00T00:00:00Z")) {
        return err_set(ERR_INPUT, "must be a time like 2026-11-22T10:37:00Z");
    }
    int year = digits(text, 4);
    int month = digits(text + 5, 2);
    int day = digits(text + 8, 2);
    int hour = digits(text + 11, 2);
    int minute = digits(text + 14, 2);
    int second = digits(text + 17, 2);
    if (!clock_date_exists(year, month, day) || hour > 23 || minute > 59 || second > 59) {
        return err_set(ERR_INPUT, "must be a time that exists");
    }
    *out_seconds = clock_days(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second;
    return OK;
}

bool clock_date_exists(int year, int month, int day) {
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || year > YEAR_MAX || month < 1 || month > 12 || day < 1) {
        return false;
    }
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= lengths[month - 1] + (month == 2 && leap ? 1 : 0);
}

// Both directions count from 0000-03-01, so that the leap day is a year's last; 719468 days before 1970-01-01.
// The arithmetic is Howard Hinnant's (https://howardhinnant.github.io/date_algorithms.html), with eras of 400 years.
#define ERA_DAYS 146097
#define EPOCH_SHIFT 719468

int64_t clock_days(int year, int month, int day) {
    int64_t shifted = (int64_t)year - (month <= 2 ? 1 : 0);
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t of_era = shifted - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH_SHIFT;
}

void clock_date(int64_t days, int *year, int *month, int *day) {
    days += EPOCH_SHIFT;
    int64_t era = (days >= 0 ? days : days - (ERA_DAYS - 1)) / ERA_DAYS;
    int64_t day_of_era = days - era * ERA_DAYS;
    int64_t of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * of_era + of_era / 4 - of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = (int)(of_era + era * 400 + (*month <= 2 ? 1 : 0));
}
