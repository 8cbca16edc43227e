// SPDX-License-Identifier: Apache-2.0
#include "bench/labels.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/caseload_columns.h"
#include "client/csv_rows.h"

static int by_ref(const void *a, const void *b) {
    return strcmp(((const struct label *)a)->ref, ((const struct label *)b)->ref);
}

static err_t add(struct labels *labels, const char *ref, const char *entity, size_t line) {
    if (entity[0] == '\0') {
        return err_set(ERR_INPUT, "line %zu has no entity", line);
    }
    struct label *grown = labels->label;
    if ((labels->count & (labels->count - 1)) == 0) {
        grown = reallocarray(labels->label, labels->count == 0 ? 1 : labels->count * 2, sizeof(*grown));
    }
    if (grown == NULL) {
        return err_set(ERR_MEMORY, "no memory for labels");
    }
    labels->label = grown;
    grown[labels->count++] = (struct label){strdup(ref), strdup(entity)};
    return OK;
}

static void drop_repeats(struct labels *labels) {
    size_t kept = 0;
    qsort(labels->label, labels->count, sizeof(*labels->label), by_ref);
    for (size_t i = 0; i < labels->count; i++) {
        if (kept > 0 && strcmp(labels->label[kept - 1].ref, labels->label[i].ref) == 0) {
            free(labels->label[i].ref);
            free(labels->label[i].entity);
        } else {
            labels->label[kept++] = labels->label[i];
        }
    }
    labels->count = kept;
}

static err_t load(struct csv_rows *rows, struct labels *out) {
    struct csv_row row;
    struct caseload_header header;
    bool end = false;
    err_t err = csv_rows_next(rows, &row, &end);
    if (err == OK) {
        err = end ? err_set(ERR_INPUT, "the file is empty") : caseload_header_read(&row, &header);
    }
    while (err == OK) {
        err = csv_rows_next(rows, &row, &end);
        if (err != OK || end) {
            break;
        }
        if (row.problem == NULL && row.count == header.count) {
            err = add(out, caseload_field(&header, &row, COLUMN_REF), caseload_field(&header, &row, COLUMN_ENTITY),
                      row.line);
        }
    }
    return err;
}

err_t labels_load(const char *path, struct labels *out) {
    struct csv_rows *rows = NULL;
    struct labels labels = {0};
    err_t err = csv_rows_open(path, &rows);
    if (err != OK) {
        return err;
    }
    err = load(rows, &labels);
    csv_rows_close(rows);
    if (err != OK) {
        labels_free(&labels);
        return err_prefix(err, "%s", path);
    }
    drop_repeats(&labels);
    *out = labels;
    return OK;
}

const struct label *labels_find(const struct labels *labels, const char *ref) {
    struct label key = {.ref = strdupa(ref)};
    return labels->count == 0 ? NULL : bsearch(&key, labels->label, labels->count, sizeof(key), by_ref);
}

void labels_free(struct labels *labels) {
    for (size_t i = 0; i < labels->count; i++) {
        free(labels->label[i].ref);
        free(labels->label[i].entity);
    }
    free(labels->label);
    *labels = (struct labels){0};
}
