// SPDX-License-Identifier: Apache-2.0
// As whom the index knows this client.
#ifndef CLIENT_WHOAMI_H
#define CLIENT_WHOAMI_H

#include <stddef.h>

#include "base/err.h"
#include "client/session.h"
#include "proto/status.h"

// Errors of session_need_index and session_post.
err_t whoami_get(struct session *session, struct whoami *out);
// "agency", several with ", "; "" for none. `size`: 128 is always enough.
void whoami_roles(const struct whoami *whoami, char *out, size_t size);

#endif
