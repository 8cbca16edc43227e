// SPDX-License-Identifier: Apache-2.0
#include "client/cli/ask.h"

#include "base/file.h"
#include "client/cli/answer_lines.h"

static err_t put_lines(const struct answer_lines *lines, const struct caseload *caseload,
                       const struct outcome *outcomes, bool json, struct buf *out, bool *out_all) {
    bool all = true;
    err_t err = OK;
    buf_put_str(out, json ? "" : ANSWERS_HEADER);
    for (size_t i = 0; i < lines->count && err == OK; i++) {
        const struct answer_line *line = &lines->lines[i];
        const struct outcome *outcome = line->child == NULL ? NULL : &outcomes[line->child - caseload->children];
        struct outcome judged = answer_line_judge(line, outcome);
        all = all && answer_line_whole(line, &judged);
        err = answer_line_put(line, outcome, json, out);
    }
    if (err == OK) {
        *out_all = all;
    }
    return err;
}

static err_t write_out(const char *path, struct bytes text) {
    if (path != NULL) {
        return file_replace(path, 0600, text);
    }
    if (fwrite(text.data, 1, text.len, stdout) != text.len || fflush(stdout) != 0) {
        return err_set(ERR_IO, "the answers could not be written");
    }
    return OK;
}

err_t answers_write_file(const struct answers_file *file, const struct caseload *caseload,
                         const struct outcome *outcomes, bool *out_all) {
    struct buf text = {0};
    struct answer_lines lines = {0};
    bool all = false;
    err_t err = answer_lines_make(caseload, &lines);
    if (err == OK) {
        err = put_lines(&lines, caseload, outcomes, file->json, &text, &all);
    }
    if (err == OK) {
        err = write_out(file->path, buf_bytes(&text));
    }
    buf_free(&text);
    answer_lines_free(&lines);
    if (err == OK) {
        *out_all = all;
    }
    return err;
}
