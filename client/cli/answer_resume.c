// SPDX-License-Identifier: Apache-2.0
#include "client/cli/answer_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "client/cli/messages.h"
#include "client/csv_rows.h"

#define FILE_MAX ((size_t)1 << 30)
#define COLUMNS 4 // of ANSWERS_HEADER

enum { REF, ANSWER, REASON, ASKED_AT };

// Lines that were written to their end: what comes behind them was being written when the run ended.
static err_t count_whole_lines(const char *path, size_t *out) {
    struct buf text = {0};
    size_t lines = 0;
    err_t err = file_read(path, FILE_MAX, &text);
    for (size_t i = 0; i < text.len; i++) {
        lines += text.data[i] == '\n' ? 1 : 0;
    }
    buf_free(&text);
    if (err == OK) {
        *out = lines;
    }
    return err;
}

static err_t check_header(struct csv_rows *rows, bool *out_empty) {
    struct csv_row row;
    err_t err = csv_rows_next(rows, &row, out_empty);
    if (err != OK || *out_empty) {
        return err;
    }
    static const char *const names[COLUMNS] = {"ref", "answer", "reason", "asked_at"};
    bool good = row.problem == NULL && row.count == COLUMNS;
    for (size_t i = 0; good && i < COLUMNS; i++) {
        good = strcmp(row.field[i], names[i]) == 0;
    }
    return good ? OK : err_set(ERR_INPUT, "not a file of answers: it cannot be resumed");
}

// False: could not be answered, or nothing that this program writes.
static bool read_answer(const char *text, enum answer *out, bool *out_known) {
    struct outcome outcome = {.cause = CAUSE_DETAILS};
    *out_known = strcmp(text, message_answer_code(&outcome)) == 0;
    outcome.cause = CAUSE_NONE;
    for (size_t i = 0; i < ANSWER_COUNT; i++) {
        outcome.answer = (enum answer)i;
        if (strcmp(text, message_answer_code(&outcome)) == 0) {
            *out = outcome.answer;
            *out_known = true;
            return true;
        }
    }
    return false;
}

static err_t keep(struct answer_line *line, const struct csv_row *row) {
    struct buf text = {0};
    for (size_t i = 0; i < COLUMNS; i++) {
        answer_put_field(row->field[i], &text);
        buf_put_str(&text, i + 1 < COLUMNS ? "," : "\n");
    }
    const char *whole = buf_str(&text);
    line->kept = whole == NULL ? NULL : strdup(whole);
    buf_free(&text);
    return line->kept == NULL ? err_set(ERR_MEMORY, "no memory for the answers") : OK;
}

static err_t take_row(struct answer_lines *lines, size_t count, const struct csv_row *row) {
    bool known = false;
    struct answer_line *line = count < lines->count ? &lines->lines[count] : NULL;
    if (row->problem != NULL || row->count != COLUMNS) {
        return err_set(ERR_INPUT, "line %zu: not a line of answers", row->line);
    }
    if (line == NULL || strcmp(row->field[REF], line->ref) != 0) {
        return err_set(ERR_INPUT,
                       "line %zu: the caseload has another reference here; these are the answers to another file",
                       row->line);
    }
    bool answered = read_answer(row->field[ANSWER], &line->answer, &known);
    if (!known) {
        return err_set(ERR_INPUT, "line %zu: not an answer", row->line);
    }
    return answered ? keep(line, row) : OK;
}

static err_t take_rows(struct answer_lines *lines, struct csv_rows *rows, size_t whole_lines, size_t *out_count) {
    bool end = false;
    err_t err = check_header(rows, &end);
    size_t count = 0;
    while (err == OK && !end) {
        struct csv_row row;
        err = csv_rows_next(rows, &row, &end);
        end = end || (err == OK && row.line > whole_lines);
        if (err == OK && !end) {
            err = take_row(lines, count++, &row);
        }
    }
    *out_count = count;
    return err;
}

err_t answer_lines_resume(struct answer_lines *lines, const char *path, size_t *out_count) {
    struct csv_rows *rows = NULL;
    size_t count = 0, whole_lines = 0;
    err_t err = count_whole_lines(path, &whole_lines);
    if (err == OK) {
        err = csv_rows_open(path, &rows);
    }
    if (err != OK) {
        return err;
    }
    err = take_rows(lines, rows, whole_lines, &count);
    csv_rows_close(rows);
    if (err != OK) {
        return err_prefix(err, "%s", path);
    }
    *out_count = count;
    return OK;
}
