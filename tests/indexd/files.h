// SPDX-License-Identifier: Apache-2.0
// Whole files, to damage and to put back.
#ifndef TESTS_INDEXD_FILES_H
#define TESTS_INDEXD_FILES_H

#include <stddef.h>
#include <stdint.h>

#define PATH_SIZE 256

struct file_image {
    uint8_t *data; // free it
    size_t len;
};

struct file_image file_take(const char *path);
void file_put(const char *path, const void *data, size_t len); // 0600
void file_flip(const char *path, size_t bit);
void file_zero(const char *path, size_t at, size_t len);
size_t file_size(const char *path);
void folder_make(char out[PATH_SIZE]); // fresh, in the system's folder for such
void folder_remove(const char *path);

#endif
