// SPDX-License-Identifier: Apache-2.0
// The key holder's routes; their context is a struct holder.
#ifndef KEYS_KEYHOLDERD_HANDLERS_H
#define KEYS_KEYHOLDERD_HANDLERS_H

#include <stddef.h>

#include "proto/http_server.h"

extern const struct http_route handlers_routes[];
extern const size_t handlers_route_count;

#endif
