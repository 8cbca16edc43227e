// SPDX-License-Identifier: Apache-2.0
#include "keys/ceremony/command.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_NOT_DONE 2

static int failed(const struct command *command, err_t err) {
    const char *detail = err_detail();
    fprintf(stderr, "%s: not done: %s%s%s\n", command->usage.program, err_text(err), detail[0] != '\0' ? ": " : "",
            detail);
    return EXIT_NOT_DONE;
}

// The options reader stops at each operand; what follows is read in the same way until nothing is left.
static err_t read_line(int argc, char **argv, const struct command *command, struct operands *out, bool *out_help) {
    while (argc > 0) {
        int first = argc;
        err_t err = options_read(argc, argv, &command->usage, command->rows, command->row_count, &first, out_help);
        if (err != OK || *out_help || first >= argc) {
            return err;
        }
        bool only_operands = first > 1 && strcmp(argv[first - 1], "--") == 0;
        out->items[out->count++] = argv[first];
        for (int i = first + 1; only_operands && i < argc; i++) {
            out->items[out->count++] = argv[i];
        }
        argv += first;
        argc = only_operands ? 0 : argc - first;
    }
    return OK;
}

static err_t check_operands(const struct command *command, const struct operands *operands) {
    if (operands->count < command->min) {
        return err_set(ERR_INPUT, "something is missing: %s %s", command->usage.program, command->usage.synopsis);
    }
    if (operands->count > command->max) {
        return err_set(ERR_INPUT, "too many words: %s %s", command->usage.program, command->usage.synopsis);
    }
    return OK;
}

int command_run(int argc, char **argv, const struct command *command) {
    bool help = false;
    struct operands operands = {.items = calloc((size_t)argc + 1, sizeof *operands.items)};
    if (operands.items == NULL) {
        return failed(command, err_set(ERR_MEMORY, "no memory"));
    }
    err_t err = read_line(argc, argv, command, &operands, &help);
    if (err == OK && !help) {
        err = check_operands(command, &operands);
        err = err != OK ? err : command->act(command->options, &operands);
    }
    if (err == OK && fflush(stdout) != 0) {
        err = err_set(ERR_IO, "standard output could not be written");
    }
    free(operands.items);
    return err == OK ? 0 : failed(command, err);
}

err_t command_need(const char *name, const char *text) {
    return text != NULL ? OK : err_set(ERR_INPUT, "--%s is needed", name);
}

err_t command_addresses(const char *option, const struct option_list *given, size_t max, char (*out)[256],
                        size_t *out_count) {
    if (given->count < 1 || given->count > max) {
        return err_set(ERR_INPUT, "--%s is needed 1 to %zu times", option, max);
    }
    for (size_t i = 0; i < given->count; i++) {
        if (snprintf(out[i], sizeof *out, "%s", given->items[i]) >= (int)sizeof *out) {
            return err_set(ERR_INPUT, "--%s number %zu is too long", option, i + 1);
        }
    }
    *out_count = given->count;
    return OK;
}
