// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "indexd/settings.h"
#include "tests/base/scratch.h"
#include "tests/support/attempt.h"

static struct settings settings;

static struct daemon set_up(void) {
    const struct daemon daemon = {
        .settings = &settings, .paths = settings_paths, .path_count = settings_path_count, .calls = settings_calls};
    attempt_set_up(&settings.server);
    free(attempt_folder("own"));
    free(attempt_folder("run"));
    settings.server.deny = attempt_file("own/deny");
    settings.control = strdup(scratch_path("run/control"));
    settings.store = attempt_folder("store");
    return daemon;
}

TestSuite(confine, .fini = scratch_remove);

Test(confine, leaves_an_index_its_store_and_its_lists) {
    struct daemon daemon = set_up();
    const struct attempt attempts[] = {
        {"read the roster", attempt_read, settings.server.roster, 0},
        {"write to the deny list", attempt_replace, settings.server.deny, 0},
        {"begin a segment", attempt_create, scratch_path("store/2026-12"), 0},
        {"replace what stands in the store", attempt_replace, scratch_path("store/meta"), 0},
        {"start a thread", attempt_thread, NULL, 0},
        {"stand back behind other threads", attempt_stand_back, NULL, 0},
        {"open a connection to a key holder", attempt_tcp_socket, NULL, 0},
        {"draw random bytes", attempt_random, NULL, 0},
    };
    attempt_all(&daemon, attempts, sizeof attempts / sizeof attempts[0]);
}

Test(confine, takes_every_other_file_from_an_index) {
    if (!confine_is_built()) {
        cr_skip_test("this build is not confined");
    }
    struct daemon daemon = set_up();
    const struct attempt attempts[] = {
        {"read a home folder", attempt_read, "/root/.profile", EACCES},
        {"read another process's environment", attempt_read, "/proc/1/environ", EACCES},
        {"read beside its folders", attempt_list, scratch_path("."), EACCES},
        {"list the root folder", attempt_list, "/", EACCES},
        {"write to the roster", attempt_write, settings.server.roster, EACCES},
        {"replace its own certificate", attempt_replace, settings.server.certificate, EACCES},
        {"create a file beside the roster", attempt_create, scratch_path("etc/new"), EACCES},
        {"create a file elsewhere", attempt_create, "/tmp/signpost-escaped", EACCES},
    };
    attempt_all(&daemon, attempts, sizeof attempts / sizeof attempts[0]);
}

Test(confine, takes_from_an_index_the_calls_of_an_intruder) {
    if (!confine_is_built()) {
        cr_skip_test("this build is not confined");
    }
    struct daemon daemon = set_up();
    const struct attempt attempts[] = {
        {"run a program", attempt_run_program, NULL, -SIGSYS},
        {"trace a process", attempt_trace, NULL, -SIGSYS},
        {"become root", attempt_become_root, NULL, -SIGSYS},
        {"make a process", attempt_fork, NULL, EPERM},
        {"signal another process", attempt_signal_parent, NULL, EPERM},
        {"hold back another process", attempt_hold_back_parent, NULL, EPERM},
        {"talk to the kernel's network", attempt_netlink_socket, NULL, EPERM},
        {"run what it wrote", attempt_executable_memory, NULL, EPERM},
    };
    attempt_all(&daemon, attempts, sizeof attempts / sizeof attempts[0]);
}
