// SPDX-License-Identifier: Apache-2.0
// indexctl agency: what one agency fed, as a whole.
#include <stdio.h>

#include "indexd/indexctl/signing.h"
#include "indexd/indexctl/subcommands.h"

static void print_begun(const char *agency) {
    printf("begun: everything that %s fed is being removed\n", agency);
}

static int run_purge(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl agency purge", "--config FILE --reason TEXT --as CERTIFICATE --key KEY [--out FILE] AGENCY",
        "Removes everything that an agency ever fed: it has left the scheme, or must not have fed it. The agency must "
        "be "
        "denied or off the roster first. Two administrators sign.",
        "The index removes it in small steps beside its other work, and goes on after a restart; indexctl agency "
        "purges "
        "tells what is under way. The journal keeps its record of the past.\nExit codes: 0 begun, 2 not begun."};
    static const struct signed_subcommand subcommand = {&usage, "agency-purge", "agency", "nothing is removed",
                                                        print_begun};
    return signing_run(argc, argv, &subcommand);
}

static void print_purges(const json_t *purges) {
    size_t i = 0;
    const json_t *purge = NULL;
    json_array_foreach(purges, i, purge) {
        printf("%-24s since %s\n", json_string_value(json_object_get(purge, "agency")),
               json_string_value(json_object_get(purge, "since")));
    }
}

static int run_purges(int argc, char **argv) {
    static const struct option_usage usage = {"indexctl agency purges", "--config FILE [--json]",
                                              "Lists the agencies whose records are being removed.",
                                              "Exit codes: 0 printed, 2 could not be read."};
    return request_list(argc, argv, &usage, "purges", print_purges);
}

int run_agency(int argc, char **argv) {
    static const struct subcommand rows[] = {
        {"purge", run_purge, "remove everything that an agency fed; two administrators"},
        {"purges", run_purges, "list the removals that are under way"},
    };
    return subcommands_run(argc, argv, "indexctl agency", "What one agency fed, as a whole.", rows,
                           sizeof rows / sizeof rows[0], NOT_DONE);
}
