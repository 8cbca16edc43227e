// SPDX-License-Identifier: Apache-2.0
#include "indexd/shield.h"
#include "base/json.h"
#include "indexd/commands/commands.h"

static void add_shield(void *ctx, const struct shield_count *count) {
    json_t *row =
        json_pack("{s:I, s:o, s:s, s:I, s:I, s:I}", "shield", (json_int_t)count->shield.number, "since",
                  json_time(count->shield.time_ms / 1000), "reference", count->shield.reference, "numbers",
                  (json_int_t)count->numbers, "names", (json_int_t)count->names, "records", (json_int_t)count->records);
    json_array_append_new(ctx, row);
}

err_t command_shields(struct service *service, const json_t *command, json_t *reply) {
    err_t err = json_read(command, NULL, 0);
    json_t *shields = json_array();
    if (!err) {
        err = engine_each_shield(service->engine, add_shield, shields);
    }
    if (!err && json_object_set(reply, "shields", shields) != 0) {
        err = err_set(ERR_MEMORY, "no memory for the shields");
    }
    json_decref(shields);
    return err;
}
