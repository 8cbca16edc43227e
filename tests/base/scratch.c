// SPDX-License-Identifier: Apache-2.0
#include "tests/base/scratch.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

static char dir[] = "/tmp/signpost-base-XXXXXX";

void scratch_make(void) {
    cr_assert_eq(secret_start(), OK);
    cr_assert_not_null(mkdtemp(dir));
}

static size_t for_each(void (*act)(const char *path)) {
    size_t count = 0;
    DIR *folder = opendir(dir);
    cr_assert_not_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            count++;
            act(scratch_path(entry->d_name));
        }
    }
    closedir(folder);
    return count;
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *at) {
    (void)about, (void)type, (void)at;
    return remove(path);
}

static void erase(const char *path) {
    cr_assert_eq(nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0, "%s", path);
}

static void leave(const char *path) {
    (void)path;
}

void scratch_remove(void) {
    for_each(erase);
    cr_assert_eq(rmdir(dir), 0);
}

size_t scratch_count(void) {
    return for_each(leave);
}

const char *scratch_dir(void) {
    return dir;
}

const char *scratch_path(const char *name) {
    static char paths[8][512];
    static size_t turn;
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}

const char *scratch_write(const char *name, mode_t mode, const void *data, size_t len) {
    const char *path = scratch_path(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    cr_assert_geq(fd, 0);
    cr_assert_eq(fchmod(fd, mode), 0);
    cr_assert_eq(write(fd, data, len), (ssize_t)len);
    close(fd);
    return path;
}

const char *scratch_write_text(const char *name, const char *text) {
    return scratch_write(name, 0600, text, strlen(text));
}

bool scratch_holds(const char *name, const char *text) {
    char contents[4096];
    FILE *file = fopen(scratch_path(name), "r");
    cr_assert_not_null(file);
    size_t len = fread(contents, 1, sizeof contents, file);
    fclose(file);
    return len == strlen(text) && memcmp(contents, text, len) == 0;
}

bool scratch_has(const char *name) {
    struct stat about;
    return lstat(scratch_path(name), &about) == 0;
}

mode_t scratch_mode(const char *name) {
    struct stat about;
    cr_assert_eq(stat(scratch_path(name), &about), 0);
    return about.st_mode & 07777;
}
