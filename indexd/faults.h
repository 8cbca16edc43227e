// SPDX-License-Identifier: Apache-2.0
// The few calls of the operating system whose failure decides what the engine may still promise. Tests set them to
// fail at will, before the engine is opened; nobody else does.
#ifndef INDEXD_FAULTS_H
#define INDEXD_FAULTS_H

#include <stdint.h>
#include <sys/types.h>

struct faults {
    ssize_t (*pwrite)(int fd, const void *data, size_t len, off_t at);
    int (*fdatasync)(int fd);
    int (*ftruncate)(int fd, off_t len);
    int (*commit)(void);                      // 0, or the errno with which a commit of the store fails untried
    int (*free_bytes)(int fd, uint64_t *out); // free space of the file system that holds `fd`; -1 and errno
};
extern struct faults faults;

#endif
