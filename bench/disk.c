// SPDX-License-Identifier: Apache-2.0
#include "bench/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/figures.h"

#define SYNCS 101
#define BLOCK 4096

static err_t failed(const char *what) {
    return err_set(ERR_IO, "%s: %s", what, strerror(errno));
}

err_t disk_sync_us(const char *folder, double *out) {
    static const uint8_t block[BLOCK] = {1};
    double took[SYNCS];
    char path[700];
    (void)snprintf(path, sizeof path, "%s/sync.XXXXXX", folder);
    int fd = mkstemp(path);
    if (fd < 0) {
        return failed(path);
    }
    (void)unlink(path);
    for (int i = 0; i < SYNCS; i++) {
        int64_t start_ns = wall_ns();
        if (write(fd, block, sizeof block) != sizeof block || fdatasync(fd) != 0) {
            err_t err = failed(path);
            (void)close(fd);
            return err;
        }
        took[i] = (double)(wall_ns() - start_ns) / 1000;
    }
    (void)close(fd);
    *out = median(took, SYNCS);
    return OK;
}

err_t disk_file_bytes(const char *path, uint64_t *out) {
    struct stat about;
    if (stat(path, &about) != 0) {
        return failed(path);
    }
    *out = (uint64_t)about.st_blocks * 512;
    return OK;
}

err_t memory_kib(pid_t pid, int64_t *out) {
    char path[64], line[256];
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return failed(path);
    }
    err_t err = err_set(ERR_NOT_FOUND, "%s: no line RssAnon", path);
    while (err != OK && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "RssAnon:", 8) == 0) {
            *out = strtol(line + 8, NULL, 10);
            err = OK;
        }
    }
    (void)fclose(file);
    return err;
}
