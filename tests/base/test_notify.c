// SPDX-License-Identifier: Apache-2.0
#include "base/notify.h"

#include <criterion/criterion.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/base/scratch.h"

TestSuite(notify, .init = scratch_make, .fini = scratch_remove);

static int listen_at(const char *name, size_t len) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, name, len);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, size), 0);
    return fd;
}

static void expect(int fd, const char *state) {
    char text[64] = "";
    ssize_t got = recv(fd, text, sizeof text - 1, 0);
    cr_expect_eq(got, (ssize_t)strlen(state));
    cr_expect_str_eq(text, state);
}

Test(notify, tells_the_manager_and_nobody_after_it) {
    const char *path = scratch_path("manager");
    int fd = listen_at(path, strlen(path));
    cr_assert_eq(setenv("NOTIFY_SOCKET", path, 1), 0);
    notify_open();
    notify_send("READY=1");
    notify_send("STOPPING=1");
    expect(fd, "READY=1");
    expect(fd, "STOPPING=1");
    cr_expect_null(getenv("NOTIFY_SOCKET"), "what it starts must not speak for it");
    close(fd);
}

Test(notify, knows_abstract_names) {
    char name[64], shown[64];
    int len = snprintf(name, sizeof name, "%csignpost-test-%d", '\0', getpid());
    (void)snprintf(shown, sizeof shown, "@%s", name + 1);
    int fd = listen_at(name, (size_t)len);
    cr_assert_eq(setenv("NOTIFY_SOCKET", shown, 1), 0);
    notify_open();
    notify_send("READY=1");
    expect(fd, "READY=1");
    close(fd);
}

Test(notify, goes_on_without_a_manager) {
    char name[256];
    memset(name, 'a', sizeof name - 1);
    name[0] = '/';
    name[sizeof name - 1] = '\0';
    const char *const names[] = {"", "relative", "/nowhere/at/all", name};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        cr_assert_eq(setenv("NOTIFY_SOCKET", names[i], 1), 0);
        notify_open();
        notify_send("READY=1");
    }
    unsetenv("NOTIFY_SOCKET");
    notify_open();
    notify_send("READY=1");
}
