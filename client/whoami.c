// SPDX-License-Identifier: Apache-2.0
#include "client/whoami.h"

#include <stdio.h>
#include <string.h>

#include "proto/role.h"
#include "proto/routes.h"

err_t whoami_get(struct session *session, struct whoami *out) {
    struct buf reply = {0};
    err_t err = session_need_index(session);
    if (err == OK) {
        err = session_post(session, ROUTE_WHOAMI, (struct bytes){0}, &reply);
    }
    if (err == OK) {
        err = whoami_read(buf_bytes(&reply), out);
    }
    buf_free(&reply);
    return err;
}

void whoami_roles(const struct whoami *whoami, char *out, size_t size) {
    size_t len = 0;
    out[0] = '\0';
    for (unsigned role = ROLE_AGENCY; role <= ROLE_INDEX && len < size; role <<= 1) {
        if ((whoami->roles & role) != 0) {
            len += (size_t)snprintf(out + len, size - len, "%s%s", len > 0 ? ", " : "", role_text((enum role)role));
        }
    }
}
