// SPDX-License-Identifier: Apache-2.0
// Time, passed in so that tests can fix it; its text, RFC 3339 seconds in UTC; and calendar dates as day numbers.
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct wall_clock {
    int64_t (*now_ms)(void *ctx); // milliseconds since 1970-01-01T00:00:00Z
    void *ctx;
};

// The system's real-time clock.
extern const struct wall_clock clock_system;

int64_t clock_now_ms(const struct wall_clock *clock);
int64_t clock_now_s(const struct wall_clock *clock);
int64_t clock_monotonic_us(void); // for durations and deadlines only

// Tells when the wall clock was set, by the time that passed meanwhile. Zero-initialise; one thread.
struct clock_course {
    bool begun;
    int64_t ahead_ms; // of the monotonic clock
};
// By how much it was set since the last call, forward or back; 0: by less than a minute, as a time service does.
int64_t clock_was_set_s(struct clock_course *course, int64_t now_ms, int64_t monotonic_us);

#define CLOCK_TEXT_SIZE 21 // "2026-11-22T10:37:00Z" and a zero
void clock_format(int64_t seconds, char out[CLOCK_TEXT_SIZE]);
// Only the form above. ERR_INPUT.
err_t clock_parse(const char *text, int64_t *out_seconds);

// Days since 1970-01-01 and back; the proleptic Gregorian calendar.
bool clock_date_exists(int year, int month, int day);
int64_t clock_days(int year, int month, int day);
void clock_date(int64_t days, int *year, int *month, int *day);

#endif
