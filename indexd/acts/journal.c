// SPDX-License-Identifier: Apache-2.0
// Destroying the key of a month of the journal, by an act of two administrators. The act is in the journal first;
// should the index end before the key is gone, the same act, run again, or the next start ends what was begun.
#include "indexd/acts/acts.h"
#include "indexd/log/month_key.h"
#include "indexd/log/notary.h"

err_t act_journal_destroy_key(struct act_call *call) {
    const char *month = NULL;
    struct notary_status status;
    const struct json_field fields[] = {{"month", JSON_FIELD_TEXT, true, SEGMENT_NAME_SIZE - 1, &month}};
    const char *store = notary_store(call->service->notary);
    err_t err = act_arguments(call, fields, 1);
    if (!err) {
        notary_status(call->service->notary, &status);
        err = month_key_check(store, month, status.cosigned_records);
    }
    if (!err) {
        err = act_carry_out(call, NULL, NULL);
        err = err == ERR_EXISTS ? OK : err;
    }
    return err ? err : month_key_destroy(store, month);
}
