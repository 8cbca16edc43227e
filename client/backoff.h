// SPDX-License-Identifier: Apache-2.0
// When to send again what a server put off (429, 503): later each time, at moments that differ between clients, never
// sooner than the server says, and not for long. Every action of the protocol may be repeated, and a request that was
// put off was not carried out.
#ifndef CLIENT_BACKOFF_H
#define CLIENT_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#include "client/transport.h"

#define BACKOFF_TRIES 5        // after the first
#define BACKOFF_TOTAL_MS 20000 // of waiting, all in all: a person sits there
#define BACKOFF_FIRST_MS 400   // doubled each time

struct backoff { // zero at the beginning
    unsigned tries;
    int64_t waited_ms;
};

// The next wait; -1 when there is none: too many, too long, or the server wants more time than there is.
int64_t backoff_next(struct backoff *backoff, int64_t retry_after_ms);

// Waits for it. False: it is over, or the transport has no time left.
bool backoff_wait(struct backoff *backoff, const struct transport *transport, int64_t retry_after_ms);

#endif
