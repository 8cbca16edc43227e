// SPDX-License-Identifier: Apache-2.0
// indexctl backup and restore: copies of a store, without its secrets.
#include <stdio.h>

#include "base/thread.h"
#include "indexd/backup.h"
#include "indexd/indexctl/request.h"
#include "indexd/indexctl/subcommands.h"

#define RATE_MAX 100000 // MiB/s

int run_backup(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl backup", "--config FILE [--rate MIB] FOLDER",
        "Copies journal and database to the new FOLDER, as they stand at one moment, beside the running index.",
        "The copy holds neither the pepper nor the segments' keys: alone it tells nothing, and it is of no use without "
        "them. Keep them apart.\nExit codes: 0 copied, 2 not."};
    int64_t rate = 50;
    const struct option_row own[] = {{"rate", "MIB", OPTION_NUMBER, &rate, 0, RATE_MAX,
                                      "The most MiB a second, so that the index keeps its disk (50); 0: no bound."}};
    struct request request;
    int exit_code = request_read(argc, argv, &usage, own, 1, 1, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    const struct engine_settings engine = settings_engine(&request.settings);
    uint64_t bytes = 0;
    thread_stand_back(); // and those that it starts: the index goes first
    err_t err = backup_make(&engine, request.operands[0], rate * 1024 * 1024, &bytes);
    exit_code = err ? request_fail(err, "no copy was made") : DONE;
    if (!err) {
        printf("copied %llu bytes to %s\n", (unsigned long long)bytes, request.operands[0]);
    }
    request_free(&request);
    return exit_code;
}

int run_restore(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl restore", "--config FILE FOLDER",
        "Puts a copy that indexctl backup made in place of a lost store, while the index is stopped. The store's "
        "folder "
        "must hold the pepper and segment-keys/, and neither a journal nor a database.",
        "The store gets a new store_id: every feed registers its caseload again, so that nothing is lost that came "
        "after "
        "the copy. With log.key in the folder the journal's log goes on: only where the copy holds all that key "
        "holders have "
        "cosigned. Otherwise leave it and log/ out, and another log begins.\nExit codes: 0 restored, 2 not."};
    struct request request;
    int exit_code = request_read(argc, argv, &usage, NULL, 0, 1, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    struct descriptor descriptor;
    const struct engine_settings engine = settings_engine(&request.settings);
    bool new_log = false;
    err_t err = request_scheme(&request, &descriptor);
    if (!err) {
        err = backup_restore(&engine, &descriptor, request.operands[0], &new_log);
    }
    exit_code = err ? request_fail(err, "nothing was restored") : DONE;
    if (!err) {
        printf("restored %s from %s\n", request.settings.store, request.operands[0]);
    }
    if (!err && new_log) {
        printf("another log begins: put the line of %s/log/vkey in place of the old one in the trust files\n",
               request.settings.store);
    }
    request_free(&request);
    return exit_code;
}
