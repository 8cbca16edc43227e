// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "indexd/acts/acts.h"
#include "indexd/commands/commands.h"

// Both are written again as they were read, without spaces: what is signed in an act stands in texts inside it, and the
// attachment's digest is that of this form.
static err_t rewrite(const json_t *document, struct buf *out) {
    return document ? json_write(document, false, out) : OK;
}

err_t command_act(struct service *service, const json_t *command, json_t *reply) {
    json_t *act = NULL;
    json_t *attachment = NULL;
    struct buf document = {0};
    struct buf beside = {0};
    const struct json_field fields[] = {{"act", JSON_FIELD_OBJECT, true, 0, &act},
                                        {"attachment", JSON_FIELD_OBJECT, false, 0, &attachment}};
    err_t err = json_read(command, fields, 2);
    if (!err) {
        err = rewrite(act, &document);
    }
    if (!err) {
        err = rewrite(attachment, &beside);
    }
    if (!err) {
        err = acts_run(service, buf_bytes(&document), buf_bytes(&beside), reply);
    }
    buf_free(&document);
    buf_free(&beside);
    return err;
}
