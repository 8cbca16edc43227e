// SPDX-License-Identifier: Apache-2.0
// What the subcommands of indexctl share: reading their command line, and saying how they failed.
//
// A running indexd is spoken to over its Unix socket (indexd/control.h); the store is opened directly only while it is
// stopped. Each group of subcommands has a file of its own and a row in main.c; a group of several is a table of its
// own (`indexctl journal verify`).
#ifndef INDEXD_INDEXCTL_REQUEST_H
#define INDEXD_INDEXCTL_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/options.h"
#include "indexd/settings.h"
#include "keys/descriptor.h"

// Exit codes.
#define DONE 0
#define NOT_DONE 2

#define GO_ON (-1) // of request_read

struct request { // what every subcommand reads from its command line
    struct settings settings;
    const char *config; // the path of the configuration
    bool json;
    char *const *operands; // borrowed from argv
    size_t operand_count;
};

// Reads --config, --json and the rows of the subcommand's own (`own` may be NULL), and then exactly `operands`
// operands. GO_ON: the request is the caller's, to be freed; otherwise the exit code, and nothing is to be freed.
int request_read(int argc, char **argv, const struct option_usage *usage, const struct option_row *own,
                 size_t own_count, size_t operands, struct request *out);
void request_free(struct request *request);

// Prints why and gives NOT_DONE.
int request_fail(err_t err, const char *what);

err_t request_scheme(const struct request *request, struct descriptor *out);
// The engine of a stopped index.
err_t request_open_stopped(const struct request *request, struct engine **out);
// Sends a command to the running index, and consumes it; NULL stands for no memory. ERR_NOT_FOUND: it is stopped.
// `out_reply` may be NULL; otherwise the reply is the caller's.
err_t request_call(const struct request *request, json_t *command, json_t **out_reply);
// A whole subcommand that prints a list of the running index, which the command and the reply's field name: as JSON, or
// by `print`. Gives the exit code.
int request_list(int argc, char **argv, const struct option_usage *usage, const char *list,
                 void (*print)(const json_t *rows));

#endif
