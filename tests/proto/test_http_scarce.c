// SPDX-License-Identifier: Apache-2.0
// Where libevent gets no memory: no connection stays without a deadline, and accepting goes on.
#include <criterion/criterion.h>
#include <errno.h>
#include <event2/event.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/proto/http_fixture.h"

#define CONNECTIONS 40

static atomic_bool lacking;

// The table of timers begins with room for eight and doubles; that of sockets begins larger.
static void *scarce_realloc(void *old, size_t size) {
    return atomic_load(&lacking) && size == 16 * sizeof(void *) ? NULL : realloc(old, size);
}

Test(http_scarce, no_connection_stays_without_a_deadline) {
    event_set_mem_functions(malloc, scarce_realloc, free);
    struct http_settings settings = fixture_settings();
    settings.max_connections = CONNECTIONS;
    settings.handshake_timeout_ms = SHORT_MS;
    struct fixture *fixture = fixture_start(&settings);
    int silent[CONNECTIONS];
    atomic_store(&lacking, true);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        silent[i] = tcp_connect(fixture);
    }
    for (size_t i = 0; i < CONNECTIONS; i++) {
        char byte = 0;
        const ssize_t got = recv(silent[i], &byte, 1, 0);
        cr_expect(got == 0 || (got < 0 && errno == ECONNRESET), "connection %zu was left open", i);
        (void)close(silent[i]);
    }
    atomic_store(&lacking, false);
    char *reply = ask(fixture, HELLO);
    cr_expect_eq(status_of(reply), 200);
    free(reply);
    fixture_stop(fixture);
}
