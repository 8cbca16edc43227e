// SPDX-License-Identifier: Apache-2.0
// The running daemons have given up what they do not need, and still do all that they are for.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/confine.h"
#include "tests/support/house.h"

#define LEO "case-1,Leo,Ramsbottom,2017-08-30,9990000115,"

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(confine, .init = open_house, .fini = close_house);

static void expect_status(pid_t pid, const char *line) {
    char path[64], status[8192];
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    cr_assert_not_null(file);
    size_t len = fread(status, 1, sizeof status - 1, file);
    status[len] = '\0';
    (void)fclose(file);
    cr_assert_not_null(strstr(status, line), "no line %s in %s", line, status);
}

static void shell(const char *command) {
    const char *const argv[] = {"/bin/sh", "-c", command, NULL};
    struct outcome outcome = process_run(house.dir, argv, NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s: %s", command, outcome.err);
    outcome_free(&outcome);
}

Test(confine, the_kernel_filters_the_system_calls_of_every_daemon) {
    const pid_t daemons[] = {house.index.pid, house.holders[0].pid};
    if (!confine_is_built()) {
        cr_skip_test("this build is not confined");
    }
    for (size_t i = 0; i < 2; i++) {
        expect_status(daemons[i], "\nSeccomp:\t2\n");
        expect_status(daemons[i], "\nNoNewPrivs:\t1\n");
    }
}

// A roster that takes the old one's place is another file: what was given up must not have taken it too.
Test(confine, a_confined_daemon_still_takes_a_new_roster_and_a_new_certificate) {
    cr_assert_eq(house_change(&house, "register", "north", LEO), 0);
    shell(
        "for f in authority/roster authority/descriptor index.crt index.key; do cp -p $f $f.new && mv $f.new $f; done");
    daemon_signal(&house.index, SIGHUP);
    daemon_signal(&house.holders[0], SIGHUP);
    house_expect(&house, "south", LEO, "yes");
    struct outcome denied = house_run(&house, "indexd/indexctl", NULL, "deny", "--config", "index.ini",
                                      "urn:signpost:demo:agency:south:person:jo", NULL);
    cr_assert_eq(denied.exit_code, 0, "%s", denied.err);
    outcome_free(&denied);
    char *log = house_read(&house, "index.log");
    cr_assert_null(strstr(log, "left aside"), "%s", log);
    free(log);
}

Test(confine, a_daemon_that_root_starts_becomes_its_user_and_serves) {
    if (geteuid() != 0) {
        cr_skip_test("only root can become another user");
    }
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    cr_assert_eq(daemon_stop(&house.holders[0], SIGTERM), 0);
    shell("echo 'user = nobody' >>index.ini && echo 'user = nobody' >>holder-1.ini && chown -R nobody .");
    house_start_index(&house);
    house_start_holder(&house, 1);
    expect_status(house.index.pid, "\nUid:\t65534\t65534\t65534\t65534\n");
    expect_status(house.index.pid, "\nCapEff:\t0000000000000000\n");
    expect_status(house.holders[0].pid, "\nUid:\t65534\t65534\t65534\t65534\n");
    cr_assert_eq(house_change(&house, "register", "north", LEO), 0);
    house_expect(&house, "south", LEO, "yes");
}

Test(confine, an_unknown_user_is_refused) {
    shell("echo 'user = nobody-of-this-name' >>index.ini");
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    struct outcome outcome = house_run(&house, "indexd/indexd", NULL, "--config", "index.ini", NULL);
    cr_assert_eq(outcome.exit_code, 2);
    cr_assert_not_null(strstr(outcome.err, "there is no user"), "%s", outcome.err);
    outcome_free(&outcome);
}
