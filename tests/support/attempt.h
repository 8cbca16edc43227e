// SPDX-License-Identifier: Apache-2.0
// What comes of a call in a daemon's confinement. Each attempt runs in a child of its own, which gives up for real what
// the daemon gives up, and then makes the call.
#ifndef TESTS_SUPPORT_ATTEMPT_H
#define TESTS_SUPPORT_ATTEMPT_H

#include "proto/daemon.h"

struct attempt {
    const char *name;
    int (*call)(const char *path); // 0, or an errno
    const char *path;
    int expected; // 0: it works; an errno; or, below zero, the signal that ends the process
};

int attempt_read(const char *path);
int attempt_write(const char *path); // an existing file
int attempt_create(const char *path);
int attempt_replace(const char *path); // by a new file that is renamed
int attempt_remove(const char *path);
int attempt_list(const char *path);
int attempt_unix_socket(const char *path);

int attempt_run_program(const char *unused);
int attempt_fork(const char *unused);
int attempt_thread(const char *unused);
int attempt_stand_back(const char *unused);
int attempt_hold_back_parent(const char *unused);
int attempt_trace(const char *unused);
int attempt_signal_parent(const char *unused);
int attempt_become_root(const char *unused);
int attempt_tcp_socket(const char *unused);
int attempt_netlink_socket(const char *unused);
int attempt_executable_memory(const char *unused);
int attempt_random(const char *unused);

// Files and folders in the scratch folder; the path is the caller's.
char *attempt_file(const char *name);
char *attempt_folder(const char *name);
// A fresh scratch folder, and in its folder etc what every daemon reads again and must never write.
void attempt_set_up(struct daemon_settings *settings);

// Makes every attempt and prints how many there were; a test assertion fails with the name of the first that ended
// otherwise.
void attempt_all(const struct daemon *daemon, const struct attempt *attempts, size_t count);

#endif
