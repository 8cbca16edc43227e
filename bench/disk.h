// SPDX-License-Identifier: Apache-2.0
// What the disk below a folder can do, and what a process holds in memory: the limits that figures are held against.
#ifndef BENCH_DISK_H
#define BENCH_DISK_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

// Median of writing 4 KiB at the end of a file and syncing them (fdatasync), in microseconds.
err_t disk_sync_us(const char *folder, double *out);
// Bytes that the file takes up on disk.
err_t disk_file_bytes(const char *path, uint64_t *out);
// Anonymous memory of a process: what is not the page cache's.
err_t memory_kib(pid_t pid, int64_t *out);

#endif
