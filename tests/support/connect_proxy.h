// SPDX-License-Identifier: Apache-2.0
// A proxy on 127.0.0.1 that knows CONNECT alone, on threads of the test's own process. A failure of its own ends the
// test.
#ifndef TESTS_SUPPORT_CONNECT_PROXY_H
#define TESTS_SUPPORT_CONNECT_PROXY_H

#include <stddef.h>
#include <stdint.h>

struct connect_proxy;

// `credentials`: "name:password" that it wants (Basic), or NULL. `status`: what it answers instead of opening a way
// (403); 0: it opens it.
struct connect_proxy *connect_proxy_start(const char *credentials, int status);
uint16_t connect_proxy_port(const struct connect_proxy *proxy);
// How many ways it has opened, and how often it was asked.
size_t connect_proxy_opened(struct connect_proxy *proxy);
size_t connect_proxy_asked(struct connect_proxy *proxy);
void connect_proxy_stop(struct connect_proxy *proxy);

#endif
