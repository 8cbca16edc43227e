// SPDX-License-Identifier: Apache-2.0
#include "tests/indexd/files.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

// Not Criterion's, which the stress test does without.
static void demand(bool holds, const char *path) {
    if (!holds) {
        perror(path);
        abort();
    }
}

struct file_image file_take(const char *path) {
    struct file_image image = {0};
    int fd = open(path, O_RDONLY);
    demand(fd >= 0, path);
    image.len = file_size(path);
    image.data = malloc(image.len + 1);
    demand(read(fd, image.data, image.len) == (ssize_t)image.len, path);
    (void)close(fd);
    return image;
}

void file_put(const char *path, const void *data, size_t len) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    demand(fd >= 0, path);
    demand(write(fd, data, len) == (ssize_t)len, path);
    (void)close(fd);
}

static void file_change(const char *path, size_t at, const void *data, size_t len) {
    int fd = open(path, O_WRONLY);
    demand(fd >= 0, path);
    demand(pwrite(fd, data, len, (off_t)at) == (ssize_t)len, path);
    (void)close(fd);
}

void file_flip(const char *path, size_t bit) {
    uint8_t byte = 0;
    int fd = open(path, O_RDONLY);
    demand(fd >= 0, path);
    demand(pread(fd, &byte, 1, (off_t)(bit / 8)) == 1, path);
    (void)close(fd);
    byte = (uint8_t)(byte ^ (1u << bit % 8));
    file_change(path, bit / 8, &byte, 1);
}

void file_zero(const char *path, size_t at, size_t len) {
    uint8_t *zeros = calloc(1, len);
    file_change(path, at, zeros, len);
    free(zeros);
}

size_t file_size(const char *path) {
    struct stat about;
    demand(stat(path, &about) == 0, path);
    return (size_t)about.st_size;
}

void folder_make(char out[PATH_SIZE]) {
    (void)snprintf(out, PATH_SIZE, "/tmp/signpost-index.XXXXXX");
    demand(mkdtemp(out) != NULL, out);
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *walk) {
    (void)about;
    (void)type;
    (void)walk;
    return remove(path);
}

void folder_remove(const char *path) {
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
