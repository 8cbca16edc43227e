// SPDX-License-Identifier: Apache-2.0
// indexctl import and repack: the database of a stopped index is written from its first page to its last.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "indexd/import_line.h"
#include "indexd/indexctl/making.h"
#include "indexd/indexctl/request.h"
#include "indexd/indexctl/subcommands.h"
#include "proto/limits.h"

// Involvements between two words of progress, at a terminal and elsewhere.
#define REPORT_EVERY 100000
#define REPORT_LINE_EVERY 1000000

struct lines { // of the file that is imported
    FILE *file;
    char *line;
    size_t cap;
    uint64_t number;
    size_t slots;
    uint64_t involvements, reported;
    time_t begun;
};

static void report(struct lines *lines) {
    const bool terminal = isatty(STDERR_FILENO);
    if (lines->involvements - lines->reported < (terminal ? REPORT_EVERY : REPORT_LINE_EVERY)) {
        return;
    }
    lines->reported = lines->involvements;
    const double took = difftime(time(NULL), lines->begun);
    fprintf(stderr, "%s%llu involvements, %.0f/s%s", terminal ? "\r" : "", (unsigned long long)lines->involvements,
            (double)lines->involvements / (took < 1 ? 1 : took), terminal ? "" : "\n");
}

static void end_report(const struct lines *lines) {
    if (lines->reported > 0 && isatty(STDERR_FILENO)) {
        fprintf(stderr, "\n");
    }
}

static err_t next_line(void *ctx, char agency[MAX_ID + 1], struct involvement_request *out, bool *out_more) {
    struct lines *lines = ctx;
    errno = 0;
    ssize_t len = getline(&lines->line, &lines->cap, lines->file);
    *out_more = len >= 0;
    if (len < 0) {
        end_report(lines);
        return ferror(lines->file) ? err_set(ERR_IO, "%s", strerror(errno)) : OK;
    }
    lines->number++;
    if (len > 0 && lines->line[len - 1] == '\n') {
        len--;
    }
    err_t err = import_line_read(bytes_of(lines->line, (size_t)len), lines->slots, agency, out);
    if (err != OK) {
        end_report(lines);
        return err_prefix(err, "line %llu", (unsigned long long)lines->number);
    }
    lines->involvements += out->count;
    report(lines);
    return OK;
}

static err_t import_lines(const struct request *request, struct lines *lines, uint64_t *out_involvements) {
    struct descriptor descriptor;
    struct engine_settings engine = settings_engine(&request->settings);
    struct making making;
    const struct engine_import source = {.next = next_line, .ctx = lines};
    making_begin(&making, &engine);
    err_t err = request_scheme(request, &descriptor);
    if (err == OK) {
        lines->slots = descriptor.slot_count;
        err = engine_import(&engine, &descriptor, &source, out_involvements);
    }
    making_end(&making);
    return err;
}

int run_import(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl import", "--config FILE INVOLVEMENTS",
        "A first load: opens many involvements at once in a new index that is stopped. INVOLVEMENTS (- for standard "
        "input) has lines of an agency's id, a space, and the body of a POST /v1/involvements that only opens and asks "
        "nothing.",
        "Everything goes through the journal. Only into an index without involvements; after a failure on the way, "
        "remove the store, make it again with indexctl init, and import again.\nExit codes: 0 imported, 2 not."};
    struct request request;
    int exit_code = request_read(argc, argv, &usage, NULL, 0, 1, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    const char *path = request.operands[0];
    struct lines lines = {.begun = time(NULL)};
    lines.file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    uint64_t involvements = 0;
    err_t err = lines.file == NULL ? err_set(ERR_NOT_FOUND, "%s: %s", path, strerror(errno))
                                   : import_lines(&request, &lines, &involvements);
    exit_code = err ? request_fail(err, "the load was not completed") : DONE;
    if (!err) {
        printf("imported %llu involvements\n", (unsigned long long)involvements);
    }
    if (lines.file != NULL && lines.file != stdin) {
        (void)fclose(lines.file);
    }
    free(lines.line);
    request_free(&request);
    return exit_code;
}

int run_repack(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl repack", "--config FILE",
        "Writes the database of a stopped index anew, in the order of its keys and on full pages: smaller, and quicker "
        "to read. The old database stands until the new one is complete.",
        "Exit codes: 0 repacked, 2 not."};
    struct request request;
    int exit_code = request_read(argc, argv, &usage, NULL, 0, 0, &request);
    if (exit_code != GO_ON) {
        return exit_code;
    }
    struct engine_settings engine = settings_engine(&request.settings);
    struct making making;
    making_begin(&making, &engine);
    err_t err = engine_repack(&engine);
    making_end(&making);
    exit_code = err ? request_fail(err, "the database was not repacked") : DONE;
    if (!err) {
        printf("repacked the database of %s\n", request.settings.store);
    }
    request_free(&request);
    return exit_code;
}
