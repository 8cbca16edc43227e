// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <unistd.h>

#include "client/cli/ask.h"
#include "client/cli/cli.h"
#include "client/cli/progress.h"

#define PROGRAM "signpost ask"

// One reason is enough where many share it; the file has them all.
static void explain_failures(const struct caseload *caseload, const struct outcome *outcomes) {
    for (size_t i = 0; i < caseload->child_count; i++) {
        if (outcomes[i].cause != CAUSE_NONE) {
            fprintf(stderr, PROGRAM ": %s\n", outcomes[i].detail);
            return;
        }
    }
}

static void summarise(const struct caseload *caseload, const struct outcome *outcomes) {
    size_t counts[ANSWER_COUNT] = {0}, failed = 0;
    for (size_t i = 0; i < caseload->child_count; i++) {
        if (outcomes[i].cause == CAUSE_NONE) {
            counts[outcomes[i].answer]++;
        } else {
            failed++;
        }
    }
    fprintf(stderr,
            "yes %zu, previously %zu, possibly %zu, no %zu; could not be answered %zu; rows rejected %zu, "
            "columns set aside %zu\n",
            counts[ANSWER_YES], counts[ANSWER_PREVIOUSLY], counts[ANSWER_POSSIBLY], counts[ANSWER_NO], failed,
            caseload->reject_count - caseload->set_aside_count, caseload->set_aside_count);
}

int ask_csv(struct session *session, const char *csv, const struct ask *ask, const struct answers_file *file) {
    struct caseload caseload;
    struct progress_bar bar;
    bool all = false;
    err_t err = caseload_load(csv, session->set, &caseload);
    if (err != OK) {
        return cli_fail(PROGRAM, err);
    }
    struct outcome *outcomes = calloc(caseload.child_count + 1, sizeof *outcomes);
    if (outcomes == NULL) {
        err = err_set(ERR_MEMORY, "no memory for %zu answers", caseload.child_count);
    } else {
        progress_bar_begin(&bar);
        questions_ask(session, ask, caseload.children, caseload.child_count, progress_bar_step(&bar), outcomes);
        progress_bar_end(&bar);
        err = answers_write_file(file, &caseload, outcomes, &all);
    }
    if (err == OK) {
        explain_failures(&caseload, outcomes);
        summarise(&caseload, outcomes);
    }
    free(outcomes);
    caseload_free(&caseload);
    if (err != OK) {
        return cli_fail(PROGRAM, err);
    }
    return all ? EXIT_ANSWERED : EXIT_COULD_NOT;
}
