// SPDX-License-Identifier: Apache-2.0
#include "keys/share_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
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

#define RETIRED ".retired-"

static bool is_there(const char *path) {
    return access(path, F_OK) == 0;
}

static err_t move(const char *from, const char *to) {
    return rename(from, to) == 0 ? OK : err_set(ERR_IO, "%s: %s", from, strerror(errno));
}

err_t share_files_retired(const struct share_files *files, uint32_t epoch, char out[PATH_MAX]) {
    int len = snprintf(out, PATH_MAX, "%s" RETIRED "%" PRIu32, files->share, epoch);
    return len > 0 && len < PATH_MAX ? OK : err_set(ERR_TOO_LARGE, "the share's path is too long");
}

static err_t list_add(struct share_list *list, const char *path) {
    if (list->count == SHARE_FILES_MAX) {
        return err_set(ERR_TOO_LARGE, "more than %d shares lie beside each other", SHARE_FILES_MAX);
    }
    (void)snprintf(list->paths[list->count++], PATH_MAX, "%s", path);
    return OK;
}

// Names that begin with that of the share and ".retired-".
err_t share_files_retired_list(const struct share_files *files, struct share_list *list) {
    const char *slash = strrchr(files->share, '/'), *name = slash == NULL ? files->share : slash + 1;
    char folder[PATH_MAX] = ".", path[PATH_MAX];
    if (slash != NULL) {
        (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - files->share) + 1, files->share);
    }
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return err_set(ERR_IO, "%s: %s", folder, strerror(errno));
    }
    err_t err = OK;
    for (struct dirent *entry; err == OK && (entry = readdir(dir)) != NULL;) {
        size_t len = strlen(name);
        if (strncmp(entry->d_name, name, len) != 0 || strncmp(entry->d_name + len, RETIRED, strlen(RETIRED)) != 0) {
            continue;
        }
        err = share_files_retired(files, (uint32_t)strtoul(entry->d_name + len + strlen(RETIRED), NULL, 10), path);
        err = err != OK || !is_there(path) ? err : list_add(list, path);
    }
    (void)closedir(dir);
    return err;
}

static bool has_retired(const struct share_files *files) {
    struct share_list list = {0};
    return share_files_retired_list(files, &list) == OK && list.count > 0;
}

// With SHARE.old there, SHARE has been on its way out. It is destroyed only beside the share that follows it.
err_t share_files_settle(const struct share_files *files) {
    err_t err = OK;
    if (!is_there(files->share) && !is_there(files->old) && is_there(files->next) && has_retired(files)) {
        return move(files->next, files->share);
    }
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
    char kept[PATH_MAX];
    err_t err = files->retires == 0 ? OK : share_files_retired(files, files->retires, kept);
    if (err == OK && is_there(files->next)) {
        err = move(files->share, files->retires == 0 ? files->old : kept);
        err = err != OK || files->retires == 0 ? err : move(files->next, files->share);
    }
    err = err != OK ? err : share_files_settle(files);
    files->ends = err != OK;
    return err;
}

err_t share_files_list(const struct share_files *files, struct share_list *out) {
    const char *const rest[] = {files->old, files->next, files->share};
    out->count = 0;
    err_t err = share_files_retired_list(files, out);
    for (size_t i = 0; err == OK && i < sizeof rest / sizeof rest[0]; i++) {
        err = is_there(rest[i]) ? list_add(out, rest[i]) : OK;
    }
    return err;
}

err_t share_files_hold(const char *path, bool alone, int *out_fd) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return err_set(errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(errno));
    }
    if (flock(fd, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
        err_t err = err_set(errno == EWOULDBLOCK ? ERR_UNAVAILABLE : ERR_IO, "%s: %s", path,
                            errno == EWOULDBLOCK ? "another process has it in use" : strerror(errno));
        (void)close(fd);
        return err;
    }
    *out_fd = fd;
    return OK;
}
