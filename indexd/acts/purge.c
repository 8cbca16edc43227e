// SPDX-License-Identifier: Apache-2.0
// Removing all that one agency ever fed, by an act of two administrators. The sweeper does it, in small steps; a
// restart goes on with it.
#include <stdio.h>
#include <string.h>

#include "indexd/acts/acts.h"
#include "indexd/sweeper.h"

err_t act_agency_purge(struct act_call *call) {
    const char *given = NULL;
    char agency[MAX_ID + 1];
    const struct json_field fields[] = {{"agency", JSON_FIELD_TEXT, true, MAX_ID, &given}};
    err_t err = act_arguments(call, fields, 1);
    if (!err && (!urn_id_valid(given) || strcmp(given, AGENCY_CANARY) == 0)) {
        err = err_set(ERR_INPUT, "argument \"agency\": not the id of an agency");
    }
    // What it feeds while it is being purged would be removed or not, as it happens.
    if (!err && access_admits_agency(call->service->access, given, clock_now_s(call->service->clock))) {
        err = err_set(ERR_DENIED,
                      "the agency may still come in: deny it first (indexctl deny), or take it off the roster");
    }
    if (err) {
        return err;
    }
    (void)snprintf(agency, sizeof agency, "%s", given);
    err = act_carry_out(call, engine_begin_purge, agency);
    if (!err) {
        sweeper_wake(call->service->sweeper);
    }
    return err;
}
