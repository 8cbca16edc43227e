// SPDX-License-Identifier: Apache-2.0
// The commands that a running index takes over its control socket (indexd/control.h): one row of a table each, and one
// file for each group. They run on threads of the control socket's, several at a time.
#ifndef INDEXD_COMMANDS_COMMANDS_H
#define INDEXD_COMMANDS_COMMANDS_H

#include <jansson.h>

#include "base/err.h"
#include "indexd/service.h"

// Reads its fields from `command`, from which the name was taken (so that json_read finds any that should not be
// there), and adds what it found to `reply`. An error, with its detail, is told to the caller
// in place of the reply.
typedef err_t (*command_run)(struct service *service, const json_t *command, json_t *reply);

// Runs the command that the field "command" names, and takes that field out. ERR_INPUT: there is none; otherwise what
// the command says.
err_t commands_run(struct service *service, json_t *command, json_t *reply);

err_t command_stats(struct service *service, const json_t *command, json_t *reply);   // stats.c
err_t command_act(struct service *service, const json_t *command, json_t *reply);     // act.c
err_t command_feeds(struct service *service, const json_t *command, json_t *reply);   // feeds.c
err_t command_blocked(struct service *service, const json_t *command, json_t *reply); // blocks.c
err_t command_deny(struct service *service, const json_t *command, json_t *reply);    // access.c
err_t command_purges(struct service *service, const json_t *command, json_t *reply);  // agency.c
err_t command_shields(struct service *service, const json_t *command, json_t *reply); // shield.c

err_t command_journal_checkpoint(struct service *service, const json_t *command, json_t *reply); // journal.c

// The figures of `indexctl stats`, as the reply carries them. NULL when there is no memory.
json_t *commands_stats_json(const struct engine_stats *stats);

#endif
