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

int run_unblock(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl unblock", "--config FILE --reason TEXT --as CERTIFICATE --key KEY IDENTITY",
        "Lets a person or an agency ask again that was blocked at a daily cap, and begins its caps anew. An "
        "administrator of the roster signs.",
        "Look first at what was asked: indexctl alerts.\nExit codes: 0 unblocked, 2 not unblocked."};
    struct signing signing = {0};
    const struct option_row rows[] = {ACT_ROWS(&signing)};
    struct request request;
    int exit_code = request_read(argc, argv, &usage, rows, ACT_ROW_COUNT, 1, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    json_t *reply = NULL;
    err_t err =
        signing_perform(&request, &signing, "unblock", json_pack("{s:s}", "who", request.operands[0]), NULL, &reply);
    exit_code = err ? request_fail(err, "nobody was unblocked") : DONE;
    if (!err && reply) {
        printf("unblocked %s\n", request.operands[0]);
    }
    json_decref(reply);
    request_free(&request);
    return exit_code;
}
