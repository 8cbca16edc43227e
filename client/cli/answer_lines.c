// SPDX-License-Identifier: Apache-2.0
#include "client/cli/answer_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "client/cli/messages.h"

static int by_ref(const void *a, const void *b) {
    const struct answer_line *x = a, *y = b;
    int order = strcmp(x->ref, y->ref);
    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static int by_line(const void *a, const void *b) {
    const struct answer_line *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

static size_t collect(const struct caseload *caseload, struct answer_line *lines) {
    size_t count = 0;
    for (size_t i = 0; i < caseload->child_count; i++) {
        const struct caseload_child *child = &caseload->children[i];
        lines[count++] = (struct answer_line){.line = child->records[0].line, .ref = child->ref, .child = child};
    }
    for (size_t i = 0; i < caseload->reject_count; i++) {
        const struct caseload_reject *reject = &caseload->rejects[i];
        lines[count++] = (struct answer_line){.line = reject->line, .ref = reject->ref, .reject = reject};
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

// Lines of one reference become one; those without a reference stay apart.
static size_t merge(struct answer_line *lines, size_t count) {
    size_t kept = 0;
    qsort(lines, count, sizeof *lines, by_ref);
    for (size_t i = 0; i < count; i++) {
        struct answer_line *last = kept > 0 ? &lines[kept - 1] : NULL;
        if (last == NULL || lines[i].ref[0] == '\0' || strcmp(last->ref, lines[i].ref) != 0) {
            lines[kept++] = lines[i];
            continue;
        }
        last->child = last->child != NULL ? last->child : lines[i].child;
        last->reject = graver(last->reject, lines[i].reject);
    }
    qsort(lines, kept, sizeof *lines, by_line);
    return kept;
}

err_t answer_lines_make(const struct caseload *caseload, struct answer_lines *out) {
    struct answer_line *lines = calloc(caseload->child_count + caseload->reject_count + 1, sizeof *lines);
    if (lines == NULL) {
        return err_set(ERR_MEMORY, "no memory for the answers");
    }
    *out = (struct answer_lines){lines, merge(lines, collect(caseload, lines))};
    return OK;
}

void answer_lines_free(struct answer_lines *lines) {
    for (size_t i = 0; i < lines->count; i++) {
        free(lines->lines[i].kept);
    }
    free(lines->lines);
    *lines = (struct answer_lines){0};
}

static void put_reject(const struct caseload_reject *reject, struct buf *out) {
    buf_printf(out, "line %zu%s%s%s: %s", reject->line, reject->column[0] == '\0' ? "" : ", ", reject->column,
               reject->set_aside ? " set aside" : "", reject->reason);
}

struct outcome answer_line_judge(const struct answer_line *line, const struct outcome *outcome) {
    struct outcome judged;
    if (line->kept != NULL) {
        judged = (struct outcome){.answer = line->answer};
    } else if (line->child == NULL) {
        outcome_of(CAUSE_DETAILS, "", &judged);
    } else {
        judged = *outcome;
    }
    bool rejected = line->reject != NULL && !line->reject->set_aside;
    if (rejected && line->kept == NULL && judged.cause == CAUSE_NONE && judged.answer == ANSWER_NO) {
        judged.cause = CAUSE_DETAILS;
    }
    return judged;
}

bool answer_line_whole(const struct answer_line *line, const struct outcome *judged) {
    return judged->cause == CAUSE_NONE && (line->reject == NULL || line->reject->set_aside);
}

static void put_reason(const struct answer_line *line, const struct outcome *outcome, struct buf *out) {
    if (line->child != NULL && outcome->cause != CAUSE_NONE) {
        buf_put_str(out, outcome->detail);
    }
    if (line->reject != NULL) {
        buf_put_str(out, out->len > 0 ? "; " : "");
        put_reject(line->reject, out);
    }
}

void answer_put_field(const char *text, struct buf *out) {
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
    answer_put_field(ref, out);
    buf_printf(out, ",%s,", message_answer_code(outcome));
    answer_put_field(reason, out);
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

err_t answer_line_put(const struct answer_line *line, const struct outcome *outcome, bool json, struct buf *out) {
    if (line->kept != NULL) {
        buf_put_str(out, line->kept);
        return buf_check(out);
    }
    struct outcome judged = answer_line_judge(line, outcome);
    struct buf reason = {0};
    put_reason(line, outcome, &reason);
    const char *text = buf_str(&reason);
    err_t err = text == NULL ? err_set(ERR_MEMORY, "no memory for the answers")
                             : (json ? put_json : put_csv)(line->ref, &judged, text, out);
    buf_free(&reason);
    return err;
}
