// SPDX-License-Identifier: Apache-2.0
// indexctl agency: what one agency fed, as a whole.
#include <stdio.h>

#include "indexd/indexctl/signing.h"
#include "indexd/indexctl/subcommands.h"

static int run_purge(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl agency purge", "--config FILE --reason TEXT --as CERTIFICATE --key KEY [--out FILE] AGENCY",
        "Removes everything that an agency ever fed: it has left the scheme, or must not have fed it. The agency must "
        "be "
        "denied or off the roster first. Two administrators sign.",
        "The index removes it in small steps beside its other work, and goes on after a restart; indexctl agency "
        "purges "
        "tells what is under way. The journal keeps its record of the past.\nExit codes: 0 begun, 2 not begun."};
    struct signing signing = {0};
    const struct option_row rows[] = {ACT_ROWS(&signing)};
    struct request request;
    int exit_code = request_read(argc, argv, &usage, rows, ACT_ROW_COUNT, 1, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    json_t *reply = NULL;
    err_t err = signing_perform(&request, &signing, "agency-purge", json_pack("{s:s}", "agency", request.operands[0]),
                                NULL, &reply);
    exit_code = err ? request_fail(err, "nothing is removed") : DONE;
    if (!err && reply) {
        printf("begun: everything that %s fed is being removed\n", request.operands[0]);
    } else if (!err) {
        printf("written to %s\n", signing.out);
    }
    json_decref(reply);
    request_free(&request);
    return exit_code;
}

static int run_purges(int argc, char **argv) {
    static const struct option_usage usage = {"indexctl agency purges", "--config FILE [--json]",
                                              "Lists the agencies whose records are being removed.",
                                              "Exit codes: 0 printed, 2 could not be read."};
    struct request request;
    int exit_code = request_read(argc, argv, &usage, NULL, 0, 0, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    json_t *reply = NULL;
    size_t i = 0;
    const json_t *purge = NULL;
    err_t err = request_call(&request, json_pack("{s:s}", "command", "purges"), &reply);
    const json_t *purges = json_object_get(reply, "purges");
    if (!err && request.json) {
        json_dumpf(purges, stdout, JSON_INDENT(2));
        printf("\n");
    } else if (!err) {
        json_array_foreach(purges, i, purge) {
            printf("%-24s since %s\n", json_string_value(json_object_get(purge, "agency")),
                   json_string_value(json_object_get(purge, "since")));
        }
    }
    json_decref(reply);
    request_free(&request);
    return err ? request_fail(err, "no list") : DONE;
}

int run_agency(int argc, char **argv) {
    static const struct subcommand rows[] = {
        {"purge", run_purge, "remove everything that an agency fed; two administrators"},
        {"purges", run_purges, "list the removals that are under way"},
    };
    return subcommands_run(argc, argv, "indexctl agency", "What one agency fed, as a whole.", rows,
                           sizeof rows / sizeof rows[0], NOT_DONE);
}
