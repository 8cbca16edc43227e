// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "indexd/commands/commands.h"

static void add_purge(void *ctx, const char *agency, int64_t since_ms) {
    json_array_append_new(ctx, json_pack("{s:s, s:o}", "agency", agency, "since", json_time(since_ms / 1000)));
}

err_t command_purges(struct service *service, const json_t *command, json_t *reply) {
    err_t err = json_read(command, NULL, 0);
    json_t *purges = json_array();
    if (!err) {
        err = engine_each_purge(service->engine, add_purge, purges);
    }
    if (!err && json_object_set(reply, "purges", purges) != 0) {
        err = err_set(ERR_MEMORY, "no memory for the purges");
    }
    json_decref(purges);
    return err;
}
