// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "base/bytes.h"
#include "client/cli/cli.h"
#include "client/match_keys.h"

#define PROGRAM "signpost matching"

static err_t print_set(const char *name) {
    const struct match_set *set = match_set_find(name);
    if (set == NULL) {
        return err_set(ERR_INPUT, "there is no key set of that name: core, address");
    }
    struct buf text = {0};
    err_t err = match_set_write(set, &text);
    buf_put_str(&text, "\n");
    if (err == OK && (fwrite(text.data, 1, text.len, stdout) != text.len || fflush(stdout) != 0)) {
        err = err_set(ERR_IO, "standard output cannot be written");
    }
    buf_free(&text);
    return err;
}

int matching_main(int argc, char **argv) {
    const char *set = "core";
    const struct option_row rows[] = {
        {"set", "NAME", OPTION_TEXT, &set, 0, 0, "the key set: core (the default) or address"},
    };
    const struct option_usage usage = {
        PROGRAM, "[--set NAME]",
        "Prints the digest and the slots of this program's matching rules: `ceremony deal --matching` takes them.",
        EXIT_CODES};
    int code = EXIT_COULD_NOT;
    if (!cli_options(argc, argv, &usage, rows, 1, &code)) {
        return code;
    }
    err_t err = print_set(set);
    return err == OK ? EXIT_ANSWERED : cli_fail(PROGRAM, err);
}
