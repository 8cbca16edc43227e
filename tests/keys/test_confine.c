// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "keys/keyholderd/settings.h"
#include "tests/base/scratch.h"
#include "tests/support/attempt.h"

static struct settings settings;

// As a holder keeps them: what is reloaded in one folder, the share in another, and the state in a third.
static struct daemon set_up(void) {
    const struct daemon daemon = {
        .settings = &settings, .paths = settings_paths, .path_count = settings_path_count, .calls = settings_calls};
    attempt_set_up(&settings.server);
    free(attempt_folder("secret"));
    settings.server.deny = attempt_file("etc/deny");
    settings.share = attempt_file("secret/share.sealed");
    free(attempt_file("secret/share.sealed.retired-1"));
    settings.passphrase_file = attempt_file("secret/passphrase");
    settings.state = attempt_folder("state");
    return daemon;
}

TestSuite(confine, .fini = scratch_remove);

Test(confine, leaves_a_key_holder_its_reloaded_files_and_its_state) {
    struct daemon daemon = set_up();
    const struct attempt attempts[] = {
        {"read the roster", attempt_read, settings.server.roster, 0},
        {"read its key for a reload", attempt_read, settings.server.key, 0},
        {"remember a head", attempt_replace, scratch_path("state/head"), 0},
        {"end a share", attempt_write, settings.share, 0},
        {"remove it", attempt_remove, settings.share, 0},
        {"start a thread", attempt_thread, NULL, 0},
        {"draw random bytes", attempt_random, NULL, 0},
    };
    attempt_all(&daemon, attempts, sizeof attempts / sizeof attempts[0]);
}

Test(confine, takes_every_other_file_from_a_key_holder) {
    if (!confine_is_built()) {
        cr_skip_test("this build is not confined");
    }
    struct daemon daemon = set_up();
    const struct attempt attempts[] = {
        {"read the share again", attempt_read, settings.share, EACCES},
        {"read a retired share again", attempt_read, scratch_path("secret/share.sealed.retired-1"), EACCES},
        {"read the passphrase again", attempt_read, settings.passphrase_file, EACCES},
        {"read the system's users", attempt_read, "/etc/passwd", EACCES},
        {"read another process's environment", attempt_read, "/proc/1/environ", EACCES},
        {"list the root folder", attempt_list, "/", EACCES},
        {"write to the roster", attempt_write, settings.server.roster, EACCES},
        {"replace the roster", attempt_replace, settings.server.roster, EACCES},
        {"remove the deny list", attempt_remove, settings.server.deny, EACCES},
        {"create a file beside the roster", attempt_create, scratch_path("etc/new"), EACCES},
        {"create a file elsewhere", attempt_create, "/tmp/signpost-escaped", EACCES},
    };
    attempt_all(&daemon, attempts, sizeof attempts / sizeof attempts[0]);
}

Test(confine, takes_from_a_key_holder_the_calls_of_an_intruder) {
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
        {"open a connection", attempt_tcp_socket, NULL, EPERM},
        {"listen on a Unix socket", attempt_unix_socket, scratch_path("state/socket"), EPERM},
        {"talk to the kernel's network", attempt_netlink_socket, NULL, EPERM},
        {"run what it wrote", attempt_executable_memory, NULL, EPERM},
    };
    attempt_all(&daemon, attempts, sizeof attempts / sizeof attempts[0]);
}
