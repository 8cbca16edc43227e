// SPDX-License-Identifier: Apache-2.0
// The index that bench/national measures: made by `indexctl import`, kept for another run, and what goes on beside the
// load.
#ifndef BENCH_NATIONAL_INDEX_H
#define BENCH_NATIONAL_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "bench/national.h"
#include "bench/running_scheme.h"

// indexctl; `operand` may be NULL.
err_t index_run(const struct running_scheme *scheme, const char *verb, const char *operand);
// Into the stopped index.
err_t index_import(const struct running_scheme *scheme, uint64_t children, size_t slots);
// Keys, rows and bytes of the journal, and what a row takes up in the database's file.
err_t index_row_bytes(const struct running_scheme *scheme, struct size_figures *size, double *out);

// Whether an earlier run has left the index of so many children. ERR_EXISTS: of another number.
err_t index_is_kept(const struct running_scheme *scheme, uint64_t children, bool *out);
err_t index_keep(const struct running_scheme *scheme, uint64_t children);

// Waits until the index has done what it does after every start: it reads all rows and the journal through, sweeps, and
// looks at the day's records for alerts.
void index_settle(const struct running_scheme *scheme);
// A loop of backups and checkpoints, in a process group of its own.
pid_t index_start_beside(const struct running_scheme *scheme);
err_t index_end_beside(pid_t pid);

#endif
