// SPDX-License-Identifier: Apache-2.0
// Daemons as a service manager runs them: they tell it how they are, and a key holder is handed its passphrase.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/house.h"

static struct house house;

static void open_house(void) {
    house_open(&house);
}

static void close_house(void) {
    house_close(&house);
}

TestSuite(service, .init = open_house, .fini = close_house);

// The manager's side, in the environment of what is started from now on.
static int listen_as_manager(void) {
    const struct timeval patience = {.tv_sec = 20};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.80s/manager", house.dir);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
    return fd;
}

static void expect_told(int fd, const char *state) {
    char text[64] = "";
    (void)!recv(fd, text, sizeof text - 1, 0);
    cr_expect_str_eq(text, state);
}

Test(service, both_daemons_tell_the_manager_when_they_serve_and_when_they_stop) {
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    cr_assert_eq(daemon_stop(&house.holders[0], SIGTERM), 0);
    int fd = listen_as_manager();
    house_start_index(&house);
    expect_told(fd, "READY=1");
    house_start_holder(&house, 1);
    expect_told(fd, "READY=1");
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    expect_told(fd, "STOPPING=1");
    cr_assert_eq(daemon_stop(&house.holders[0], SIGTERM), 0);
    expect_told(fd, "STOPPING=1");
    close(fd);
}

Test(service, a_daemon_that_cannot_start_never_says_that_it_is_ready) {
    cr_assert_eq(daemon_stop(&house.index, SIGTERM), 0);
    int fd = listen_as_manager();
    char text[64] = "";
    house_set(&house, "index.ini", "metrics", "192.0.2.1:1");
    struct outcome outcome = house_run(&house, "indexd/indexd", NULL, "--config", "index.ini", NULL);
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_lt(recv(fd, text, sizeof text, MSG_DONTWAIT), 0, "it said %s", text);
    outcome_free(&outcome);
    close(fd);
}

Test(service, a_key_holder_takes_its_passphrase_from_a_credential) {
    char path[512];
    char *passphrase = house_read(&house, "holder-1.passphrase");
    cr_assert_eq(daemon_stop(&house.holders[0], SIGTERM), 0);
    char *configuration = house_read(&house, "holder-1.ini");
    *strstr(configuration, "passphrase_file") = '#'; // a comment now
    house_write(&house, "holder-1.ini", configuration);
    free(configuration);
    house_set(&house, "holder-1.ini", "passphrase_credential", "passphrase");
    struct outcome outcome = house_run(&house, "keys/keyholderd/keyholderd", NULL, "--config", "holder-1.ini", NULL);
    cr_expect_eq(outcome.exit_code, 2, "nobody handed it anything");
    cr_expect_not_null(strstr(outcome.err, "credential"), "%s", outcome.err);
    outcome_free(&outcome);
    (void)snprintf(path, sizeof path, "%s/credentials", house.dir);
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_assert_eq(setenv("CREDENTIALS_DIRECTORY", path, 1), 0);
    house_write(&house, "credentials/passphrase", passphrase);
    free(passphrase);
    house_start_holder(&house, 1);
}
