// SPDX-License-Identifier: Apache-2.0
// What register, replace, close and withdraw share: each is a row of this shape.
#ifndef CLIENT_CLI_CHANGE_H
#define CLIENT_CLI_CHANGE_H

#include <stdbool.h>

#include "base/err.h"
#include "client/caseload.h"
#include "proto/involvement.h"

struct change_command {
    const char *program;  // "signpost close"
    const char *synopsis; // of its options
    const char *purpose;  // for the help
    enum action action;
    enum change_result result; // what a change leads to
    const char *done;          // what a person reads then
    bool asks;                 // --ask, --on-behalf-of
    bool describes;            // --previous and --quiet, for one child that is prompted for
};

int change_run(const struct change_command *command, int argc, char **argv);

// Adds a row to the caseload's rejects, which caseload_free frees. ERR_MEMORY.
err_t change_reject(struct caseload *caseload, size_t line, const char *ref, const char *reason);

// For replace: `now` loses the children whose reference `was` does not have, to its rejects; *out_was gets a borrowed
// copy of the others' earlier records, child for child, which the caller frees. ERR_MEMORY.
err_t change_pair(struct caseload *now, const struct caseload *was, struct caseload_child **out_was);

#endif
