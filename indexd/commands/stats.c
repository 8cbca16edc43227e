// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "indexd/commands/commands.h"

#define SMALL 5 // fewer of something that people did or had may be about one of them

static json_t *number(uint64_t value) {
    return json_integer((json_int_t)value);
}

// null: fewer than SMALL.
static json_t *count(uint64_t value) {
    return value < SMALL ? json_null() : number(value);
}

json_t *commands_stats_json(const struct engine_stats *stats) {
    uint64_t keys = stats->keys - stats->canaries;
    uint64_t entries = stats->entries - stats->canaries;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",                //
                     "store_id", json_hex(stats->store_id, sizeof stats->store_id),            //
                     "journal_records", number(stats->journal_records),                        //
                     "journal_bytes", number(stats->journal_bytes),                            //
                     "keys", count(keys), "entries", count(entries),                           //
                     "map_used", number(stats->map_used), "map_size", number(stats->map_size), //
                     "disk_free", number(stats->disk_free), "questions", count(stats->questions), "children",
                     count(stats->children), //
                     "changes", count(stats->changes));
}

err_t command_stats(struct service *service, const json_t *command, json_t *reply) {
    struct engine_stats stats;
    err_t err = json_read(command, NULL, 0);
    if (!err) {
        err = engine_stats(service->engine, &stats);
    }
    if (err) {
        return err;
    }
    return json_object_set_new(reply, "stats", commands_stats_json(&stats)) == 0 ? OK : ERR_MEMORY;
}
