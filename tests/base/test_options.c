// SPDX-License-Identifier: Apache-2.0
#include "base/options.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/base/refusal.h"

struct options {
    bool json;
    const char *csv;
    int64_t days;
    int64_t threshold;
    struct option_list holders;
};

static const struct option_usage usage = {.program = "signpost ask",
                                          .synopsis = "[--csv FILE] [--json]",
                                          .purpose = "Asks whether anyone else is working with a child.",
                                          .epilogue = "Exit codes: 0 answered, 2 not answered."};

#define ROWS(o)                                                                                                        \
    {                                                                                                                  \
        {.name = "json", .type = OPTION_FLAG, .out = &(o)->json, .help = "prints JSON"},                               \
            {.name = "csv", .arg = "FILE", .type = OPTION_TEXT, .out = &(o)->csv, .help = "many children"},            \
            {.name = "days",                                                                                           \
             .arg = "N",                                                                                               \
             .type = OPTION_NUMBER,                                                                                    \
             .out = &(o)->days,                                                                                        \
             .min = 1,                                                                                                 \
             .max = 366,                                                                                               \
             .help = "validity"},                                                                                      \
            {.name = "t",                                                                                              \
             .arg = "N",                                                                                               \
             .type = OPTION_NUMBER,                                                                                    \
             .out = &(o)->threshold,                                                                                   \
             .min = -5,                                                                                                \
             .max = 5,                                                                                                 \
             .help = "threshold"},                                                                                     \
            {.name = "holder-with-a-long-name",                                                                        \
             .arg = "URL",                                                                                             \
             .type = OPTION_LIST,                                                                                      \
             .out = &(o)->holders,                                                                                     \
             .help = "an address"},                                                                                    \
    }
#define ROW_COUNT 5

struct outcome {
    err_t err;
    int first;
    bool help;
};

// `line` is split at spaces.
static struct outcome read_line(const char *line, struct options *out) {
    static char text[4096];
    static char *argv[200];
    const struct option_row rows[] = ROWS(out);
    struct outcome outcome = {.first = -1};
    int argc = 0;
    snprintf(text, sizeof text, "ask %s", line);
    for (char *rest = NULL, *word = strtok_r(text, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        argv[argc++] = word;
    }
    argv[argc] = NULL;
    outcome.err = options_read(argc, argv, &usage, rows, ROW_COUNT, &outcome.first, &outcome.help);
    return outcome;
}

Test(options, reads_every_type) {
    struct options got = {0};
    struct outcome outcome = read_line("--json --csv a.csv --days 366 -t 2 --holder-with-a-long-name x "
                                       "--holder-with-a-long-name=y operand --json",
                                       &got);
    assert_ok(outcome.err);
    cr_assert(got.json);
    cr_assert_str_eq(got.csv, "a.csv");
    cr_assert_eq(got.days, 366);
    cr_assert_eq(got.threshold, 2);
    cr_assert_eq(got.holders.count, 2);
    cr_assert_str_eq(got.holders.items[1], "y");
    cr_assert_eq(outcome.first, 11, "stops at the first operand");
    cr_assert_not(outcome.help);
}

Test(options, may_all_be_absent) {
    struct options got = {.days = 7};
    struct outcome outcome = read_line("", &got);
    assert_ok(outcome.err);
    cr_assert_eq(outcome.first, 1);
    cr_assert(!got.json && got.csv == NULL && got.days == 7 && got.holders.count == 0);
}

Test(options, two_dashes_end_the_options) {
    struct options got = {0};
    struct outcome outcome = read_line("--json -- --csv", &got);
    assert_ok(outcome.err);
    cr_assert_eq(outcome.first, 3);
    cr_assert_null(got.csv);
}

Test(options, are_read_anew_each_time) {
    struct options got = {0};
    assert_ok(read_line("--csv a b c", &got).err);
    assert_refused(read_line("-t2 --wrong", &got).err, ERR_INPUT, "--wrong");
    assert_ok(read_line("-t 3", &got).err);
    cr_assert_eq(got.threshold, 3);
}

static const struct {
    const char *line;
    const char *reason;
} refused_lines[] = {
    {"--other", "unknown option --other"},
    {"--other=value", "unknown option --other"},
    {"-x", "unknown option -x"},
    {"-xvalue", "unknown option -x"},
    {"--csv", "--csv needs FILE"},
    {"-t", "-t needs N"},
    {"--json=yes", "--json takes no argument"},
    {"--help=yes", "--help takes no argument"},
    {"--days 0", "--days: must be a number from 1 to 366"},
    {"--days 367", "--days: must be a number from 1 to 366"},
    {"--days 99999999999999999999", "--days: must be a number from 1 to 366"},
    {"--days 5x", "--days: must be a number"},
    {"--days x", "--days: must be a number"},
    {"--days=", "--days: must be a number"},
    {"-t -6", "-t: must be a number from -5 to 5"},
    {"--days 5 --days 6", "--days is given twice"},
    {"--csv a --csv b", "--csv is given twice"},
};

Test(options, refuse_all_else) {
    for (size_t i = 0; i < sizeof refused_lines / sizeof refused_lines[0]; i++) {
        struct options got = {0};
        struct outcome outcome = read_line(refused_lines[i].line, &got);
        assert_refused(outcome.err, ERR_INPUT, refused_lines[i].reason);
        cr_assert_null(strstr(err_detail(), "value"), "an argument is not repeated: %s", err_detail());
        cr_assert_eq(outcome.first, -1);
    }
}

Test(options, a_list_has_its_bound) {
    static char line[4096];
    struct options got = {0};
    for (int i = 0; i < OPTION_LIST_MAX; i++) {
        strcat(line, "--holder-with-a-long-name x ");
    }
    assert_ok(read_line(line, &got).err);
    cr_assert_eq(got.holders.count, OPTION_LIST_MAX);
    got.holders.count = 0;
    strcat(line, "--holder-with-a-long-name x ");
    assert_refused(read_line(line, &got).err, ERR_INPUT, "may be given 64 times");
}

static const char help_text[] = "Usage: signpost ask [--csv FILE] [--json]\n"
                                "\n"
                                "Asks whether anyone else is working with a child.\n"
                                "\n"
                                "Options:\n"
                                "  --json                    prints JSON\n"
                                "  --csv FILE                many children\n"
                                "  --days N                  validity\n"
                                "  -t N                      threshold\n"
                                "  --holder-with-a-long-name URL\n"
                                "                            an address\n"
                                "  --help                    prints this and ends\n"
                                "  --version                 prints the program's version and ends\n"
                                "\n"
                                "Exit codes: 0 answered, 2 not answered.\n";

Test(options, help_is_printed_from_the_table) {
    struct options got = {0};
    const struct option_row rows[] = ROWS(&got);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    options_help(out, &usage, rows, ROW_COUNT);
    fclose(out);
    cr_assert_str_eq(text, help_text);
    free(text);
}

Test(options, help_is_asked_for, .init = cr_redirect_stdout) {
    struct options got = {0};
    struct outcome outcome = read_line("--json --help --other", &got);
    assert_ok(outcome.err);
    cr_assert(outcome.help);
    fflush(stdout);
    cr_assert_stdout_eq_str(help_text);
}

Test(options, h_asks_for_help_too, .init = cr_redirect_stdout) {
    struct options got = {0};
    cr_assert(read_line("-h", &got).help);
}

Test(options, the_version_is_the_programs, .init = cr_redirect_stdout) {
    struct options got = {0};
    char *argv[] = {"indexctl", "--version", NULL};
    cr_assert(read_line("--version", &got).help); // of "signpost ask"
    cr_assert_eq(subcommands_run(2, argv, "indexctl", "", NULL, 0, 2), 0);
    fflush(stdout);
    cr_assert_stdout_eq_str("signpost " SIGNPOST_VERSION "\nindexctl " SIGNPOST_VERSION "\n");
}

static int run_ask(int argc, char **argv) {
    cr_assert_str_eq(argv[0], "ask");
    return argc == 2 && strcmp(argv[1], "--json") == 0 ? 41 : 42;
}

static int run_check(int argc, char **argv) {
    (void)argc;
    (void)argv;
    return 43;
}

static const struct subcommand subcommands[] = {{"ask", run_ask, "asks the question"},
                                                {"check", run_check, "tests the connection"}};

static int run(int argc, char **argv) {
    return subcommands_run(argc, argv, "signpost", "One question.", subcommands, 2, 2);
}

Test(options, a_subcommand_is_run_with_its_own_arguments) {
    char *argv[] = {"/usr/bin/signpost", "ask", "--json", NULL};
    cr_assert_eq(run(3, argv), 41);
    cr_assert_eq(run(2, argv), 42);
    argv[1] = "check";
    cr_assert_eq(run(2, argv), 43);
}

#define LIST                                                                                                           \
    "Usage: signpost SUBCOMMAND ...\n\nOne question.\n\nSubcommands (each explains itself with --help):\n"             \
    "  ask                       asks the question\n"                                                                  \
    "  check                     tests the connection\n"

Test(options, the_subcommands_are_listed_on_help, .init = cr_redirect_stdout) {
    char *argv[] = {"signpost", "--help", NULL};
    cr_assert_eq(run(2, argv), 0);
    fflush(stdout);
    cr_assert_stdout_eq_str(LIST);
}

Test(options, a_subcommand_is_needed, .init = cr_redirect_stderr) {
    char *argv[] = {"signpost", NULL};
    cr_assert_eq(run(1, argv), 2);
    fflush(stderr);
    cr_assert_stderr_eq_str("signpost: a subcommand is needed\n\n" LIST);
}

Test(options, an_unknown_subcommand_is_refused, .init = cr_redirect_stderr) {
    char *argv[] = {"signpost", "as", NULL};
    cr_assert_eq(run(2, argv), 2);
    fflush(stderr);
    cr_assert_stderr_eq_str("signpost: there is no such subcommand\n\n" LIST);
}
