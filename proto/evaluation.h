// SPDX-License-Identifier: Apache-2.0
// POST /v1/evaluations and GET /v1/key of a key holder: their JSON, both directions.
#ifndef PROTO_EVALUATION_H
#define PROTO_EVALUATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/limits.h"

#define EVALUATION_SUBJECT_ACCESS "subject-access" // the member "purpose"

struct evaluation_request {
    uint64_t epoch, generation;
    size_t count; // 1..MAX_ELEMENTS
    uint8_t elements[MAX_ELEMENTS][ELEMENT_SIZE];
    bool subject_access; // under a retired key: the only purpose for which one is used, and used for no other key
};

struct evaluation_reply {
    uint64_t holder; // 1..MAX_HOLDERS
    uint64_t epoch, generation;
    size_t count;
    uint8_t elements[MAX_ELEMENTS][ELEMENT_SIZE];
    uint8_t proof[PROOF_SIZE];
};

err_t evaluation_request_write(const struct evaluation_request *request, struct buf *out);
err_t evaluation_request_read(struct bytes text, struct evaluation_request *out);
err_t evaluation_reply_write(const struct evaluation_reply *reply, struct buf *out);
err_t evaluation_reply_read(struct bytes text, struct evaluation_reply *out);

struct key_reply {
    char scheme[MAX_ID + 1];
    uint64_t holder, epoch, generation, threshold, descriptor_version;
    uint8_t public_key[ELEMENT_SIZE];
    int64_t previous_until; // seconds: the end of the key before, which is served too; 0: none is, or nobody knows
};
err_t key_reply_write(const struct key_reply *reply, struct buf *out);
err_t key_reply_read(struct bytes text, struct key_reply *out);

#endif
