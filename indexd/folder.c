// SPDX-License-Identifier: Apache-2.0
#include "indexd/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "indexd/decommission.h"

err_t folder_lock(const char *store, int *out) {
    int fd = open(store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        err_t err = errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
        return err_set(err, "%s: no store here (indexctl init makes one): %s", store, strerror(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(fd);
        return err_set(ERR_UNAVAILABLE, "%s: another process has this store open", store);
    }
    *out = fd;
    return OK;
}

err_t folder_require_empty(const char *store) {
    DIR *dir = opendir(store);
    if (dir == NULL) {
        return err_set(ERR_IO, "%s: %s", store, strerror(errno));
    }
    err_t err = OK;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            err = err_set(ERR_EXISTS, "%s: this folder is not empty; a store is never made over another", store);
        }
    }
    (void)closedir(dir);
    return err;
}

static char *pepper_path(const char *store) {
    return file_join(store, "pepper");
}

err_t folder_new_pepper(const char *store) {
    char *path = pepper_path(store);
    err_t err = path == NULL ? err_set(ERR_MEMORY, "out of memory") : pepper_create(path);
    free(path);
    return err;
}

err_t folder_pepper(const char *store, struct pepper **out) {
    err_t err = decommission_check(store);
    if (err != OK) {
        return err;
    }
    char *path = pepper_path(store);
    err = path == NULL ? err_set(ERR_MEMORY, "out of memory") : pepper_load(path, out);
    free(path);
    return err;
}
