// SPDX-License-Identifier: Apache-2.0
#include "client/cli/cli.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "proto/urn.h"

#define MOST_COLUMNS 100 // longer lines are hard to read

int cli_fail(const char *program, err_t err) {
    const char *detail = err_detail();
    fprintf(stderr, "%s: %s\n", program, detail[0] == '\0' ? err_text(err) : detail);
    return EXIT_COULD_NOT;
}

bool cli_options(int argc, char **argv, const struct option_usage *usage, const struct option_row *rows, size_t count,
                 int *out_exit) {
    int first = 0;
    bool help = false;
    err_t err = options_read(argc, argv, usage, rows, count, &first, &help);
    if (err == OK && !help && first < argc) {
        // What stands there may be a name: it is not repeated.
        err = err_set(ERR_INPUT, "takes no operands; details of a child are never given on the command line");
    }
    if (err == OK && !help) {
        return true;
    }
    *out_exit = EXIT_ANSWERED;
    if (err != OK) {
        *out_exit = cli_fail(usage->program, err);
        fprintf(stderr, "Try `%s --help`.\n", usage->program);
    }
    return false;
}

err_t cli_purpose(const char *code, enum purpose *out) {
    enum purpose purpose;
    err_t err = purpose_parse(code, &purpose);
    if (err == OK && purpose == PURPOSE_CANARY) {
        err = err_set(ERR_INPUT, "the purpose `canary` is the scheme's own");
    }
    if (err == OK) {
        *out = purpose;
    }
    return err;
}

err_t cli_check_person(const char *id) {
    if (id != NULL && !urn_id_valid(id)) {
        return err_set(ERR_INPUT, "--on-behalf-of takes a person's id: 1 to %d of a-z, 0-9 and hyphens", MAX_ID);
    }
    return OK;
}

size_t cli_width(void) {
    struct winsize size = {0};
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) {
        return 0;
    }
    return size.ws_col < MOST_COLUMNS ? size.ws_col : MOST_COLUMNS;
}
