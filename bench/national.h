// SPDX-License-Identifier: Apache-2.0
// What bench/national measures of one size of index, and how it is told: as text, as JSON, and as tables that
// bench/national.gp plots.
#ifndef BENCH_NATIONAL_H
#define BENCH_NATIONAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "bench/disk.h"
#include "bench/histogram.h"

#define OFFERED_MAX 16
#define SIZES_MAX 8
#define WORKERS_MAX 2

struct closed_figures { // a closed loop: the most that is done
    double per_s, worker_us, sequencer_us;
};

struct open_figures { // an open loop: requests at their own moments
    double questions_per_s, changes_per_s;
    bool beside; // a backup, checkpoints and what follows a start at the same time
    struct histogram questions, changes;
    struct disk_sync sync;      // of the disk alone, just before, over and over
    struct disk_sync open_sync; // likewise, at moments like those of the questions
};

struct size_figures {
    uint64_t children, involvements, keys, rows;
    bool kept; // made by an earlier run, which imported it
    double import_s, repack_s;
    uint64_t journal_bytes;
    double row_bytes, churned_row_bytes, repacked_row_bytes; // of the database's file
    uint64_t churned;                                        // changes
    double start_s;                                          // from starting the process to its first answer
    int64_t memory_kib, connections;
    struct closed_figures one, many;   // questions about one child and about 256
    double workers_per_s[WORKERS_MAX]; // questions about one child, with 1 and with 2 workers
    struct open_figures offered[OFFERED_MAX];
    size_t offered_count;
};

struct national_report {
    struct disk_sync sync; // of the disk alone
    struct size_figures sizes[SIZES_MAX];
    size_t size_count;
};

void report_print(const struct national_report *report);
// Writes report.json and the tables into the folder, which must exist. ERR_IO, ERR_MEMORY.
err_t report_write(const struct national_report *report, const char *folder);

#endif
