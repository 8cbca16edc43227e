// SPDX-License-Identifier: Apache-2.0
// indexctl init and rebuild: a store is made, or its database made anew. Both want the index stopped.
#include <stdio.h>

#include "indexd/indexctl/making.h"
#include "indexd/indexctl/request.h"
#include "indexd/indexctl/subcommands.h"

int run_init(int argc, char **argv) {
    static const struct option_usage usage = {"indexctl init", "--config FILE",
                                              "Makes a new store: pepper, first journal segment, database, and the "
                                              "scheme's canary children. Never touches an "
                                              "existing one.",
                                              "Copy the pepper to a safe place apart from the store: without it the "
                                              "store answers nothing.\nExit codes: 0 made, "
                                              "2 not made."};
    struct request request;
    int exit_code = request_read(argc, argv, &usage, NULL, 0, 0, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    struct descriptor descriptor;
    struct engine_settings engine = settings_engine(&request.settings);
    err_t err = request_scheme(&request, &descriptor);
    if (!err) {
        err = engine_init(&engine, &descriptor);
    }
    exit_code = err ? request_fail(err, "no store was made") : DONE;
    if (!err) {
        printf("made %s for scheme %s, epoch %u, with %zu canaries\n", request.settings.store, descriptor.scheme,
               descriptor.epoch, descriptor.slot_count);
    }
    request_free(&request);
    return exit_code;
}

int run_rebuild(int argc, char **argv) {
    static const struct option_usage usage = {"indexctl rebuild", "--config FILE",
                                              "Makes the database of a stopped index anew from its journal: after "
                                              "damage, or when an older journal was restored. "
                                              "The old database stands until the new one is complete.",
                                              "The store gets a new store_id, so that every feed registers its "
                                              "caseload again.\nExit codes: 0 made, 2 not made."};
    struct request request;
    int exit_code = request_read(argc, argv, &usage, NULL, 0, 0, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    struct descriptor descriptor;
    struct engine_settings engine = settings_engine(&request.settings);
    struct making making;
    making_begin(&making, &engine);
    err_t err = request_scheme(&request, &descriptor);
    if (!err) {
        err = engine_rebuild(&engine, &descriptor);
    }
    making_end(&making);
    exit_code = err ? request_fail(err, "the database was not made anew") : DONE;
    if (!err) {
        printf("made the database of %s anew from its journal\n", request.settings.store);
    }
    request_free(&request);
    return exit_code;
}
