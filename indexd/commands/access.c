// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "base/log.h"
#include "indexd/commands/commands.h"

err_t command_deny(struct service *service, const json_t *command, json_t *reply) {
    (void)reply;
    const char *who = NULL;
    const struct json_field fields[] = {{"who", JSON_FIELD_TEXT, true, MAX_URN, &who}};
    err_t err = json_read(command, fields, 1);
    if (!err) {
        err = access_deny(service->access, who);
    }
    if (err) {
        return err;
    }
    log_line(LOG_NOTICE, "denied %s", who);
    struct buf act = {0};
    buf_printf(&act, "deny %s", who);
    const char *text = buf_str(&act);
    err = text ? engine_note_act(service->engine, "root", text) : err_set(ERR_MEMORY, "no memory");
    buf_free(&act);
    return err;
}
