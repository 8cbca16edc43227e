// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/outputs.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

err_t outputs_absent(const char *path) {
    struct stat about;
    if (lstat(path, &about) == 0) {
        return err_set(ERR_EXISTS, "%s: is there already, and is never overwritten", path);
    }
    return errno == ENOENT ? OK : err_set(ERR_IO, "%s: %s", path, strerror(errno));
}

err_t outputs_add(struct outputs *outputs, const char *path) {
    assert(outputs->count < OUTPUTS_MAX);
    char *copy = strdup(path);
    if (copy == NULL) {
        (void)unlink(path);
        return err_set(ERR_MEMORY, "%s: no memory", path);
    }
    outputs->paths[outputs->count++] = copy;
    return OK;
}

err_t outputs_create(struct outputs *outputs, const char *path, mode_t mode, struct bytes contents) {
    err_t err = file_create(path, mode, contents);
    return err != OK ? err : outputs_add(outputs, path);
}

err_t outputs_end(struct outputs *outputs, err_t err) {
    while (outputs->count > 0) {
        char *path = outputs->paths[--outputs->count];
        if (err != OK) {
            (void)unlink(path);
        }
        free(path);
    }
    return err;
}
