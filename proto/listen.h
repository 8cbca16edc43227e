// SPDX-License-Identifier: Apache-2.0
// A listening TCP socket at an address that a configuration gives.
#ifndef PROTO_LISTEN_H
#define PROTO_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

// "127.0.0.1:8443" or "[::1]:8443"; port 0: the system chooses. Addresses alone, since a name could resolve to more
// than was meant. `loopback_only` refuses any other. Accepted sockets inherit TCP_NODELAY. The caller closes. `what`
// names the setting in errors: ERR_INPUT, ERR_IO.
err_t listen_open(const char *what, const char *text, bool loopback_only, int *out_fd, uint16_t *out_port);

#endif
