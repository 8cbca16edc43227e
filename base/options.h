// SPDX-License-Identifier: Apache-2.0
// Command lines: subcommands and options as tables, read by getopt_long; --help is printed from them.
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

enum option_type {
    OPTION_FLAG,   // bool *: becomes true
    OPTION_TEXT,   // const char **: borrowed from argv
    OPTION_NUMBER, // int64_t * within [min, max]
    OPTION_LIST,   // struct option_list *: each use appends
};

#define OPTION_LIST_MAX 64
struct option_list {
    const char *items[OPTION_LIST_MAX];
    size_t count;
};

struct option_row {
    const char *name; // long name; a one-letter name is a short option (-t 2)
    const char *arg;  // the argument's name in the help; NULL for flags
    enum option_type type;
    void *out;
    int64_t min, max;
    const char *help;
};

struct option_usage {
    const char *program;  // "signpost ask"
    const char *synopsis; // "[--csv FILE] [--json]"
    const char *purpose;  // what it does, in one or two sentences
    const char *epilogue; // exit codes, examples; may be NULL
};

// Reads options up to the first operand and leaves operands at argv[*out_first..argc). --help and --version print
// and set *out_help. ERR_INPUT with a message that names the option; nothing is promised of the rows' outputs then. A
// text or a number may be given once. Long names may be shortened.
err_t options_read(int argc, char **argv, const struct option_usage *usage, const struct option_row *rows, size_t count,
                   int *out_first, bool *out_help);
void options_help(FILE *out, const struct option_usage *usage, const struct option_row *rows, size_t count);

struct subcommand {
    const char *name;
    int (*run)(int argc, char **argv); // argv[0] is the subcommand's name; returns the exit code
    const char *help;
};

// Runs the subcommand that argv[1] names; prints the version on --version, and the list on --help, on nothing and on an
// unknown name.
int subcommands_run(int argc, char **argv, const char *program, const char *purpose, const struct subcommand *rows,
                    size_t count, int usage_exit_code);

#endif
