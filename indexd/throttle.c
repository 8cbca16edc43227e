// SPDX-License-Identifier: Apache-2.0
#include "indexd/throttle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHUNK ((size_t)256 * 1024)
#define NS 1000000000

static int64_t now_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * NS + now.tv_nsec;
}

// Waits until as many bytes may have been copied as were.
static void wait_for_turn(struct throttle *throttle) {
    if (throttle->bytes_per_s == 0) {
        return;
    }
    if (throttle->begun_ns == 0) {
        throttle->begun_ns = now_ns();
    }
    const int64_t due_ns = throttle->begun_ns + (int64_t)((double)throttle->bytes * NS / (double)throttle->bytes_per_s);
    const int64_t left_ns = due_ns - now_ns();
    if (left_ns > 0) {
        const struct timespec rest = {.tv_sec = left_ns / NS, .tv_nsec = left_ns % NS};
        (void)nanosleep(&rest, NULL);
    }
}

static err_t write_all(int to, const uint8_t *bytes, size_t len) {
    while (len > 0) {
        ssize_t put = write(to, bytes, len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return err_set(errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO, "the copy could not be written: %s",
                           strerror(errno));
        }
        bytes += put;
        len -= (size_t)put;
    }
    return OK;
}

static err_t copy(struct throttle *throttle, int from, int to, uint64_t most, uint8_t *chunk) {
    while (most > 0) {
        wait_for_turn(throttle);
        ssize_t got = read(from, chunk, most < CHUNK ? (size_t)most : CHUNK);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return err_set(ERR_IO, "what is to be copied could not be read: %s", strerror(errno));
        }
        if (got == 0) {
            return OK;
        }
        err_t err = write_all(to, chunk, (size_t)got);
        if (err != OK) {
            return err;
        }
        throttle->bytes += got;
        most -= (uint64_t)got;
    }
    return OK;
}

err_t throttle_copy(struct throttle *throttle, int from, int to, uint64_t most) {
    uint8_t *chunk = malloc(CHUNK);
    if (chunk == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    err_t err = copy(throttle, from, to, most, chunk);
    free(chunk);
    return err;
}
