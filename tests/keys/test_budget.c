// SPDX-License-Identifier: Apache-2.0
// A holder's budgets: what is refused, and that neither a restart, a crash nor the clock gives anybody more.
#include "keys/keyholderd/budget.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/secret.h"
#include "tests/base/scratch.h"

#define NOON INT64_C(1795348800) // 2026-11-22T12:00:00Z
#define JO "urn:signpost:demo:agency:north:person:jo"
#define KIM "urn:signpost:demo:agency:north:person:kim"
#define NORTH "urn:signpost:demo:agency:north"

static struct holder_budget *budget;
static int64_t retry_s;

static void open_counts(void) {
    cr_assert_eq(holder_budget_open(scratch_dir(), &budget), OK, "%s", err_detail());
}

static void start(void) {
    cr_assert_eq(secret_start(), OK);
    scratch_make();
    open_counts();
}

static void end(void) {
    holder_budget_close(budget);
    scratch_remove();
}

TestSuite(holder_budget, .init = start, .fini = end);

// 100 elements in an hour and 150 in a day for a person; 200 and 1000 for an agency.
static err_t take(const char *identity, uint32_t elements, int64_t now_s) {
    const struct limits person = {.of = {[LIMIT_ELEMENTS_HOUR] = 100, [LIMIT_ELEMENTS_DAY] = 150}};
    const struct limits agency = {.of = {[LIMIT_ELEMENTS_HOUR] = 200, [LIMIT_ELEMENTS_DAY] = 1000}};
    struct urn who;
    cr_assert_eq(urn_parse(identity, &who), OK);
    err_t err = holder_budget_take(budget, &who, who.kind == URN_PERSON ? &person : &agency, &agency, elements, now_s,
                                   &retry_s);
    cr_assert(err == OK || err == ERR_BUDGET, "%s", err_detail());
    return err;
}

Test(holder_budget, counts_elements_by_hour_and_day_and_says_when_to_come_back) {
    cr_expect_eq(take(JO, 60, NOON), OK);
    cr_expect_eq(take(JO, 41, NOON + 60), ERR_BUDGET);
    cr_expect_eq(retry_s, 3540);
    cr_expect_not_null(strstr(err_detail(), "come back at 2026-11-22T13:00:00Z"), "%s", err_detail());
    cr_expect_eq(take(JO, 40, NOON + 60), OK, "what was refused cost nothing");
    cr_expect_eq(take(JO, 50, NOON + 3600), OK);
    cr_expect_eq(take(JO, 1, NOON + 3601), ERR_BUDGET, "the day's");
    cr_expect_eq(retry_s, 11 * 3600 - 1);
    cr_expect_eq(take(JO, 100, NOON + 86400), OK);
    cr_expect_eq(take(JO, 101, NOON + 2 * 86400), ERR_BUDGET);
    cr_expect_not_null(strstr(err_detail(), "in one request"), "%s", err_detail());
}

Test(holder_budget, of_an_agency_is_shared_by_its_people_and_its_system) {
    cr_expect_eq(take(JO, 90, NOON), OK);
    cr_expect_eq(take(KIM, 90, NOON), OK);
    cr_expect_eq(take(NORTH, 21, NOON), ERR_BUDGET);
    cr_expect_eq(take(NORTH, 20, NOON), OK);
    cr_expect_eq(take(JO, 1, NOON), ERR_BUDGET);
    cr_expect_eq(take("urn:signpost:demo:agency:south", 200, NOON), OK);
}

Test(holder_budget, is_exact_after_a_restart) {
    cr_expect_eq(take(JO, 60, NOON), OK);
    holder_budget_close(budget);
    open_counts();
    cr_expect_eq(take(JO, 41, NOON), ERR_BUDGET);
    cr_expect_eq(take(JO, 40, NOON), OK);
}

// The files as they are while the holder runs, in the hands of another.
static void crash(void) {
    struct holder_budget *lost = budget;
    open_counts();
    struct holder_budget *next = budget;
    holder_budget_close(lost); // writes to a file that was replaced, and is gone
    budget = next;
}

Test(holder_budget, is_rounded_up_and_never_down_by_a_crash) {
    for (int i = 0; i < 6; i++) {
        cr_expect_eq(take(JO, 10, NOON), OK);
    }
    crash();
    cr_expect_eq(take(JO, 41, NOON), ERR_BUDGET, "60 of 100 are used, or more");
    crash();
    crash();
    cr_expect_eq(take(JO, 41, NOON), ERR_BUDGET);
    cr_expect_eq(take(JO, 1, NOON), OK, "and not much more");
    cr_expect_eq(take(JO, 100, NOON + 86400), OK);
    crash();
    cr_expect_eq(take(JO, 1, NOON + 86400), ERR_BUDGET);
}

Test(holder_budget, of_a_new_hour_is_not_lost_by_a_crash) {
    cr_expect_eq(take(JO, 1, NOON), OK); // a block ahead
    cr_expect_eq(take(JO, 20, NOON + 3600), OK);
    crash();
    cr_expect_eq(take(JO, 81, NOON + 3600), ERR_BUDGET);
}

Test(holder_budget, is_not_reset_by_a_clock_set_back) {
    cr_expect_eq(take(JO, 100, NOON), OK);
    cr_expect_eq(take(JO, 1, NOON - 86400), ERR_BUDGET);
    holder_budget_close(budget);
    open_counts();
    cr_expect_eq(take(JO, 1, NOON - 40 * 86400), ERR_BUDGET);
    cr_expect_eq(take(JO, 50, NOON + 3600), OK);
}

Test(holder_budget, keeps_a_line_for_each_account_and_day) {
    cr_expect_eq(take(JO, 60, NOON), OK);
    holder_budget_close(budget);
    struct buf text = {0};
    cr_assert_eq(file_read(scratch_path("counts"), 1 << 20, &text), OK);
    cr_expect_not_null(strstr(buf_str(&text), "20779 498708 north:jo 60 60\n"), "%s", buf_str(&text));
    cr_expect_not_null(strstr(buf_str(&text), "20779 498708 north 60 60\n"), "%s", buf_str(&text));
    buf_free(&text);
    open_counts();
    cr_expect_eq(take(JO, 1, NOON + 36 * 86400), OK);
    holder_budget_close(budget);
    open_counts();
    cr_assert_eq(file_read(scratch_path("counts"), 1 << 20, &text), OK);
    cr_expect_null(strstr(buf_str(&text), "20779"), "older than what is kept");
    buf_free(&text);
}

Test(holder_budget, of_a_day_that_has_ended_is_exact_while_the_holder_runs) {
    struct buf text = {0};
    cr_expect_eq(take(JO, 60, NOON), OK);
    cr_expect_eq(take(KIM, 1, NOON + 86400), OK);
    cr_assert_eq(file_read(scratch_path("counts"), 1 << 20, &text), OK);
    cr_expect_not_null(strstr(buf_str(&text), "20779 498708 north:jo 60 60\n"), "%s", buf_str(&text));
    cr_expect_null(strstr(buf_str(&text), "20780 498732 north:kim 1 1\n"), "%s", buf_str(&text));
    buf_free(&text);
}

// The limits as a daemon resolves them from an entry and its own defaults, at the second of the request.
static err_t take_allowed(uint32_t elements, int64_t now_s) {
    const struct limits defaults = {.of = {[LIMIT_ELEMENTS_HOUR] = 200, [LIMIT_ELEMENTS_DAY] = 1000}};
    const struct terms terms = {.allowance = {.elements_day = 5000, .from = NOON + 3600, .until = NOON + 7200}};
    struct limits limits;
    struct urn who;
    cr_assert_eq(urn_parse(NORTH, &who), OK);
    terms_resolve(&terms, &defaults, now_s, &limits);
    return holder_budget_take(budget, &who, &limits, &limits, elements, now_s, &retry_s);
}

Test(holder_budget, allowance_of_children_lifts_theirs_within_its_dates_and_no_limit_stays_none) {
    const struct limits defaults = {
        .of = {[LIMIT_CHILDREN_HOUR] = 50, [LIMIT_NO_DAY] = 7, [LIMIT_ELEMENTS_DAY] = 9000}};
    const struct terms terms = {
        .allowance = {.elements_day = 5000, .children_day = 600, .from = NOON, .until = NOON + 60}};
    struct limits limits;
    terms_resolve(&terms, &defaults, NOON, &limits);
    cr_expect_eq(limits.of[LIMIT_CHILDREN_HOUR], 600);
    cr_expect_eq(limits.of[LIMIT_CHILDREN_DAY], 0, "there is no such limit");
    cr_expect_eq(limits.of[LIMIT_NO_DAY], 7);
    cr_expect_eq(limits.of[LIMIT_ELEMENTS_DAY], 9000, "an allowance never lowers");
    terms_resolve(&terms, &defaults, NOON + 60, &limits);
    cr_expect_eq(limits.of[LIMIT_CHILDREN_HOUR], 50);
}

Test(holder_budget, is_lifted_by_an_allowance_within_its_dates_alone) {
    cr_expect_eq(take_allowed(201, NOON + 3599), ERR_BUDGET);
    cr_expect_eq(take_allowed(3000, NOON + 3600), OK);
    cr_expect_eq(take_allowed(2001, NOON + 7199), ERR_BUDGET);
    cr_expect_eq(take_allowed(2000, NOON + 7199), OK);
    cr_expect_eq(take_allowed(1, NOON + 7200), ERR_BUDGET, "the day's own limit is long used up");
    cr_expect_eq(take_allowed(200, NOON + 86400), OK);
    cr_expect_eq(take_allowed(1, NOON + 86400), ERR_BUDGET);
}

Test(holder_budget, drops_a_line_that_was_cut_off_and_refuses_any_other_damage) {
    static const char *const bad[] = {"20779 498708 north:jo 60\n",
                                      "20779 498708 north:jo 60 60 60\n",
                                      "20779 498708 north:jo -1 60\n",
                                      "20779 498600 north:jo 60 60\n",
                                      "20779 498708  60 60\n",
                                      "x\n20779 498708 north:jo 60 60\n",
                                      "20779 498708 north:jo 4294967296 1\n"};
    holder_budget_close(budget);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        (void)scratch_write_text("counts", bad[i]);
        struct holder_budget *none = NULL;
        cr_expect_eq(holder_budget_open(scratch_dir(), &none), ERR_CORRUPT, "%s", bad[i]);
        cr_expect_not_null(strstr(err_detail(), "counts: line"), "%s", err_detail());
    }
    (void)scratch_write_text("counts", "20779 498708 north:jo 60 60\n20779 498708 north:jo 9");
    open_counts();
    cr_expect_eq(take(JO, 41, NOON), ERR_BUDGET);
    cr_expect_eq(take(JO, 40, NOON), OK);
}

// A kill leaves the file cut off anywhere: what stood there whole is counted, and nothing keeps the holder from starting.
Test(holder_budget, counts_what_is_whole_of_a_file_cut_off_at_any_byte) {
    struct buf whole = {0};
    cr_expect_eq(take(JO, 60, NOON), OK); // a line for her, and one for the agency
    cr_expect_eq(take(JO, 40, NOON + 60), OK);
    crash();
    cr_assert_eq(file_read(scratch_path("counts"), 1 << 20, &whole), OK);
    holder_budget_close(budget);
    cr_assert_gt(whole.len, 100);
    for (size_t len = 0; len <= whole.len; len++) {
        const char *line = strstr(buf_str(&whole), "north:jo");
        const char *end = strchr(line, '\n') + 1;
        cr_assert_eq(file_replace(scratch_path("counts"), 0600, bytes_of(whole.data, len)), OK);
        open_counts();
        const bool first_is_whole = len >= (size_t)(end - (const char *)whole.data);
        cr_expect_eq(take(JO, 50, NOON), first_is_whole ? ERR_BUDGET : OK, "cut off behind byte %zu", len);
        holder_budget_close(budget);
    }
    buf_free(&whole);
    open_counts();
}

// As a full disk does it: a part of the write, and then nothing.
Test(holder_budget, starts_after_a_write_that_failed_half_way) {
    struct rlimit before, small;
    struct stat about;
    (void)signal(SIGXFSZ, SIG_IGN);
    cr_expect_eq(take(JO, 10, NOON), OK);
    cr_assert_eq(stat(scratch_path("counts"), &about), 0);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = (rlim_t)about.st_size + 7, .rlim_max = before.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    const struct limits limits = {.of = {[LIMIT_ELEMENTS_HOUR] = 100, [LIMIT_ELEMENTS_DAY] = 150}};
    struct urn who;
    cr_assert_eq(urn_parse(JO, &who), OK);
    cr_expect_eq(holder_budget_take(budget, &who, &limits, &limits, 50, NOON, &retry_s), ERR_FULL);
    cr_expect_eq(holder_budget_take(budget, &who, &limits, &limits, 1, NOON, &retry_s), ERR_FULL);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    cr_expect_eq(take(JO, 10, NOON), OK);
    crash();
    cr_expect_eq(take(JO, 31, NOON), ERR_BUDGET, "71 of 100 were charged");
    holder_budget_close(budget);
    open_counts();
}

Test(holder_budget, of_who_has_no_limit_ends_at_the_highest_number_and_is_read_again) {
    const struct limits none = {0};
    struct urn who;
    cr_assert_eq(urn_parse(NORTH, &who), OK);
    cr_assert_eq(holder_budget_take(budget, &who, &none, &none, UINT32_MAX, NOON, &retry_s), OK);
    cr_assert_eq(holder_budget_take(budget, &who, &none, &none, 1, NOON, &retry_s), OK);
    holder_budget_close(budget);
    open_counts();
}
