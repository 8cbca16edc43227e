// SPDX-License-Identifier: Apache-2.0
// An HTTPS client (proto/http_client.h) whose key may lie on a card (proto/card.h).
#ifndef PROTO_CARD_CLIENT_H
#define PROTO_CARD_CLIENT_H

#include "proto/card.h"
#include "proto/http_client.h"

// `settings->key` is a file's path, as for http_client_new, or "pkcs11:..."; `settings->certificate` a path, or in the
// latter case "pkcs11:..." for the one on the same card. `pin` is asked in this thread. Errors of both.
err_t card_client_new(const struct http_client_settings *settings, struct card_pin pin, struct http_client **out);

#endif
