// SPDX-License-Identifier: Apache-2.0
#include "base/lock.h"

#include <assert.h>

err_t lock_init(struct lock *lock) {
    pthread_rwlockattr_t attributes;
    int failed = pthread_rwlockattr_init(&attributes);
    if (failed == 0) {
        failed = pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) != 0 ||
                 pthread_rwlock_init(&lock->rwlock, &attributes) != 0;
        (void)pthread_rwlockattr_destroy(&attributes);
    }
    return failed == 0 ? OK : err_set(ERR_MEMORY, "no lock could be made");
}

void lock_destroy(struct lock *lock) {
    (void)pthread_rwlock_destroy(&lock->rwlock);
}

void lock_read(struct lock *lock) {
    const int failed = pthread_rwlock_rdlock(&lock->rwlock);
    assert(failed == 0);
    (void)failed;
}

void lock_write(struct lock *lock) {
    const int failed = pthread_rwlock_wrlock(&lock->rwlock);
    assert(failed == 0);
    (void)failed;
}

void lock_release(struct lock *lock) {
    const int failed = pthread_rwlock_unlock(&lock->rwlock);
    assert(failed == 0);
    (void)failed;
}
