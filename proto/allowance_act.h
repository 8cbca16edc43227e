// SPDX-License-Identifier: Apache-2.0
// The act "allowance" (proto/act.h), by which two administrators give an agency more for a while. It is about the
// scheme's roster and not about an index: its store_id is zero, which is no store's.
#ifndef PROTO_ALLOWANCE_ACT_H
#define PROTO_ALLOWANCE_ACT_H

#include <jansson.h>

#include "base/err.h"
#include "proto/budget.h"
#include "proto/urn.h"

#define ALLOWANCE_ACT "allowance"

// The act's arguments; NULL when there is no memory. Signers and digest of `allowance` are not among them.
json_t *allowance_act_arguments(const struct urn *agency, const struct allowance *allowance);
// ERR_INPUT: also when it is not an agency's, or has impossible dates or numbers.
err_t allowance_act_read(const json_t *arguments, struct urn *agency, struct allowance *out);

#endif
