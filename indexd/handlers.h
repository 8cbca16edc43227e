// SPDX-License-Identifier: Apache-2.0
// The index's routes. Every handler checks the peer against the roster first; questions and changes are handed to the
// engine and answered when it has decided.
#ifndef INDEXD_HANDLERS_H
#define INDEXD_HANDLERS_H

#include <stddef.h>

#include "proto/http_server.h"

// The table for http_server_new, whose `ctx` is a struct service.
extern const struct http_route handlers_routes[];
extern const size_t handlers_route_count;

#endif
