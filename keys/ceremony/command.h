// SPDX-License-Identifier: Apache-2.0
// One subcommand: its options, its operands (which may stand between options) and its act. The act says on standard
// output what it did; a failure is told in one line on standard error.
#ifndef KEYS_CEREMONY_COMMAND_H
#define KEYS_CEREMONY_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/options.h"

struct operands {
    const char **items;
    size_t count;
};

struct command {
    struct option_usage usage;
    const struct option_row *rows;
    size_t row_count;
    size_t min, max; // operands
    err_t (*act)(const void *options, const struct operands *operands);
    const void *options; // where the rows put what they read
};

// The exit code: 0 done, 2 not done.
int command_run(int argc, char **argv, const struct command *command);

// ERR_INPUT "--NAME is needed" when the text is NULL.
err_t command_need(const char *name, const char *text);

// The addresses of --holder or --index into a descriptor's list; an overlong one is refused, their form is the
// descriptor's to check. ERR_INPUT.
err_t command_addresses(const char *option, const struct option_list *given, size_t max, char (*out)[256],
                        size_t *out_count);

#define COMMAND_DAYS_MAX 3653
#define DAY_S INT64_C(86400)

#endif
