// SPDX-License-Identifier: Apache-2.0
#include "base/options.h"

#include <assert.h>
#include <getopt.h>
#include <string.h>

#include "base/number.h"

#define ROWS_MAX 32
#define LONG_VALUE 256 // getopt_long gives LONG_VALUE + i for row i's long option
#define HELP_COLUMN 28
#define VERSION_VALUE 128 // not a letter

// What getopt_long wants, made from the rows.
struct tables {
    char letters[2 * ROWS_MAX + 8];
    struct option names[ROWS_MAX + 3];
};

static bool is_letter(const struct option_row *row) {
    return row->name[1] == '\0';
}

static void build_tables(const struct option_row *rows, size_t count, struct tables *out) {
    assert(count <= ROWS_MAX);
    // "+" stops at the first operand, ":" tells a missing argument from an unknown option.
    char *letter = stpcpy(out->letters, "+:h");
    size_t names = 0;
    for (size_t i = 0; i < count; i++) {
        bool takes_argument = rows[i].type != OPTION_FLAG;
        if (is_letter(&rows[i])) {
            *letter++ = rows[i].name[0];
            letter = stpcpy(letter, takes_argument ? ":" : "");
        } else {
            out->names[names++] = (struct option){.name = rows[i].name,
                                                  .has_arg = takes_argument ? required_argument : no_argument,
                                                  .val = LONG_VALUE + (int)i};
        }
    }
    out->names[names++] = (struct option){.name = "help", .has_arg = no_argument, .val = 'h'};
    out->names[names++] = (struct option){.name = "version", .has_arg = no_argument, .val = VERSION_VALUE};
    out->names[names] = (struct option){0};
}

static const struct option_row *find_row(const struct option_row *rows, size_t count, int value) {
    if (value >= LONG_VALUE) {
        return &rows[value - LONG_VALUE];
    }
    for (size_t i = 0; i < count; i++) {
        if (is_letter(&rows[i]) && rows[i].name[0] == value) {
            return &rows[i];
        }
    }
    return NULL;
}

static const char *dashes(const struct option_row *row) {
    return is_letter(row) ? "-" : "--";
}

static err_t set_number(const struct option_row *row, const char *text) {
    err_t err = number_parse(text, row->min, row->max, row->out);
    return err == OK ? OK : err_prefix(err, "%s%s", dashes(row), row->name);
}

static err_t add_to_list(const struct option_row *row, const char *text) {
    struct option_list *list = row->out;
    if (list->count == OPTION_LIST_MAX) {
        return err_set(ERR_INPUT, "%s%s may be given %d times", dashes(row), row->name, OPTION_LIST_MAX);
    }
    list->items[list->count++] = text;
    return OK;
}

static err_t set_option(const struct option_row *row, const char *argument) {
    switch (row->type) {
    case OPTION_FLAG:
        *(bool *)row->out = true;
        return OK;
    case OPTION_TEXT:
        *(const char **)row->out = argument;
        return OK;
    case OPTION_NUMBER:
        return set_number(row, argument);
    case OPTION_LIST:
        return add_to_list(row, argument);
    }
    return err_set(ERR_INPUT, "%s%s is of no known type", dashes(row), row->name);
}

// Names the option, and leaves away what follows "=": an argument is not repeated in a message.
static err_t refuse_unknown(char **argv, const struct option_row *rows, size_t count) {
    const struct option_row *row = optopt == 0 ? NULL : find_row(rows, count, optopt);
    if (row != NULL || optopt == 'h' || optopt == VERSION_VALUE) {
        return err_set(ERR_INPUT, "--%s takes no argument",
                       row != NULL     ? row->name
                       : optopt == 'h' ? "help"
                                       : "version");
    }
    if (optopt != 0) {
        return err_set(ERR_INPUT, "unknown option -%c", optopt);
    }
    const char *given = argv[optind - 1];
    return err_set(ERR_INPUT, "unknown option %.*s", (int)strcspn(given, "="), given);
}

static err_t read_one(int value, char **argv, const struct option_row *rows, size_t count, uint32_t *seen) {
    if (value == '?') {
        return refuse_unknown(argv, rows, count);
    }
    const struct option_row *row = find_row(rows, count, value == ':' ? optopt : value);
    assert(row != NULL);
    if (value == ':') {
        return err_set(ERR_INPUT, "%s%s needs %s", dashes(row), row->name, row->arg);
    }
    uint32_t bit = UINT32_C(1) << (row - rows);
    if ((*seen & bit) != 0 && (row->type == OPTION_TEXT || row->type == OPTION_NUMBER)) {
        return err_set(ERR_INPUT, "%s%s is given twice", dashes(row), row->name);
    }
    *seen |= bit;
    return set_option(row, optarg);
}

// Of "signpost ask", it is signpost's.
static void print_version(const char *program) {
    (void)printf("%.*s %s\n", (int)strcspn(program, " "), program, SIGNPOST_VERSION);
}

err_t options_read(int argc, char **argv, const struct option_usage *usage, const struct option_row *rows, size_t count,
                   int *out_first, bool *out_help) {
    struct tables tables;
    uint32_t seen = 0;
    build_tables(rows, count, &tables);
    optind = 0; // glibc: begin anew, whatever was read before
    opterr = 0;
    for (;;) {
        optopt = 0;
        int value = getopt_long(argc, argv, tables.letters, tables.names, NULL);
        if (value == -1) {
            break;
        }
        if (value == 'h') {
            options_help(stdout, usage, rows, count);
            *out_help = true;
            return OK;
        }
        if (value == VERSION_VALUE) {
            print_version(usage->program);
            *out_help = true;
            return OK;
        }
        err_t err = read_one(value, argv, rows, count, &seen);
        if (err != OK) {
            return err;
        }
    }
    *out_first = optind;
    *out_help = false;
    return OK;
}

static void help_row(FILE *out, const char *dash, const char *name, const char *arg, const char *help) {
    int len = fprintf(out, "  %s%s%s%s", dash, name, arg == NULL ? "" : " ", arg == NULL ? "" : arg);
    if (len >= HELP_COLUMN) {
        (void)fputc('\n', out);
        len = 0;
    }
    (void)fprintf(out, "%*s%s\n", HELP_COLUMN - len, "", help);
}

void options_help(FILE *out, const struct option_usage *usage, const struct option_row *rows, size_t count) {
    (void)fprintf(out, "Usage: %s %s\n\n%s\n\nOptions:\n", usage->program, usage->synopsis, usage->purpose);
    for (size_t i = 0; i < count; i++) {
        help_row(out, dashes(&rows[i]), rows[i].name, rows[i].arg, rows[i].help);
    }
    help_row(out, "--", "help", NULL, "prints this and ends");
    help_row(out, "--", "version", NULL, "prints the program's version and ends");
    if (usage->epilogue != NULL) {
        (void)fprintf(out, "\n%s\n", usage->epilogue);
    }
}

static void help_subcommands(FILE *out, const char *program, const char *purpose, const struct subcommand *rows,
                             size_t count) {
    (void)fprintf(out, "Usage: %s SUBCOMMAND ...\n\n%s\n\nSubcommands (each explains itself with --help):\n", program,
                  purpose);
    for (size_t i = 0; i < count; i++) {
        help_row(out, "", rows[i].name, NULL, rows[i].help);
    }
}

int subcommands_run(int argc, char **argv, const char *program, const char *purpose, const struct subcommand *rows,
                    size_t count, int usage_exit_code) {
    const char *name = argc < 2 ? "" : argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        help_subcommands(stdout, program, purpose, rows, count);
        return 0;
    }
    if (strcmp(name, "--version") == 0) {
        print_version(program);
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return rows[i].run(argc - 1, argv + 1);
        }
    }
    (void)fprintf(stderr, "%s: %s\n\n", program, argc < 2 ? "a subcommand is needed" : "there is no such subcommand");
    help_subcommands(stderr, program, purpose, rows, count);
    return usage_exit_code;
}
