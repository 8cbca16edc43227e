// SPDX-License-Identifier: Apache-2.0
#include "client/caseload_columns.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name; // NULL: as the identity's field is called
    bool required;
} columns[COLUMN_COUNT] = {
    [IDENTITY_FORENAMES] = {NULL, true},  [IDENTITY_SURNAME] = {NULL, true},   [IDENTITY_DATE_OF_BIRTH] = {NULL, true},
    [IDENTITY_NHS_NUMBER] = {NULL, true}, [IDENTITY_UPN] = {NULL, true},       [IDENTITY_POSTCODE] = {NULL, false},
    [IDENTITY_ADDRESS] = {NULL, false},   [COLUMN_REF] = {"ref", true},        [COLUMN_STATUS] = {"status", false},
    [COLUMN_QUIET] = {"quiet", false},    [COLUMN_ENTITY] = {"entity", false}, [COLUMN_SEX] = {"sex", false},
};

const char *caseload_column_text(enum caseload_column column) {
    const char *name = columns[column].name;
    return name != NULL ? name : identity_field_text((enum identity_field)column);
}

// COLUMN_COUNT when there is no such column.
static enum caseload_column column_named(const char *name) {
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (strcasecmp(caseload_column_text((enum caseload_column)i), name) == 0) {
            return (enum caseload_column)i;
        }
    }
    return COLUMN_COUNT;
}

// The header's text goes into an error only where it looks like a column's name: a file without a header has a child's
// details in its first row.
static const char *printable_name(const char *name) {
    size_t len = strlen(name);
    return len > 0 && len <= 24 && strspn(name, "abcdefghijklmnopqrstuvwxyz_") == len && strchr(name, '_') != NULL
               ? name
               : "not shown";
}

static err_t place(struct caseload_header *header, const char *name, size_t field) {
    enum caseload_column column = column_named(name);
    if (column == COLUMN_COUNT) {
        return err_set(ERR_INPUT, "header: column %zu is unknown (%s)", field + 1, printable_name(name));
    }
    if (header->at[column] >= 0) {
        return err_set(ERR_INPUT, "header: column %s stands twice", caseload_column_text(column));
    }
    header->at[column] = (int)field;
    return OK;
}

static err_t check_required(const struct caseload_header *header) {
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (columns[i].required && header->at[i] < 0) {
            return err_set(ERR_INPUT, "header: column %s is missing", caseload_column_text((enum caseload_column)i));
        }
    }
    return OK;
}

err_t caseload_header_read(const struct csv_row *row, struct caseload_header *out) {
    if (row->problem != NULL || row->count > CSV_FIELDS_MAX) {
        return err_set(ERR_INPUT, "header: %s", row->problem != NULL ? row->problem : "too many columns");
    }
    struct caseload_header header = {.count = row->count};
    for (int i = 0; i < COLUMN_COUNT; i++) {
        header.at[i] = -1;
    }
    for (size_t i = 0; i < row->count; i++) {
        err_t err = place(&header, row->field[i], i);
        if (err != OK) {
            return err;
        }
    }
    err_t err = check_required(&header);
    if (err == OK) {
        *out = header;
    }
    return err;
}

const char *caseload_field(const struct caseload_header *header, const struct csv_row *row,
                           enum caseload_column column) {
    return header->at[column] < 0 ? "" : row->field[header->at[column]];
}
