// SPDX-License-Identifier: Apache-2.0
#include "indexd/commands/commands.h"

#include <string.h>

static const struct {
    const char *name;
    command_run run;
} rows[] = {
    {"journal-checkpoint", command_journal_checkpoint},
    {"purges", command_purges},
    {"shields", command_shields},
    {"stats", command_stats},
    {"act", command_act},
    {"feeds", command_feeds},
    {"deny", command_deny},
    {"blocked", command_blocked},
};

err_t commands_run(struct service *service, json_t *command, json_t *reply) {
    const char *name = json_string_value(json_object_get(command, "command"));
    for (size_t i = 0; name && i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            json_object_del(command, "command");
            return rows[i].run(service, command, reply);
        }
    }
    return err_set(ERR_INPUT, "no such command");
}
