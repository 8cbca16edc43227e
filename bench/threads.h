// SPDX-License-Identifier: Apache-2.0
// The processor time of another process's threads, by their names.
#ifndef BENCH_THREADS_H
#define BENCH_THREADS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

// What all threads of this name have spent together, in user and in system mode, to the kernel's tick (10 ms).
// ERR_NOT_FOUND where none has the name.
err_t threads_spent_us(pid_t pid, const char *name, int64_t *out_us);

// What a process and its children have spent together, likewise. ERR_NOT_FOUND.
err_t processes_spent_us(pid_t parent, int64_t *out_us);

#endif
