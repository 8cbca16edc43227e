// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "indexd/commands/commands.h"

json_t *commands_stats_json(const struct engine_stats *stats) {
    json_t *store_id = json_hex(stats->store_id, sizeof stats->store_id);
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "store_id", store_id, //
                     "journal_records", (json_int_t)stats->journal_records,                           //
                     "journal_bytes", (json_int_t)stats->journal_bytes,                               //
                     "keys", (json_int_t)stats->keys, "entries", (json_int_t)stats->entries,          //
                     "map_used", (json_int_t)stats->map_used, "map_size", (json_int_t)stats->map_size, "disk_free",
                     (json_int_t)stats->disk_free, "questions", (json_int_t)stats->questions, "children",
                     (json_int_t)stats->children, //
                     "changes", (json_int_t)stats->changes);
}

err_t command_stats(struct service *service, const json_t *command, json_t *reply) {
    (void)command;
    struct engine_stats stats;
    err_t err = engine_stats(service->engine, &stats);
    if (err) {
        return err;
    }
    return json_object_set_new(reply, "stats", commands_stats_json(&stats)) == 0 ? OK : ERR_MEMORY;
}
