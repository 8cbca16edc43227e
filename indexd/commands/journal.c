// SPDX-License-Identifier: Apache-2.0
#include "indexd/commands/commands.h"
#include "indexd/log/notary.h"

err_t command_journal_checkpoint(struct service *service, const json_t *command, json_t *reply) {
    struct buf note = {0};
    struct notary_status status;
    err_t err = json_object_size(command) == 0 ? notary_publish(service->notary, &note)
                                               : err_set(ERR_INPUT, "this command has no fields");
    if (!err) {
        notary_status(service->notary, &status);
        json_t *fields =
            json_pack("{s:o, s:I, s:I}", "checkpoint", json_stringn((const char *)note.data, note.len), "cosignatures",
                      (json_int_t)status.cosignatures, "needed", (json_int_t)status.threshold);
        err = fields && json_object_update(reply, fields) == 0 ? OK : err_set(ERR_MEMORY, "no memory for the reply");
        json_decref(fields);
    }
    buf_free(&note);
    return err;
}
