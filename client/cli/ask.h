// SPDX-License-Identifier: Apache-2.0
// `signpost ask` from a caseload file, and the answers of many children as CSV, which `register --ask` writes too.
#ifndef CLIENT_CLI_ASK_H
#define CLIENT_CLI_ASK_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "client/caseload.h"
#include "client/outcome.h"
#include "client/questions.h"
#include "client/session.h"

struct answers_file {
    const char *path; // NULL: standard output
    bool json;        // a line of JSON for each child instead of CSV
    bool resume;      // ask_csv: goes on with the file that an interrupted run left
};

// Writes "ref,answer,reason,asked_at" for every child and every reject of the caseload, one line for each reference, in
// the order of the file. outcomes[i] is children[i]'s. A "no" for a child of which a row was rejected is none: not all
// was asked. *out_all says whether every line has an answer. ERR_IO, ERR_FULL, ERR_MEMORY.
err_t answers_write_file(const struct answers_file *file, const struct caseload *caseload,
                         const struct outcome *outcomes, bool *out_all);

// Asks about every child of the file and writes as it goes; returns the exit code.
int ask_csv(struct session *session, const char *csv, const struct ask *ask, const struct answers_file *file);

#endif
