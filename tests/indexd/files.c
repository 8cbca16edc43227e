// SPDX-License-Identifier: Apache-2.0
#include "tests/indexd/files.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_image file_take(const char *path) {
    struct file_image image = {0};
    int fd = open(path, O_RDONLY);
    cr_assert(fd >= 0, "%s", path);
    image.len = file_size(path);
    image.data = malloc(image.len + 1);
    cr_assert_eq(read(fd, image.data, image.len), (ssize_t)image.len);
    (void)close(fd);
    return image;
}

void file_put(const char *path, const void *data, size_t len) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    cr_assert(fd >= 0, "%s", path);
    cr_assert_eq(write(fd, data, len), (ssize_t)len);
    (void)close(fd);
}

static void file_change(const char *path, size_t at, const void *data, size_t len) {
    int fd = open(path, O_WRONLY);
    cr_assert(fd >= 0, "%s", path);
    cr_assert_eq(pwrite(fd, data, len, (off_t)at), (ssize_t)len);
    (void)close(fd);
}

void file_flip(const char *path, size_t bit) {
    uint8_t byte = 0;
    int fd = open(path, O_RDONLY);
    cr_assert(fd >= 0, "%s", path);
    cr_assert_eq(pread(fd, &byte, 1, (off_t)(bit / 8)), 1);
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
    cr_assert_eq(stat(path, &about), 0, "%s", path);
    return (size_t)about.st_size;
}

void folder_make(char out[PATH_SIZE]) {
    (void)snprintf(out, PATH_SIZE, "/tmp/signpost-index.XXXXXX");
    cr_assert_not_null(mkdtemp(out));
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
