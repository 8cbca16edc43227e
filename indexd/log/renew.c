// SPDX-License-Identifier: Apache-2.0
#include "indexd/log/renew.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "indexd/folder.h"
#include "indexd/log/head.h"

static err_t put_aside(const char *folder, const char *store, int64_t now_s, struct renewed *renewed) {
    char at[CLOCK_TEXT_SIZE];
    if (access(folder, F_OK) != 0) {
        return OK;
    }
    clock_format(now_s, at);
    (void)snprintf(renewed->kept, sizeof renewed->kept, LOG_FOLDER "-until-%s", at);
    char *kept = file_join(store, renewed->kept);
    err_t err = kept == NULL                ? err_set(ERR_MEMORY, "out of memory")
                : rename(folder, kept) != 0 ? err_set(ERR_IO, "%s: %s", kept, strerror(errno))
                                            : OK;
    free(kept);
    return err;
}

static err_t renew(const char *store, const char *scheme, int64_t now_s, struct renewed *renewed) {
    char *folder = file_join(store, LOG_FOLDER);
    char *seed = file_join(store, "log.key");
    err_t err =
        folder == NULL || seed == NULL ? err_set(ERR_MEMORY, "out of memory") : log_promised(store, &renewed->promised);
    if (err == OK) {
        err = put_aside(folder, store, now_s, renewed);
    }
    if (err == OK) {
        err = file_destroy(seed);
        err = err == ERR_NOT_FOUND ? OK : err;
    }
    if (err == OK) {
        err = log_create(store, scheme);
    }
    if (err == OK) {
        err = log_vkey_load(folder, &renewed->vkey);
    }
    free(folder);
    free(seed);
    return err;
}

err_t log_renew(const char *store, const char *scheme, int64_t now_s, struct renewed *out) {
    struct renewed renewed = {.promised = 0};
    int lock = -1;
    err_t err = folder_lock(store, &lock);
    if (err == OK) {
        err = renew(store, scheme, now_s, &renewed);
        (void)close(lock);
    }
    if (err == OK) {
        *out = renewed;
    }
    return err;
}
