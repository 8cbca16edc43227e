// SPDX-License-Identifier: Apache-2.0
#include "client/caseload_row.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/secret.h"

static void complain(struct caseload_row *row, const char *column, const char *reason) {
    if (row->complaint_count < CASELOAD_COMPLAINTS_MAX) {
        struct caseload_complaint *complaint = &row->complaints[row->complaint_count++];
        complaint->column = column;
        snprintf(complaint->reason, sizeof(complaint->reason), "%s", reason);
    }
}

void caseload_row_reject(struct caseload_row *row, const char *column, const char *reason) {
    complain(row, column, reason);
    row->rejected = true;
    match_values_free(&row->values);
}

void caseload_row_free(struct caseload_row *row) {
    match_values_free(&row->values);
    secret_wipe(row, sizeof(*row));
}

static void read_ref(const char *ref, struct caseload_row *row) {
    const char *reason = ref[0] == '\0'                   ? "missing"
                         : strlen(ref) > CASELOAD_REF_MAX ? "longer than 127 bytes"
                         : strpbrk(ref, "\r\n\t") != NULL ? "a line break or tab in it"
                                                          : NULL;
    row->ref = reason == NULL ? ref : "";
    if (reason != NULL) {
        caseload_row_reject(row, caseload_column_text(COLUMN_REF), reason);
    }
}

static bool read_choice(const char *text, const char *no, const char *yes, enum caseload_choice *out) {
    *out = text[0] == '\0' ? CHOICE_NOT_GIVEN : strcasecmp(text, yes) == 0 ? CHOICE_YES : CHOICE_NO;
    return *out != CHOICE_NO || strcasecmp(text, no) == 0;
}

static void read_choices(const struct caseload_header *header, const struct csv_row *csv, struct caseload_row *row) {
    if (!read_choice(caseload_field(header, csv, COLUMN_STATUS), "current", "previous", &row->previous)) {
        caseload_row_reject(row, caseload_column_text(COLUMN_STATUS), "neither current nor previous");
    }
    if (!read_choice(caseload_field(header, csv, COLUMN_QUIET), "no", "yes", &row->quiet)) {
        caseload_row_reject(row, caseload_column_text(COLUMN_QUIET), "neither yes nor no");
    }
}

// What has a check of its own can be seen to be wrong; a name cannot.
static bool can_be_set_aside(enum identity_field field) {
    return field == IDENTITY_DATE_OF_BIRTH || field == IDENTITY_NHS_NUMBER || field == IDENTITY_UPN;
}

static void read_detail(const char *text, enum identity_field field, struct caseload_row *row) {
    struct identity identity;
    if (identity_set(&identity, field, text) != OK) {
        caseload_row_reject(row, identity_field_text(field), "too long, or not UTF-8 text");
    } else if (identity_normalise_field(field, identity.text[field], &row->identity) != OK) {
        if (can_be_set_aside(field)) {
            complain(row, identity_field_text(field), err_detail());
        } else {
            caseload_row_reject(row, identity_field_text(field), err_detail());
        }
    }
    secret_wipe(identity.text[field], sizeof(identity.text[field]));
}

// A row goes on without a column only where a sure slot is left; else what was set aside is what it is rejected for.
static err_t make_values(const struct match_set *set, struct caseload_row *row) {
    identity_settle(&row->identity);
    err_t err = match_values_of(set, &row->identity, &row->values);
    if (err == ERR_INPUT && row->complaint_count == 0) {
        caseload_row_reject(row, "", err_detail());
    } else if ((err == OK || err == ERR_INPUT) && row->complaint_count > 0 && row->values.filled_sure == 0) {
        row->rejected = true;
        match_values_free(&row->values);
    }
    return err == ERR_INPUT ? OK : err;
}

err_t caseload_row_read(const struct match_set *set, const struct caseload_header *header, const struct csv_row *csv,
                        struct caseload_row *out) {
    *out = (struct caseload_row){.line = csv->line, .ref = "", .entity = ""};
    if (csv->problem != NULL) {
        caseload_row_reject(out, "", csv->problem);
        return OK;
    }
    if (csv->count != header->count) {
        caseload_row_reject(out, "", "another number of fields than the header");
        return OK;
    }
    read_ref(caseload_field(header, csv, COLUMN_REF), out);
    out->entity = caseload_field(header, csv, COLUMN_ENTITY);
    read_choices(header, csv, out);
    for (size_t i = 0; i < IDENTITY_FIELD_COUNT; i++) {
        read_detail(caseload_field(header, csv, (enum caseload_column)i), (enum identity_field)i, out);
    }
    return out->rejected ? OK : make_values(set, out);
}
