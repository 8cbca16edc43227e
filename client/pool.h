// SPDX-License-Identifier: Apache-2.0
// A few threads that run jobs, and hand each back to the one thread that submitted it. A job belongs to the pool from
// pool_submit until pool_take has returned it, so that neither side needs a lock of its own.
#ifndef CLIENT_POOL_H
#define CLIENT_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct pool;

struct pool_job { // embedded in the caller's struct
    void (*run)(struct pool_job *job);
    struct pool_job *next; // the pool's
};

// With no threads at all pool_take runs the jobs itself: nothing is started for a single question. ERR_MEMORY.
err_t pool_new(size_t threads, struct pool **out);
// Drops the jobs that have not begun, waits for those that have. NULL is harmless.
void pool_free(struct pool *pool);

enum pool_order { POOL_LAST, POOL_FIRST };
void pool_submit(struct pool *pool, struct pool_job *job, enum pool_order order);

// Forgets every job that was submitted: those that have not begun never do, those under way are waited for.
void pool_cancel(struct pool *pool);

// A job that has ended, in the order of ending; NULL when there is none. `wait`: NULL only when nothing is under way.
struct pool_job *pool_take(struct pool *pool, bool wait);

#endif
