// SPDX-License-Identifier: Apache-2.0
#include "client/cli/ask.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "client/cli/messages.h"

// One line to be: of a child, of a rejected row, or of both where they share a reference.
struct row {
    size_t line; // of the file: the first that names the reference
    const char *ref;
    const struct outcome *outcome;        // NULL: every row of the reference was rejected
    const struct caseload_reject *reject; // NULL: none was
};

static int by_ref(const void *a, const void *b) {
    const struct row *x = a, *y = b;
    int order = strcmp(x->ref, y->ref);
    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static int by_line(const void *a, const void *b) {
    const struct row *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

static size_t collect(const struct caseload *caseload, const struct outcome *outcomes, struct row *rows) {
    size_t count = 0;
    for (size_t i = 0; i < caseload->child_count; i++) {
        const struct caseload_child *child = &caseload->children[i];
        rows[count++] = (struct row){child->records[0].line, child->ref, &outcomes[i], NULL};
    }
    for (size_t i = 0; i < caseload->reject_count; i++) {
        const struct caseload_reject *reject = &caseload->rejects[i];
        rows[count++] = (struct row){reject->line, reject->ref, NULL, reject};
    }
    return count;
}

// One reject stands for all of a reference: a row that is missing says more than a column that was set aside.
static const struct caseload_reject *graver(const struct caseload_reject *a, const struct caseload_reject *b) {
    if (a == NULL || (a->set_aside && b != NULL && !b->set_aside)) {
        return b;
    }
    return a;
}

// Rows of one reference become one; those without a reference stay apart.
static size_t merge(struct row *rows, size_t count) {
    size_t kept = 0;
    qsort(rows, count, sizeof *rows, by_ref);
    for (size_t i = 0; i < count; i++) {
        struct row *last = kept > 0 ? &rows[kept - 1] : NULL;
        if (last == NULL || rows[i].ref[0] == '\0' || strcmp(last->ref, rows[i].ref) != 0) {
            rows[kept++] = rows[i];
            continue;
        }
        last->outcome = last->outcome != NULL ? last->outcome : rows[i].outcome;
        last->reject = graver(last->reject, rows[i].reject);
    }
    qsort(rows, kept, sizeof *rows, by_line);
    return kept;
}

static void put_reject(const struct caseload_reject *reject, struct buf *out) {
    buf_printf(out, "line %zu%s%s%s: %s", reject->line, reject->column[0] == '\0' ? "" : ", ", reject->column,
               reject->set_aside ? " set aside" : "", reject->reason);
}

// What the line says. A "no" is one only when every row that the file gives for the child was asked.
static struct outcome judge(const struct row *row, struct buf *reason) {
    struct outcome outcome;
    buf_reset(reason);
    if (row->outcome == NULL) {
        outcome_of(CAUSE_DETAILS, "", &outcome);
    } else {
        outcome = *row->outcome;
        buf_put_str(reason, outcome.cause == CAUSE_NONE ? "" : outcome.detail);
    }
    if (row->reject != NULL) {
        buf_put_str(reason, reason->len > 0 ? "; " : "");
        put_reject(row->reject, reason);
        if (!row->reject->set_aside && outcome.cause == CAUSE_NONE && outcome.answer == ANSWER_NO) {
            outcome.cause = CAUSE_DETAILS;
        }
    }
    return outcome;
}

static void put_field(const char *text, struct buf *out) {
    if (strpbrk(text, ",\"\r\n") == NULL) {
        buf_put_str(out, text);
        return;
    }
    buf_put_str(out, "\"");
    for (; *text != '\0'; text++) {
        buf_put_str(out, *text == '"' ? "\"" : "");
        buf_put(out, text, 1);
    }
    buf_put_str(out, "\"");
}

static err_t put_csv(const char *ref, const struct outcome *outcome, const char *reason, struct buf *out) {
    char time[CLOCK_TEXT_SIZE];
    clock_format(outcome->asked_at, time);
    put_field(ref, out);
    buf_printf(out, ",%s,", message_answer_code(outcome));
    put_field(reason, out);
    buf_printf(out, ",%s\n", time);
    return buf_check(out);
}

static err_t put_json(const char *ref, const struct outcome *outcome, const char *reason, struct buf *out) {
    json_t *document =
        json_pack("{s:s,s:s,s:o,s:o,s:o}", "ref", ref, "answer", message_answer_code(outcome), "reason",
                  reason[0] == '\0' ? json_null() : json_string(reason), "asked_at", json_time(outcome->asked_at),
                  "reference", outcome->reference[0] == '\0' ? json_null() : json_string(outcome->reference));
    err_t err = document == NULL ? err_set(ERR_MEMORY, "no memory for the answers") : json_write(document, false, out);
    json_decref(document);
    buf_put_str(out, "\n");
    return err == OK ? buf_check(out) : err;
}

static err_t put_rows(const struct row *rows, size_t count, bool json, struct buf *out, bool *out_all) {
    struct buf reason = {0};
    bool all = true;
    err_t err = OK;
    if (!json) {
        buf_put_str(out, "ref,answer,reason,asked_at\n");
    }
    for (size_t i = 0; i < count && err == OK; i++) {
        struct outcome outcome = judge(&rows[i], &reason);
        all = all && outcome.cause == CAUSE_NONE && (rows[i].reject == NULL || rows[i].reject->set_aside);
        const char *text = buf_str(&reason);
        if (text == NULL) {
            err = err_set(ERR_MEMORY, "no memory for the answers");
        } else {
            err = (json ? put_json : put_csv)(rows[i].ref, &outcome, text, out);
        }
    }
    buf_free(&reason);
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
    bool all = false;
    struct row *rows = calloc(caseload->child_count + caseload->reject_count + 1, sizeof *rows);
    err_t err = rows == NULL ? err_set(ERR_MEMORY, "no memory for the answers") : OK;
    if (err == OK) {
        size_t count = merge(rows, collect(caseload, outcomes, rows));
        err = put_rows(rows, count, file->json, &text, &all);
    }
    if (err == OK) {
        err = write_out(file->path, buf_bytes(&text));
    }
    buf_free(&text);
    free(rows);
    if (err == OK) {
        *out_all = all;
    }
    return err;
}
