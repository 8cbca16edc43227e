// SPDX-License-Identifier: Apache-2.0
// Administrative acts: a small document, signed by one or more named people of the roster with the keys of their
// certificates (proto/jws.h), that allows an index to do one thing, once. Its payload:
//   {"act": "shield-lift", "scheme": "demo", "store_id": hex 16, "nonce": hex 16, "issued": time, "expires": time,
//    "reason": text, "arguments": {...}}
// What an act needs beyond its document (tokens of a child) goes beside it, and its SHA-256 into the arguments.
#ifndef PROTO_ACT_H
#define PROTO_ACT_H

#include <jansson.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/jws.h"
#include "proto/limits.h"
#include "proto/tls.h"

#define ACT_TYPE "signpost-act"
#define ACT_NAME_MAX 40
#define ACT_REASON_MAX 200 // bytes
#define ACT_NONCE_SIZE 16
#define ACT_VALID_S 86400           // as an act is made
#define ACT_VALID_MAX_S (7 * 86400) // as an act is taken

struct act {
    char name[ACT_NAME_MAX + 1];
    char scheme[MAX_ID + 1];
    uint8_t store_id[STORE_ID_SIZE];
    uint8_t nonce[ACT_NONCE_SIZE];
    int64_t issued, expires; // seconds
    char reason[ACT_REASON_MAX + 1];
    json_t *arguments;                        // an object
    struct tls_peer signers[JWS_SIGNERS_MAX]; // each another identity with another key
    size_t signer_count;
};

// Appends the act as a document without a signature; nonce and times are made here. ERR_INPUT for a name, a reason or
// arguments that no act has.
err_t act_new(const struct act *plan, int64_t now_s, struct buf *out);

// Adds the signature of the certificate's owner to the document in `text`. As jws_sign; files: ERR_NOT_FOUND, ERR_TLS.
err_t act_sign(struct buf *text, const char *certificate, const char *key);

// The same for a document of another type, which is no act.
err_t act_sign_as(struct buf *text, const char *type, const char *certificate, const char *key);

// Opens a document and checks all that needs no roster: every signature, every certificate against the CA's file, that
// nobody has signed twice, and the times. ERR_SIGNATURE, ERR_DENIED, ERR_EXPIRED, ERR_INPUT. act_free the result.
err_t act_open(struct bytes text, const char *ca, int64_t now_s, struct act *out);
// Opens it without checking anybody's certificate, for showing it.
err_t act_peek(struct bytes text, struct act *out);
void act_free(struct act *act); // harmless on a zeroed one

#endif
