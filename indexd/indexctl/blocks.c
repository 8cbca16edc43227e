// SPDX-License-Identifier: Apache-2.0
// indexctl blocked, unblock: who came to a daily cap, and letting them ask again.
#include <stdio.h>

#include "indexd/indexctl/signing.h"
#include "indexd/indexctl/subcommands.h"

static void print_blocks(const json_t *blocks) {
    for (size_t i = 0; i < json_array_size(blocks); i++) {
        const json_t *block = json_array_get(blocks, i);
        printf("%s  %s: %s\n", json_string_value(json_object_get(block, "since")),
               json_string_value(json_object_get(block, "who")), json_string_value(json_object_get(block, "why")));
    }
}

int run_blocked(int argc, char **argv) {
    static const struct option_usage usage = {"indexctl blocked", "--config FILE [--json]",
                                              "Lists the persons and agencies that are blocked at a daily cap.",
                                              "Exit codes: 0 printed, 2 could not be read."};
    return request_list(argc, argv, &usage, "blocked", print_blocks);
}

static void print_unblocked(const char *who) {
    printf("unblocked %s\n", who);
}

int run_unblock(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl unblock", "--config FILE --reason TEXT --as CERTIFICATE --key KEY [--out FILE] IDENTITY",
        "Lets a person or an agency ask again that was blocked at a daily cap, and begins its caps anew. An "
        "administrator of the roster signs.",
        "Look first at what was asked: indexctl alerts.\nExit codes: 0 unblocked, 2 not unblocked."};
    static const struct signed_subcommand subcommand = {&usage, "unblock", "who", "nobody was unblocked",
                                                        print_unblocked};
    return signing_run(argc, argv, &subcommand);
}
