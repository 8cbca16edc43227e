// SPDX-License-Identifier: Apache-2.0
// indexctl journal: the journal as a log that others can verify (docs/journal.md).
#include "indexd/indexctl/journal.h"

#include <stdio.h>

#include "indexd/indexctl/journal_source.h"
#include "indexd/indexctl/request.h"
#include "indexd/indexctl/subcommands.h"
#include "indexd/log/export.h"

static err_t print_checkpoint(const json_t *reply, bool json) {
    const char *note = json_string_value(json_object_get(reply, "checkpoint"));
    const long long count = json_integer_value(json_object_get(reply, "cosignatures"));
    const long long needed = json_integer_value(json_object_get(reply, "needed"));
    if (json) {
        json_dumpf(reply, stdout, JSON_INDENT(2));
        printf("\n");
    } else {
        printf("%s", note ? note : "");
    }
    return count >= needed ? OK
                           : err_set(ERR_SIGNATURE,
                                     "cosigned by %lld key holders, and %lld are needed; the index's log "
                                     "says why",
                                     count, needed);
}

static int run_checkpoint(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl journal checkpoint", "--config FILE",
        "Has the running index sign the journal's head now and submit it to the key holders, and prints it as a C2SP "
        "checkpoint with the cosignatures that it got.",
        "Exit codes: 0 enough key holders have cosigned it, 2 not so."};
    struct request request;
    int exit_code = request_read(argc, argv, &usage, NULL, 0, 0, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    json_t *reply = NULL;
    err_t err = request_call(&request, json_pack("{s:s}", "command", "journal-checkpoint"), &reply);
    if (!err) {
        err = print_checkpoint(reply, request.json);
    }
    exit_code = err ? request_fail(err, "no cosigned checkpoint") : DONE;
    json_decref(reply);
    request_free(&request);
    return exit_code;
}

static int run_export(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl journal export", "--config FILE FOLDER",
        "Makes a copy for auditors: the sealed segments up to the last signed head, that head, the cosigned one and "
        "the tiles. No key is in it. Beside a running index as well.",
        "Exit codes: 0 made, 2 not made."};
    struct request request;
    uint64_t records = 0;
    int exit_code = request_read(argc, argv, &usage, NULL, 0, 1, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    err_t err = export_journal(request.settings.store, request.operands[0], &records);
    exit_code = err ? request_fail(err, "no copy was made") : DONE;
    if (!err) {
        printf("exported %llu records to %s\n", (unsigned long long)records, request.operands[0]);
    }
    request_free(&request);
    return exit_code;
}

int run_journal(int argc, char **argv) {
    static const struct subcommand rows[] = {
        {"checkpoint", run_checkpoint, "sign the head now and have it cosigned"},
        {"verify", run_journal_verify, "find any record that was changed, removed, put in, moved or cut off"},
        {"prove", run_journal_prove, "prove that a record is in it, or that one head extends another"},
        {"export", run_export, "make a copy for auditors, without any key"},
        {"show", run_journal_show, "print records, with the segments' keys"},
        {"reconcile", run_journal_reconcile, "compare it with what key holders have evaluated"},
        {"destroy-key", run_journal_destroy_key, "destroy the key of a month: its records cannot be read any more"},
        {"renew", run_journal_renew, "begin a new log after a loss"},
    };
    return subcommands_run(argc, argv, "indexctl journal", "The journal: what was decided, and that nobody changed it.",
                           rows, sizeof rows / sizeof rows[0], NOT_DONE);
}
