// SPDX-License-Identifier: Apache-2.0
// What a daemon can still do when somebody has taken it over: as which user it runs, which files it reaches (Landlock),
// which system calls it may make (seccomp). All of it is given up for good, for this process and its children.
//
// Landlock binds the calling thread and those that it starts from then on; the filter of system calls binds every
// thread of the process. Builds under a sanitizer, for coverage or with -Dconfine=false are not confined, since what
// they are for needs more; confine_is_built tells.
#ifndef BASE_CONFINE_H
#define BASE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

bool confine_is_built(void);

// Becomes this user, with its groups, when the process is root's; otherwise it must be this user already. NULL: only
// warns where the process is root's. ERR_NOT_FOUND: no such user; ERR_DENIED.
err_t confine_user(const char *user);

enum confine_access {
    CONFINE_READ,    // a file, also a new one that takes its name: its folder may be read
    CONFINE_RETIRE,  // a file that is overwritten, renamed and removed, and not read again
    CONFINE_REPLACE, // as to read, and the folder's files may be replaced
    CONFINE_SOCKET,  // a Unix socket that is made and removed in its folder
    CONFINE_FOLDER,  // a folder whose files are read, written, made and removed
};

struct confine_path {
    const char *path; // NULL: nothing; what does not exist is left out
    enum confine_access access;
};

// From now on nothing else can be opened, made or removed; what is open stays so. OK with a warning in the log where
// the kernel has no Landlock. ERR_IO.
err_t confine_files(const struct confine_path *paths, size_t count);

enum confine_calls {     // groups of system calls, a bit each
    CONFINE_SERVE = 1,   // accept connections, answer them, read and replace files, run threads
    CONFINE_STORE = 2,   // a journal and a database in memory maps
    CONFINE_CONNECT = 4, // open connections of its own, and look up names
};

// From now on every other call fails with EPERM, and those that only an intruder would make (run a program, trace or
// read another process, change the system) end the process. ERR_IO.
err_t confine_calls(unsigned wanted);

#endif
