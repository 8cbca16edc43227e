// SPDX-License-Identifier: Apache-2.0
#include "base/noise.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include <sodium.h>

static pthread_once_t following_forks = PTHREAD_ONCE_INIT;
static atomic_uint forks; // from the first process down to this one

static _Thread_local struct {
    uint8_t bytes[NOISE_DRAWN]; // the last `left` have not been given out
    size_t left;
    unsigned forks; // when they were drawn
} drawn;

static void note_fork(void) {
    atomic_fetch_add(&forks, 1);
}

static void follow_forks(void) {
    const int failed = pthread_atfork(NULL, NULL, note_fork);
    assert(failed == 0);
    (void)failed;
}

static void draw(void) {
    (void)pthread_once(&following_forks, follow_forks);
    randombytes_buf(drawn.bytes, sizeof drawn.bytes);
    drawn.left = sizeof drawn.bytes;
    drawn.forks = atomic_load(&forks);
}

void noise_fill(void *out, size_t len) {
    assert(len <= NOISE_DRAWN);
    if (drawn.left < len || drawn.forks != atomic_load_explicit(&forks, memory_order_relaxed)) {
        draw();
    }
    memcpy(out, drawn.bytes + sizeof drawn.bytes - drawn.left, len);
    drawn.left -= len;
}
