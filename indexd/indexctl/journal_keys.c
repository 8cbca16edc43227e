// SPDX-License-Identifier: Apache-2.0
// indexctl journal destroy-key and renew: what ends the readability of a month, and what begins a new log after a loss.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "indexd/indexctl/journal.h"
#include "indexd/indexctl/signing.h"
#include "indexd/log/renew.h"
#include "indexd/record.h"

static void print_destroyed(const char *month) {
    printf("destroyed the key of %s\n", month);
}

int run_journal_destroy_key(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl journal destroy-key", "--config FILE --reason TEXT --as CERTIFICATE --key KEY [--out FILE] YYYY-MM",
        "Destroys the key of a finished month: nobody can read its records any more, and every proof over them holds. "
        "Two administrators sign.",
        "Destroy the copies of the key as well. The database cannot be made anew from the journal afterwards: keep "
        "copies of it (indexctl backup).\nExit codes: 0 destroyed, 2 not destroyed."};
    static const struct signed_subcommand subcommand = {&usage, "journal-destroy-key", "month", "no key was destroyed",
                                                        print_destroyed};
    return signing_run(argc, argv, &subcommand);
}

// A store that has no journal yet is about to be restored.
static bool has_journal(const char *store) {
    char *path = file_join(store, "journal");
    bool found = path != NULL && access(path, F_OK) == 0;
    free(path);
    return found;
}

static err_t note_renewal(const struct request *request, const struct renewed *renewed) {
    struct engine *engine = NULL;
    char act[RECORD_TEXT_MAX + 1];
    err_t err = request_open_stopped(request, &engine);
    if (err == OK) {
        (void)snprintf(act, sizeof act, "journal renew: heads covered %llu records; the new log is %.127s",
                       (unsigned long long)renewed->promised, renewed->vkey.name);
        err = engine_note_act(engine, "root", act);
        engine_close(engine);
    }
    return err == OK ? OK : err_prefix(err, "the new log was made, but the journal could not say so");
}

static void print_renewed(const struct renewed *renewed) {
    char vkey[NOTE_VKEY_SIZE];
    note_key_format(&renewed->vkey, vkey);
    if (renewed->kept[0] != '\0') {
        printf("the old log, whose heads cover %llu records, is kept in %s\n", (unsigned long long)renewed->promised,
               renewed->kept);
    }
    printf("Tell key holders and auditors what was lost; their trust files need this line instead of the old one:\n"
           "log %s\n",
           vkey);
}

int run_journal_renew(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl journal renew", "--config FILE",
        "Begins a new log for the journal of a stopped index: where records that a signed head covers are lost for "
        "good, or an older copy is to be restored. Restore them instead, if they can be found.",
        "The old heads are kept as evidence. Until holders and auditors have taken the new key into their trust files, "
        "nobody cosigns.\nExit codes: 0 begun, 2 not begun, or the journal could not say so."};
    struct request request;
    struct descriptor descriptor;
    struct renewed renewed;
    int exit_code = request_read(argc, argv, &usage, NULL, 0, 0, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    err_t err = request_scheme(&request, &descriptor);
    if (err == OK) {
        err = log_renew(request.settings.store, descriptor.scheme, clock_now_s(&clock_system), &renewed);
    }
    if (err == OK) {
        print_renewed(&renewed);
        err = has_journal(request.settings.store) ? note_renewal(&request, &renewed) : OK;
    }
    exit_code = err ? request_fail(err, "journal renew") : DONE;
    request_free(&request);
    return exit_code;
}
