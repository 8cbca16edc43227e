// SPDX-License-Identifier: Apache-2.0
// Copying that leaves the disk to others: no more than so many bytes a second.
#ifndef INDEXD_THROTTLE_H
#define INDEXD_THROTTLE_H

#include <stdint.h>

#include "base/err.h"

struct throttle {
    int64_t bytes_per_s; // 0: as fast as it goes
    int64_t begun_ns;    // private; zero-initialise
    int64_t bytes;       // copied so far
};

// Copies from `from` (a file or a pipe) to `to` until the end or for `most` bytes. ERR_FULL, ERR_IO.
err_t throttle_copy(struct throttle *throttle, int from, int to, uint64_t most);

#endif
