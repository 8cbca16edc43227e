// SPDX-License-Identifier: Apache-2.0
// The files of a holder's shares, beside the path of the one in use, and the order in which one follows another so that
// a crash at any point can be taken up: SHARE becomes SHARE.old, SHARE.next becomes SHARE, SHARE.old is destroyed.
#ifndef KEYS_SHARE_FILES_H
#define KEYS_SHARE_FILES_H

#include <limits.h>
#include <stdbool.h>

#include "base/err.h"

struct share_files {
    char share[PATH_MAX], next[PATH_MAX], old[PATH_MAX];
    bool ends; // the share in use is to be followed by the next one
};

err_t share_files_of(const char *path, struct share_files *out); // ERR_TOO_LARGE
// Takes up what a crash has cut off. ERR_IO.
err_t share_files_settle(const struct share_files *files);
// With `ends` set: the next share takes the place of the present one, whose file is destroyed; clears `ends` when that
// is done. ERR_IO.
err_t share_files_end(struct share_files *files);

#endif
