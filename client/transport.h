// SPDX-License-Identifier: Apache-2.0
// How requests travel: http_client_run in the programs, a function of the test in tests.
#ifndef CLIENT_TRANSPORT_H
#define CLIENT_TRANSPORT_H

#include <stddef.h>

#include "proto/http_client.h"

struct transport {
    // Runs all exchanges side by side and returns when each has ended, as http_client_run does.
    void (*run)(void *ctx, struct http_exchange *exchanges, size_t count);
    // Lets time pass before a request that was put off is sent again; false: there is none left. NULL: nothing is sent
    // again.
    bool (*wait)(void *ctx, int64_t ms);
    void *ctx;
};

#endif
