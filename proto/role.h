// SPDX-License-Identifier: Apache-2.0
// What a party of the roster may do. A set of roles is an `unsigned` with a bit for each.
#ifndef PROTO_ROLE_H
#define PROTO_ROLE_H

#include <jansson.h>

#include "base/err.h"
#include "proto/urn.h"

enum role { // a bit each
    ROLE_AGENCY = 1 << 0,
    ROLE_PRACTITIONER = 1 << 1,
    ROLE_AUDITOR = 1 << 2,
    ROLE_DATA_PROTECTION_OFFICER = 1 << 3,
    ROLE_ADMINISTRATOR = 1 << 4,
    ROLE_INDEX = 1 << 5,
};
#define ROLE_COUNT 6

// "agency", "practitioner", "auditor", "data-protection-officer", "administrator", "index". ERR_INPUT.
err_t role_parse(const char *text, enum role *out);
const char *role_text(enum role role);

// The roles that an identity of this kind can have: an agency's system cannot audit, a person is no index.
unsigned roles_of_kind(enum urn_kind kind);

// An array of at least one role, none repeated. ERR_INPUT.
err_t roles_read(const json_t *array, unsigned *out);
json_t *roles_json(unsigned roles); // a new reference; NULL when there is no memory

#endif
