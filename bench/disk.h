// SPDX-License-Identifier: Apache-2.0
// What the disk below a folder can do, and what a process holds in memory: the limits that figures are held against.
#ifndef BENCH_DISK_H
#define BENCH_DISK_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct disk_sync {
    double median_us, p99_us;
};
// Of writing 4 KiB at the end of a file and syncing them (fdatasync), over and over for half a second at least.
err_t disk_sync(const char *folder, struct disk_sync *out);
// The same at random moments, so many a second, for two seconds: a disk that has rested takes longer.
err_t disk_sync_at(const char *folder, double per_s, struct disk_sync *out);
// Bytes that the file takes up on disk.
err_t disk_file_bytes(const char *path, uint64_t *out);
// Anonymous memory of a process: what is not the page cache's.
err_t memory_kib(pid_t pid, int64_t *out);

#endif
