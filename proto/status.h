// SPDX-License-Identifier: Apache-2.0
// GET /v1/whoami of both daemons and GET /v1/scheme of the index.
#ifndef PROTO_STATUS_H
#define PROTO_STATUS_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/limits.h"
#include "proto/tokens.h"
#include "proto/urn.h"

struct whoami {
    char identity[MAX_URN + 1];
    unsigned roles; // of proto/role.h
    int64_t time;   // the server's clock, seconds
    int64_t certificate_expires, entry_expires, roster_expires;
    int64_t vetting_expires, training_expires; // 0: not stated, and absent
    uint64_t roster_version, descriptor_version;
};
err_t whoami_write(const struct whoami *whoami, struct buf *out);
err_t whoami_read(struct bytes text, struct whoami *out);

struct scheme_status {
    char scheme[MAX_ID + 1];
    struct token_epochs epochs; // whose tokens the index takes
    uint64_t generation, descriptor_version;
    uint8_t store_id[STORE_ID_SIZE];
    uint64_t feeds_fresh, feeds_total;
    int64_t feeds_as_of; // seconds; the figure is made once a day and is the same for everyone
};
err_t scheme_status_write(const struct scheme_status *status, struct buf *out);
err_t scheme_status_read(struct bytes text, struct scheme_status *out);

#endif
