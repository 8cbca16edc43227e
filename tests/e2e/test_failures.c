// SPDX-License-Identifier: Apache-2.0
// What happens when a part fails: the same answer, or "could not be answered" - never "no".
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/house.h"

#define LEO "case-1,Leo,Ramsbottom,2017-08-30,9990000115,"

static struct house house;

static void open_house(void) {
    house_open(&house);
    cr_assert_eq(house_change(&house, "register", "north", LEO), 0);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(failures, .init = open_house, .fini = close_house);

static void stop_holder(int holder) {
    cr_assert_eq(daemon_stop(&house.holders[holder - 1], SIGTERM), 0);
    house_connect(&house);
}

static void stop_index(void) {
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    house_connect(&house);
}

// The index must refuse to start, and say why.
static void expect_no_start(const char *reason) {
    struct outcome outcome = house_run(&house, "indexd/indexd", NULL, "--config", "index.ini", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.err, reason), "%s", outcome.err);
    outcome_free(&outcome);
    house_expect(&house, "south", LEO, "could-not-be-answered");
}

static void shell(const char *command) {
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    struct outcome outcome = process_run(house.dir, argv, NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s: %s", command, outcome.err);
    outcome_free(&outcome);
}

Test(failures, any_one_holder_may_stop_and_the_answers_stay_the_same) {
    for (int holder = 1; holder <= HOUSE_HOLDERS; holder++) {
        stop_holder(holder);
        house_expect(&house, "south", LEO, "yes");
        house_start_holder(&house, holder);
    }
}

Test(failures, with_two_holders_stopped_nothing_can_be_answered_and_it_says_so) {
    stop_holder(1);
    stop_holder(3);
    house_expect(&house, "south", LEO, "could-not-be-answered");
    struct outcome outcome =
        house_signpost(&house, "jo", "Leo\nRamsbottom\n30/08/2017\n\n\n\n\n", "ask", "--purpose", "assessment", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.out, "COULD NOT BE ANSWERED. This is not a no."));
    cr_expect_null(strstr(outcome.out, "NO ONE ELSE FOUND"));
    outcome_free(&outcome);
}

Test(failures, a_holder_that_lies_is_left_out_and_check_names_it) {
    stop_holder(1);
    char path[512];
    snprintf(path, sizeof path, "%s/tests/e2e/lying_holder", getenv("SIGNPOST_BUILD"));
    const char *const argv[] = {path, "authority/ca.crt", "holder-1.crt", "holder-1.key", NULL};
    daemon_start(&house.holders[0], house.dir, argv, "liar.log");
    house_connect(&house);
    house_expect(&house, "south", LEO, "yes");
    house_expect(&house, "south", "x,Leo,Ramsbottom,2011-01-01,,", "no");
    struct outcome outcome = house_signpost(&house, "south", NULL, "check", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    char *line = strstr(outcome.out, "holder 1");
    cr_assert_not_null(line, "%s", outcome.out);
    *strchr(line, '\n') = '\0';
    cr_expect_not_null(strstr(line, "PROBLEM") ? line : strstr(outcome.out, "PROBLEM"), "%s", line);
    outcome_free(&outcome);
    daemon_stop(&house.holders[0], SIGKILL);
}

Test(failures, an_index_that_was_killed_has_lost_nothing_it_acknowledged) {
    daemon_stop(&house.index, SIGKILL);
    house_connect(&house);
    house_expect(&house, "south", LEO, "could-not-be-answered");
    house_start_index(&house);
    house_expect(&house, "south", LEO, "yes");
}

Test(failures, a_wrongly_peppered_index_does_not_start) {
    stop_index();
    shell("head -c 32 /dev/urandom >store/pepper");
    expect_no_start("pepper");
}

Test(failures, an_emptied_store_does_not_serve) {
    stop_index();
    shell("rm -rf store/lmdb/*");
    expect_no_start("store");
}

Test(failures, a_lost_database_is_made_anew_from_the_journal) {
    house_expect(&house, "south", LEO, "yes");
    stop_index();
    shell("rm -rf store/lmdb");
    struct outcome rebuilt = house_run(&house, "indexd/indexctl", NULL, "rebuild", "--config", "index.ini", NULL);
    cr_assert_eq(rebuilt.exit_code, 0, "%s", rebuilt.err);
    outcome_free(&rebuilt);
    house_start_index(&house);
    house_expect(&house, "south", LEO, "yes");
}

Test(failures, a_running_index_is_not_rebuilt) {
    struct outcome rebuilt = house_run(&house, "indexd/indexctl", NULL, "rebuild", "--config", "index.ini", NULL);
    cr_expect_eq(rebuilt.exit_code, 2);
    cr_expect_neq(rebuilt.err[0], '\0');
    outcome_free(&rebuilt);
    house_expect(&house, "south", LEO, "yes");
}

Test(failures, a_missing_store_is_never_made_in_passing) {
    stop_index();
    shell("rm -rf store");
    expect_no_start("store");
}

// `where`: a shell expression of the journal's size.
static void flip_bit_of_journal(const char *where) {
    char script[512];
    (void)snprintf(
        script, sizeof script,
        "set -- store/journal/*.seg; size=$(wc -c <\"$1\"); at=$((%s));"
        "byte=$(od -An -tu1 -j$at -N1 \"$1\"); "
        "printf \"$(printf '\\\\%%03o' $((byte ^ 1)))\" | dd of=\"$1\" bs=1 seek=$at conv=notrunc status=none",
        where);
    shell(script);
}

Test(failures, a_journal_with_a_flipped_bit_in_its_last_record_does_not_start) {
    stop_index();
    flip_bit_of_journal("size - 8");
    expect_no_start("journal");
}

Test(failures, a_journal_with_a_flipped_bit_anywhere_does_not_start_where_all_is_checked_first) {
    stop_index();
    shell("echo 'check_first = yes' >>index.ini");
    flip_bit_of_journal("size / 2");
    expect_no_start("journal");
}

Test(failures, stats_count_the_same_running_and_stopped) {
    struct outcome running = house_run(&house, "indexd/indexctl", NULL, "stats", "--config", "index.ini", NULL);
    cr_expect_eq(running.exit_code, 0);
    char *entries = strstr(running.out, "entries ");
    cr_assert_not_null(entries, "%s", running.out);
    *strchr(entries, '\n') = '\0';
    stop_index();
    struct outcome stopped = house_run(&house, "indexd/indexctl", NULL, "stats", "--config", "index.ini", NULL);
    cr_expect_eq(stopped.exit_code, 0, "%s", stopped.err);
    cr_expect_not_null(strstr(stopped.out, entries), "%s against %s", entries, stopped.out);
    outcome_free(&running);
    outcome_free(&stopped);
}
