// SPDX-License-Identifier: Apache-2.0
// Identities, as they stand in a certificate's one SAN URI:
//   urn:signpost:SCHEME:agency:ID            an agency's system
//   urn:signpost:SCHEME:agency:ID:person:ID  a person of an agency
//   urn:signpost:SCHEME:administrator:ID     a named administrator
//   urn:signpost:SCHEME:holder:N             key holder 1..16
//   urn:signpost:SCHEME:index:ID             an index
// SCHEME and ID: 1..63 of a-z, 0-9 and "-", not beginning with "-".
#ifndef PROTO_URN_H
#define PROTO_URN_H

#include <stdbool.h>

#include "base/err.h"
#include "proto/limits.h"

enum urn_kind { URN_AGENCY, URN_PERSON, URN_ADMINISTRATOR, URN_HOLDER, URN_INDEX };

struct urn {
    enum urn_kind kind;
    char scheme[MAX_ID + 1];
    char id[MAX_ID + 1];     // of the agency, the administrator, the holder or the index
    char person[MAX_ID + 1]; // of a person; otherwise empty
};

err_t urn_parse(const char *text, struct urn *out); // ERR_INPUT
void urn_format(const struct urn *urn, char out[MAX_URN + 1]);
bool urn_equal(const struct urn *a, const struct urn *b);
bool urn_id_valid(const char *id);

#endif
