// SPDX-License-Identifier: Apache-2.0
// The threads of a daemon. Each runs until its function returns. One that ends in any other way - cancelled, or killed
// alone - would leave undone what others wait for without end: the process stops at once instead, with a line in the
// log, as it does when a sync fails.
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

#include "base/err.h"

// `name` is static and at most 15 bytes long. Signals are the main thread's: the new one takes none. ERR_MEMORY.
err_t thread_start(const char *name, void *(*run)(void *ctx), void *ctx, pthread_t *out);

// The calling thread lets all others go first from now on: for work that nobody waits for.
void thread_stand_back(void);

// Stops the process if one of the threads is gone without a word, as no handler sees it. Any thread, now and then.
void thread_check_all(void);

#endif
