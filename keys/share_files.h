// SPDX-License-Identifier: Apache-2.0
// The files of a holder's shares, beside the path of the one in use, and the order in which one follows another so that
// a crash at any point can be taken up: SHARE becomes SHARE.old, SHARE.next becomes SHARE, SHARE.old is destroyed.
// SHARE.retired-EPOCH is the share of an epoch that is over.
#ifndef KEYS_SHARE_FILES_H
#define KEYS_SHARE_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct share_files {
    char share[PATH_MAX], next[PATH_MAX], old[PATH_MAX];
    bool ends;        // the share in use is to be followed by the next one
    uint32_t retires; // its epoch, when it is kept as SHARE.retired-EPOCH; 0: it is destroyed
};

err_t share_files_of(const char *path, struct share_files *out); // ERR_TOO_LARGE
// Takes up what a crash has cut off. ERR_IO.
err_t share_files_settle(const struct share_files *files);
// With `ends` set: the next share takes the place of the present one, whose file is destroyed; clears `ends` when that
// is done. ERR_IO.
err_t share_files_end(struct share_files *files);

// SHARE.retired-EPOCH. ERR_TOO_LARGE.
err_t share_files_retired(const struct share_files *files, uint32_t epoch, char out[PATH_MAX]);

#define SHARE_FILES_MAX 16
struct share_list {
    size_t count;
    char paths[SHARE_FILES_MAX][PATH_MAX];
};
// Every share's file that is there, retired ones first, SHARE last. ERR_IO; ERR_TOO_LARGE for more than fit.
err_t share_files_list(const struct share_files *files, struct share_list *out);

// Those of retired ones alone, added to *list. The same errors.
err_t share_files_retired_list(const struct share_files *files, struct share_list *list);

// Holds a file until *out_fd is closed, alone or together with others that hold it: a daemon holds the shares that it
// serves, and destroying needs them alone. ERR_UNAVAILABLE: somebody else holds it; ERR_NOT_FOUND; ERR_IO.
err_t share_files_hold(const char *path, bool alone, int *out_fd);

#endif
