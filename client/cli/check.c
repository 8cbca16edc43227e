// SPDX-License-Identifier: Apache-2.0
#include "client/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/cli/cli.h"

#define PROGRAM "signpost check"

static void print_report(const struct check_report *report) {
    for (size_t i = 0; i < report->count; i++) {
        const struct check_line *line = &report->lines[i];
        printf("%-8s %-16s %s\n", line->well ? "OK" : "PROBLEM", line->what, line->text);
    }
}

int check_main(int argc, char **argv) {
    const char *path = NULL;
    const struct option_row rows[] = {
        {"config", "FILE", OPTION_TEXT, &path, 0, 0, "the configuration file"},
    };
    const struct option_usage usage = {
        PROGRAM, "",
        "Looks at everything that an answer depends on: one line each, with what to do where it is not well.",
        "Exit code: 0 all well, 2 otherwise."};
    int code = EXIT_COULD_NOT;
    if (!cli_options(argc, argv, &usage, rows, 1, &code)) {
        return code;
    }
    struct client_config config = {0};
    err_t err = client_config_load(path, &config);
    struct check_report *report = calloc(1, sizeof *report);
    if (err == OK && report == NULL) {
        err = err_set(ERR_MEMORY, "no memory");
    }
    if (err != OK) {
        printf("PROBLEM  %-16s %s\n", "configuration", err_detail());
    } else {
        check_run(&config, &clock_system, report);
        print_report(report);
        code = report_all_well(report) ? EXIT_ANSWERED : EXIT_COULD_NOT;
    }
    free(report);
    client_config_free(&config);
    return code;
}
