// SPDX-License-Identifier: Apache-2.0
// indexctl stats: counts only.
#include <stdint.h>
#include <stdio.h>

#include "indexd/commands/commands.h"
#include "indexd/indexctl/request.h"
#include "indexd/indexctl/subcommands.h"

static err_t stats_of_stopped(const struct request *request, json_t **out) {
    struct engine *engine = NULL;
    struct engine_stats stats;
    err_t err = request_open_stopped(request, &engine);
    if (err) {
        return err;
    }
    err = engine_stats(engine, &stats);
    engine_close(engine);
    if (!err) {
        *out = commands_stats_json(&stats);
    }
    return err;
}

static err_t stats_of_running(const struct request *request, json_t **out) {
    json_t *reply = NULL;
    err_t err = request_call(request, json_pack("{s:s}", "command", "stats"), &reply);
    if (!err) {
        *out = json_incref(json_object_get(reply, "stats"));
        json_decref(reply);
    }
    return err;
}

static void print_stats(const json_t *stats, bool json, bool running) {
    if (json) {
        json_dumpf(stats, stdout, JSON_INDENT(2));
        printf("\n");
        return;
    }
    printf("%-16s %s\n", "index", running ? "running" : "stopped");
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)stats, name, value) {
        if (json_is_null(value)) {
            printf("%-16s fewer than 5\n", name);
        } else if (json_is_string(value)) {
            printf("%-16s %s\n", name, json_string_value(value));
        } else {
            printf("%-16s %lld\n", name, (long long)json_integer_value(value));
        }
    }
}

int run_stats(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl stats", "--config FILE [--json]",
        "Prints what the index holds, as counts only (the scheme's canaries left out, small numbers not "
        "told); of a running index or of a "
        "stopped one's store.",
        "Exit codes: 0 printed, 2 could not be read."};
    struct request request;
    int exit_code = request_read(argc, argv, &usage, NULL, 0, 0, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    json_t *stats = NULL;
    err_t err = stats_of_running(&request, &stats);
    bool running = err != ERR_NOT_FOUND;
    if (!running) {
        err = stats_of_stopped(&request, &stats);
    }
    exit_code = err ? request_fail(err, "no figures") : DONE;
    if (!err) {
        print_stats(stats, request.json, running);
    }
    json_decref(stats);
    request_free(&request);
    return exit_code;
}
