// SPDX-License-Identifier: Apache-2.0
// A lock for many readers or one writer. A writer that waits goes before readers that come later, so that a steady
// stream of requests does not keep a reload waiting: hence no thread takes it for reading twice.
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <pthread.h>

#include "base/err.h"

struct lock {
    pthread_rwlock_t rwlock;
};

err_t lock_init(struct lock *lock); // ERR_MEMORY
void lock_destroy(struct lock *lock);
void lock_read(struct lock *lock);
void lock_write(struct lock *lock);
void lock_release(struct lock *lock);

#endif
