// SPDX-License-Identifier: Apache-2.0
#include "client/sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/progress_bar.h"
#include "base/secret.h"
#include "client/cli/change.h"
#include "client/cli/cli.h"

#define PROGRAM "signpost sync"
#define DAY_S 86400

struct sync_options {
    const char *config, *csv;
    bool full, dry_run, allow_shrink, json;
};

struct syncing { // one run of `signpost sync`
    struct sync_options options;
    struct client_config config;
    uint8_t *handle_key;
    struct session *session;
    struct sync_state *state;
    struct caseload caseload;
    size_t rejected; // rows of the file
    struct sync_report report;
};

// The file may stand before, between or behind the options.
static err_t read_arguments(int argc, char **argv, const struct option_usage *usage, const struct option_row *rows,
                            size_t count, struct sync_options *options, bool *out_help) {
    int first = 0;
    err_t err = options_read(argc, argv, usage, rows, count, &first, out_help);
    while (err == OK && !*out_help && first < argc) {
        if (options->csv != NULL) {
            return err_set(ERR_INPUT, "takes one caseload file");
        }
        options->csv = argv[first];
        argc -= first;
        argv += first;
        err = options_read(argc, argv, usage, rows, count, &first, out_help);
    }
    return err == OK && !*out_help && options->csv == NULL ? err_set(ERR_INPUT, "give the caseload file") : err;
}

static bool read_options(int argc, char **argv, struct sync_options *options, int *out_exit) {
    const struct option_row rows[] = {
        {"config", "FILE", OPTION_TEXT, &options->config, 0, 0, "the configuration file"},
        {"dry-run", NULL, OPTION_FLAG, &options->dry_run, 0, 0, "says what would be done, and does nothing"},
        {"allow-shrink", NULL, OPTION_FLAG, &options->allow_shrink, 0, 0,
         "goes on although the caseload lost more than a fifth of its children"},
        {"full", NULL, OPTION_FLAG, &options->full, 0, 0, "derives and registers every child again"},
        {"json", NULL, OPTION_FLAG, &options->json, 0, 0, "prints the counts as JSON"},
    };
    const struct option_usage usage = {
        PROGRAM, "[--dry-run] [--allow-shrink] [--full] [--json] CASELOAD.csv",
        "Makes the scheme agree with your agency's whole present caseload: registers children that are new, closes "
        "those\n"
        "that the file no longer has, replaces what changed, renews what would lapse, and leaves the rest alone. It "
        "may be\n"
        "interrupted at any time: run it again. What is not done goes to CASELOAD.csv.rejects.csv.",
        EXIT_CODES};
    bool help = false;
    err_t err = read_arguments(argc, argv, &usage, rows, sizeof rows / sizeof rows[0], options, &help);
    *out_exit = EXIT_ANSWERED;
    if (err != OK) {
        *out_exit = cli_fail(PROGRAM, err);
        fprintf(stderr, "Try `" PROGRAM " --help`.\n");
    }
    return err == OK && !help;
}

// A dry run creates nothing: without a state, everything is new.
static err_t open_state(struct syncing *syncing) {
    struct buf path = {0};
    buf_printf(&path, "%s/%s.sync", syncing->config.state, syncing->session->descriptor.scheme);
    err_t err = buf_check(&path);
    if (err == OK) {
        err = sync_state_open(buf_str(&path), syncing->session->descriptor.scheme, syncing->handle_key,
                              !syncing->options.dry_run, &syncing->state);
    }
    buf_free(&path);
    return err == ERR_NOT_FOUND && syncing->options.dry_run ? OK : err;
}

static err_t open_all(struct syncing *syncing) {
    err_t err = client_config_load(syncing->options.config, &syncing->config);
    if (err == OK && syncing->config.handle_key == NULL) {
        err = err_set(ERR_INPUT, "the configuration names no `handle_key`: this client cannot change records");
    }
    if (err == OK) {
        err = handle_key_load(syncing->config.handle_key, &syncing->handle_key);
    }
    if (err == OK) {
        err = session_open(&syncing->config, &syncing->session);
    }
    if (err == OK) {
        err = open_state(syncing);
    }
    if (err == OK) {
        err = caseload_load(syncing->options.csv, syncing->session->set, &syncing->caseload);
    }
    syncing->rejected = syncing->caseload.reject_count - syncing->caseload.set_aside_count;
    return err;
}

static void close_all(struct syncing *syncing) {
    sync_report_free(&syncing->report);
    caseload_free(&syncing->caseload);
    sync_state_close(syncing->state);
    session_free(syncing->session);
    secret_free(syncing->handle_key);
    client_config_free(&syncing->config);
}

static err_t run(struct syncing *syncing) {
    const struct sync_settings settings = {
        .handle_key = syncing->handle_key,
        .day = (uint32_t)(clock_now_s(&clock_system) / DAY_S),
        .term_days = (uint32_t)syncing->config.term_days,
        .full = syncing->options.full,
        .dry_run = syncing->options.dry_run,
        .allow_shrink = syncing->options.allow_shrink,
    };
    struct progress_bar bar;
    progress_bar_or_lines_begin(&bar, "children");
    err_t err = sync_run(syncing->session, &settings, &syncing->caseload, syncing->state, progress_bar_step(&bar),
                         &syncing->report);
    progress_bar_end(&bar);
    return err;
}

static err_t write_rejects(struct syncing *syncing) {
    struct caseload *caseload = &syncing->caseload;
    struct buf path = {0};
    err_t err = OK;
    for (size_t i = 0; err == OK && i < syncing->report.refusal_count; i++) {
        const struct sync_refusal *refusal = &syncing->report.refusals[i];
        err = change_reject(caseload, refusal->line, refusal->ref, refusal->reason);
    }
    buf_printf(&path, "%s.rejects.csv", syncing->options.csv);
    if (err == OK) {
        err = buf_check(&path);
    }
    if (err == OK && caseload->reject_count > 0) {
        err = caseload_write_rejects(caseload, buf_str(&path));
    } else if (err == OK && unlink(buf_str(&path)) != 0 && errno != ENOENT) {
        err = err_set(ERR_IO, "%s is of an earlier run and cannot be removed", buf_str(&path));
    }
    buf_free(&path);
    return err;
}

static void explain(const struct syncing *syncing) {
    const struct sync_report *report = &syncing->report;
    if (report->elsewhere > 0) {
        fprintf(stderr,
                PROGRAM ": the index's store was exchanged since the last sync: %zu records are registered "
                        "again\n",
                report->elsewhere);
    }
    if (report->unmoved > 0) {
        fprintf(stderr,
                PROGRAM
                ": %zu records stand under the scheme's older key alone: put them into the caseload (ended ones "
                "with the status previous), or accept by `signpost moved` that they will be found no more\n",
                report->unmoved);
    }
    if (report->missing > 0) {
        fprintf(stderr,
                PROGRAM ": rows without a readable ref: %zu children that the file does not name were not "
                        "closed, since the rows may be theirs\n",
                report->missing);
    }
    if (syncing->caseload.reject_count > 0) {
        fprintf(stderr,
                PROGRAM ": what was rejected or set aside stands in %s.rejects.csv; a record with such a row "
                        "keeps what it has\n",
                syncing->options.csv);
    }
    if (report->failure.cause != CAUSE_NONE) {
        fprintf(stderr, PROGRAM ": not everything was done, run it again: %s\n", report->failure.detail);
    }
}

static void summarise(const struct syncing *syncing) {
    const struct sync_report *report = &syncing->report;
    printf(syncing->options.json
               ? "{\"opened\":%zu,\"replaced\":%zu,\"renewed\":%zu,\"closed\":%zu,\"unchanged\":%zu,\"rejected\":%zu,"
                 "\"set_aside\":%zu,\"not_done\":%zu,\"dry_run\":%s}\n"
               : "opened %zu, replaced %zu, renewed %zu, closed %zu, unchanged %zu, rejected %zu, columns set aside "
                 "%zu, not done %zu%s\n",
           report->verdicts[SYNC_OPEN], report->verdicts[SYNC_REPLACE], report->verdicts[SYNC_RENEW],
           report->verdicts[SYNC_CLOSE], report->verdicts[SYNC_UNCHANGED], syncing->rejected,
           syncing->caseload.set_aside_count, report->not_done,
           syncing->options.json      ? (syncing->options.dry_run ? "true" : "false")
           : syncing->options.dry_run ? " (dry run: nothing was done)"
                                      : "");
}

int sync_main(int argc, char **argv) {
    struct syncing syncing = {0};
    int code = EXIT_COULD_NOT;
    if (!read_options(argc, argv, &syncing.options, &code)) {
        return code;
    }
    code = EXIT_COULD_NOT;
    err_t err = open_all(&syncing);
    if (err == OK) {
        err = run(&syncing);
    }
    if (err == OK) {
        err = write_rejects(&syncing);
    }
    if (err != OK) {
        code = cli_fail(PROGRAM, err);
    } else {
        explain(&syncing);
        summarise(&syncing);
        code = syncing.rejected == 0 && syncing.report.not_done == 0 ? EXIT_ANSWERED : EXIT_COULD_NOT;
    }
    close_all(&syncing);
    return code;
}
