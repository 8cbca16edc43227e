// SPDX-License-Identifier: Apache-2.0
#include "client/backoff.h"

#include <sodium.h>

int64_t backoff_next(struct backoff *backoff, int64_t retry_after_ms) {
    if (backoff->tries >= BACKOFF_TRIES || retry_after_ms > BACKOFF_TOTAL_MS) {
        return -1;
    }
    // Half of it is sure and half is chance: many clients that were put off together come back apart.
    int64_t half_ms = ((int64_t)BACKOFF_FIRST_MS << backoff->tries) / 2;
    int64_t least_ms = retry_after_ms > half_ms ? retry_after_ms : half_ms;
    int64_t wait_ms = least_ms + randombytes_uniform((uint32_t)half_ms + 1);
    if (backoff->waited_ms + wait_ms > BACKOFF_TOTAL_MS) {
        return -1;
    }
    backoff->tries++;
    backoff->waited_ms += wait_ms;
    return wait_ms;
}

bool backoff_wait(struct backoff *backoff, const struct transport *transport, int64_t retry_after_ms) {
    int64_t wait_ms = transport->wait == NULL ? -1 : backoff_next(backoff, retry_after_ms);
    return wait_ms >= 0 && transport->wait(transport->ctx, wait_ms);
}
