// SPDX-License-Identifier: Apache-2.0
#include "keys/share_files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

err_t share_files_of(const char *path, struct share_files *out) {
    struct share_files files = {0};
    int len = snprintf(files.share, sizeof files.share, "%s", path);
    (void)snprintf(files.old, sizeof files.old, "%s.old", path);
    (void)snprintf(files.next, sizeof files.next, "%s.next", path);
    if (len < 0 || (size_t)len + sizeof ".next" > sizeof files.next) {
        return err_set(ERR_TOO_LARGE, "the share's path is too long");
    }
    *out = files;
    return OK;
}

static bool is_there(const char *path) {
    return access(path, F_OK) == 0;
}

static err_t move(const char *from, const char *to) {
    return rename(from, to) == 0 ? OK : err_set(ERR_IO, "%s: %s", from, strerror(errno));
}

// With SHARE.old there, SHARE has been on its way out. It is destroyed only beside the share that follows it.
err_t share_files_settle(const struct share_files *files) {
    err_t err = OK;
    if (!is_there(files->old)) {
        return OK;
    }
    if (!is_there(files->share)) {
        err = is_there(files->next) ? move(files->next, files->share) : move(files->old, files->share);
    }
    if (err == OK && is_there(files->old)) {
        err = file_destroy(files->old); // which puts the folder on disk as well
        if (err == OK) {
            log_line(LOG_NOTICE, "%s: destroyed", files->old);
        }
    }
    return err;
}

err_t share_files_end(struct share_files *files) {
    if (!files->ends) {
        return OK;
    }
    err_t err = is_there(files->next) ? move(files->share, files->old) : OK;
    err = err != OK ? err : share_files_settle(files);
    files->ends = err != OK;
    return err;
}
