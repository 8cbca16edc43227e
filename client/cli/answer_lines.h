// SPDX-License-Identifier: Apache-2.0
// The lines of a file of answers: one for each reference of a caseload, in the order of the file, whether its rows were
// asked about or rejected.
#ifndef CLIENT_CLI_ANSWER_LINES_H
#define CLIENT_CLI_ANSWER_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"
#include "client/caseload.h"
#include "client/outcome.h"

#define ANSWERS_HEADER "ref,answer,reason,asked_at\n"

struct answer_line {
    size_t line; // of the caseload: the first that names the reference
    const char *ref;
    const struct caseload_child *child;   // NULL: every row of the reference was rejected
    const struct caseload_reject *reject; // NULL: none was
    char *kept;         // the text of a line that an earlier run wrote, which is not asked again; NULL: there is none
    enum answer answer; // of that
};

struct answer_lines {
    struct answer_line *lines; // borrow the caseload
    size_t count;
};

err_t answer_lines_make(const struct caseload *caseload, struct answer_lines *out); // ERR_MEMORY
void answer_lines_free(struct answer_lines *lines);

// Takes over the answers that an interrupted run left in `path`: they must be of the first references of this caseload,
// in their order. A torn last line is dropped, a line that could not be answered is asked again. *out_count is how many
// lines the file has. ERR_INPUT; ERR_NOT_FOUND; ERR_IO; ERR_TOO_LARGE; ERR_MEMORY.
err_t answer_lines_resume(struct answer_lines *lines, const char *path, size_t *out_count);

// A field of CSV, in quotes where it must be.
void answer_put_field(const char *text, struct buf *out);

// What the line says: a "no" is one only when every row that the file gives for the child was asked. `outcome` is the
// child's; it is not looked at where the line is kept or has no child.
struct outcome answer_line_judge(const struct answer_line *line, const struct outcome *outcome);
// Whether everything that the line is about was asked and answered; `judged` is what it says.
bool answer_line_whole(const struct answer_line *line, const struct outcome *judged);
// Appends the line, as CSV or as JSON. ERR_MEMORY.
err_t answer_line_put(const struct answer_line *line, const struct outcome *outcome, bool json, struct buf *out);

#endif
