// SPDX-License-Identifier: Apache-2.0
#include "bench/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/figures.h"
#include "bench/random.h"

#define SYNCS_MIN 300
#define SYNCS_MAX 10000
#define SYNCS_US 500000
#define OPEN_NS 2e9
#define BLOCK 4096

static err_t failed(const char *what) {
    return err_set(ERR_IO, "%s: %s", what, strerror(errno));
}

static err_t sync_once(int fd, double *out_us) {
    static const uint8_t block[BLOCK] = {1};
    const int64_t start_ns = wall_ns();
    if (write(fd, block, sizeof block) != sizeof block || fdatasync(fd) != 0) {
        return failed("fdatasync");
    }
    *out_us = (double)(wall_ns() - start_ns) / 1000;
    return OK;
}

static int by_size(const void *a, const void *b) {
    const double *left = a;
    const double *right = b;
    return *left < *right ? -1 : *left > *right;
}

static void note(double *took, size_t count, struct disk_sync *out) {
    qsort(took, count, sizeof took[0], by_size);
    *out = (struct disk_sync){.median_us = took[count / 2], .p99_us = took[count * 99 / 100]};
}

static err_t open_unnamed(const char *folder, int *out) {
    char path[700];
    (void)snprintf(path, sizeof path, "%s/sync.XXXXXX", folder);
    *out = mkstemp(path);
    if (*out < 0) {
        return failed(path);
    }
    (void)unlink(path);
    return OK;
}

err_t disk_sync(const char *folder, struct disk_sync *out) {
    static double took[SYNCS_MAX];
    size_t count = 0;
    int fd = -1;
    err_t err = open_unnamed(folder, &fd);
    for (double spent_us = 0; err == OK && count < SYNCS_MAX && (count < SYNCS_MIN || spent_us < SYNCS_US); count++) {
        err = sync_once(fd, &took[count]);
        spent_us += took[count];
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (err == OK) {
        note(took, count, out);
    }
    return err;
}

err_t disk_sync_at(const char *folder, double per_s, struct disk_sync *out) {
    static double took[SYNCS_MAX];
    struct random random = {.state = 1};
    size_t count = 0;
    int fd = -1;
    err_t err = open_unnamed(folder, &fd);
    const double begin_ns = (double)wall_ns();
    for (double due_ns = begin_ns; err == OK && count < SYNCS_MAX && due_ns < begin_ns + OPEN_NS; count++) {
        due_ns += -log(1 - random_share(&random)) / per_s * 1e9;
        const double left_ns = due_ns - (double)wall_ns();
        if (left_ns > 0) {
            (void)usleep((useconds_t)(left_ns / 1000));
        }
        err = sync_once(fd, &took[count]);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    if (err == OK) {
        note(took, count, out);
    }
    return err;
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
