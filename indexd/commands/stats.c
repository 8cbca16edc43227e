// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "base/json.h"
#include "indexd/commands/commands.h"
#include "indexd/log/notary.h"

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

// How far the journal's heads are: an alarm of the log's is here for whoever watches by figures.
static int put_notary(struct service *service, json_t *figures) {
    struct notary_status status;
    char at[CLOCK_TEXT_SIZE] = "never";
    notary_status(service->notary, &status);
    if (status.cosigned_at > 0) {
        clock_format(status.cosigned_at, at);
    }
    json_t *more = json_pack("{s:I, s:I, s:s, s:I, s:I, s:s}", "signed_records", (json_int_t)status.signed_records, //
                             "cosigned_records", (json_int_t)status.cosigned_records, "cosigned_at", at,            //
                             "cosignatures", (json_int_t)status.cosignatures, "cosignatures_needed",                //
                             (json_int_t)status.threshold, "cosigning", status.alarm ? "behind" : "ok");
    int failed = more == NULL || json_object_update(figures, more) != 0;
    json_decref(more);
    return failed;
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
    json_t *figures = commands_stats_json(&stats);
    int failed = figures == NULL || put_notary(service, figures) != 0;
    return json_object_set_new(reply, "stats", figures) == 0 && !failed ? OK : ERR_MEMORY;
}
