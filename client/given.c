// SPDX-License-Identifier: Apache-2.0
#include "client/given.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "client/caseload_row.h"

static_assert(SIGNPOST_ALIASES_MAX + 1 == CASELOAD_ALIASES_MAX, "a child and its aliases are rows of one reference");

// The columns of an invented file: the details in their own order, then what goes with them.
#define COLUMNS (IDENTITY_FIELD_COUNT + 3)
static const struct caseload_header header = {.at = {[IDENTITY_FORENAMES] = 0,
                                                     [IDENTITY_SURNAME] = 1,
                                                     [IDENTITY_DATE_OF_BIRTH] = 2,
                                                     [IDENTITY_NHS_NUMBER] = 3,
                                                     [IDENTITY_UPN] = 4,
                                                     [IDENTITY_POSTCODE] = 5,
                                                     [IDENTITY_ADDRESS] = 6,
                                                     [COLUMN_REF] = 7,
                                                     [COLUMN_STATUS] = 8,
                                                     [COLUMN_QUIET] = 9,
                                                     [COLUMN_ENTITY] = -1,
                                                     [COLUMN_SEX] = -1},
                                              .count = COLUMNS};

static void put_details(const struct signpost_details *details, const char *fields[COLUMNS]) {
    const char *const texts[IDENTITY_FIELD_COUNT] = {[IDENTITY_FORENAMES] = details->forenames,
                                                     [IDENTITY_SURNAME] = details->surname,
                                                     [IDENTITY_DATE_OF_BIRTH] = details->date_of_birth,
                                                     [IDENTITY_NHS_NUMBER] = details->nhs_number,
                                                     [IDENTITY_UPN] = details->upn,
                                                     [IDENTITY_POSTCODE] = details->postcode,
                                                     [IDENTITY_ADDRESS] = details->address};
    for (size_t i = 0; i < IDENTITY_FIELD_COUNT; i++) {
        if (texts[i] != NULL) {
            fields[i] = texts[i];
        }
    }
}

// `alias` NULL: the child's own record.
static err_t read_record(const struct match_set *set, const struct signpost_child *child, const char *ref,
                         const struct signpost_details *alias, struct caseload_row *out) {
    struct csv_row csv = {.field = {"", "", "", "", "", "", ""}, .count = COLUMNS};
    csv.field[header.at[COLUMN_REF]] = ref;
    csv.field[header.at[COLUMN_STATUS]] = child->previous ? "previous" : "current";
    csv.field[header.at[COLUMN_QUIET]] = child->quiet ? "yes" : "no";
    put_details(&child->details, csv.field);
    if (alias != NULL) {
        put_details(alias, csv.field);
    }
    return caseload_row_read(set, &header, &csv, out);
}

static void append(char reason[SIGNPOST_REASON_SIZE], const char *text) {
    size_t len = strlen(reason);
    snprintf(reason + len, SIGNPOST_REASON_SIZE - len, "%s%s", len > 0 ? "; " : "", text);
}

// An alias repeats what is wrong with the details that it shares: that is said once.
static void note_complaints(const struct caseload_row *row, size_t alias, struct given_note *note) {
    for (size_t i = 0; i < row->complaint_count; i++) {
        const struct caseload_complaint *complaint = &row->complaints[i];
        char text[256], line[300];
        snprintf(text, sizeof text, "%s%s%s%s", complaint->column, row->rejected ? "" : " set aside",
                 complaint->column[0] == '\0' ? "" : ": ", complaint->reason);
        if (strstr(note->reason, text) != NULL) {
            continue;
        }
        snprintf(line, sizeof line, "alias %zu: %s", alias, text);
        append(note->reason, alias == 0 ? text : line);
    }
}

// The values go over to the child; one of them that it has already is no record of its own.
static void take_values(struct caseload_row *row, struct caseload_child *child) {
    for (size_t i = 0; i < child->record_count; i++) {
        if (match_values_equal(&child->records[i].values, &row->values)) {
            return;
        }
    }
    child->records[child->record_count++].values = row->values;
    row->values = (struct match_values){0};
}

// Two children under one reference would close each other's record.
static bool shares_a_fact(const struct normal_identity *a, const struct normal_identity *b) {
    bool date = a->year != 0 && a->year == b->year && a->month == b->month && a->day == b->day;
    return date || (a->nhs_number[0] != '\0' && strcmp(a->nhs_number, b->nhs_number) == 0) ||
           (a->upn[0] != '\0' && strcmp(a->upn, b->upn) == 0);
}

static err_t read_alias(const struct match_set *set, const struct signpost_child *given, size_t alias,
                        const struct caseload_row *own, struct caseload_child *child, struct given_note *note) {
    struct caseload_row row;
    err_t err = read_record(set, given, own->ref, &given->aliases[alias], &row);
    if (err != OK) {
        return err;
    }
    if (!row.rejected && !shares_a_fact(&own->identity, &row.identity)) {
        caseload_row_reject(&row, "", "shares neither the date of birth nor an identifier with the child");
    }
    note_complaints(&row, alias + 1, note);
    note->in_part |= row.rejected;
    if (!row.rejected) {
        take_values(&row, child);
    }
    caseload_row_free(&row);
    return OK;
}

static err_t make_child(const struct signpost_child *given, const char *ref, struct caseload_child *child) {
    child->ref = strdup(ref);
    child->entity = strdup("");
    child->records = calloc(given->alias_count + 1, sizeof *child->records);
    child->previous = given->previous;
    child->quiet = given->quiet;
    return child->ref == NULL || child->entity == NULL || child->records == NULL
               ? err_set(ERR_MEMORY, "no memory for a child")
               : OK;
}

static err_t read_child(const struct match_set *set, const struct signpost_child *given, const char *ref,
                        struct caseload_child *child, struct given_note *note) {
    struct caseload_row own;
    if (given->alias_count > SIGNPOST_ALIASES_MAX || (given->alias_count > 0 && given->aliases == NULL)) {
        note->left_out = true;
        append(note->reason, "too many aliases");
        return OK;
    }
    err_t err = make_child(given, ref, child);
    if (err == OK) {
        err = read_record(set, given, ref, NULL, &own);
    }
    if (err != OK) {
        return err;
    }
    note_complaints(&own, 0, note);
    note->left_out = own.rejected;
    if (!own.rejected) {
        take_values(&own, child);
    }
    for (size_t i = 0; i < given->alias_count && err == OK && !own.rejected; i++) {
        err = read_alias(set, given, i, &own, child, note);
    }
    caseload_row_free(&own);
    return err;
}

err_t given_read(const struct match_set *set, const struct signpost_child *children, size_t count, bool with_ref,
                 struct given *out) {
    struct given given = {.all.children = calloc(count + 1, sizeof *given.all.children),
                          .notes = calloc(count + 1, sizeof *given.notes)};
    err_t err = OK;
    if (given.all.children == NULL || given.notes == NULL) {
        err = err_set(ERR_MEMORY, "no memory for %zu children", count);
    }
    for (size_t i = 0; i < count && err == OK; i++) {
        const char *ref = !with_ref ? "-" : children[i].ref == NULL ? "" : children[i].ref;
        given.all.child_count++;
        err = read_child(set, &children[i], ref, &given.all.children[i], &given.notes[i]);
    }
    if (err != OK) {
        given_free(&given);
        return err;
    }
    *out = given;
    return OK;
}

void given_free(struct given *given) {
    caseload_free(&given->all);
    free(given->notes);
    *given = (struct given){0};
}

void given_leave_out_parts(struct given *given) {
    for (size_t i = 0; i < given->all.child_count; i++) {
        given->notes[i].left_out |= given->notes[i].in_part;
    }
}

void given_leave_out_with(struct given *given, const struct given *other) {
    for (size_t i = 0; i < given->all.child_count; i++) {
        if (other->notes[i].left_out && !given->notes[i].left_out) {
            given->notes[i] = other->notes[i];
        }
    }
}

err_t given_select(const struct given *given, struct selection *out) {
    size_t count = given->all.child_count;
    struct selection selection = {.children = calloc(count + 1, sizeof *selection.children),
                                  .place = calloc(count + 1, sizeof *selection.place)};
    if (selection.children == NULL || selection.place == NULL) {
        selection_free(&selection);
        return err_set(ERR_MEMORY, "no memory for %zu children", count);
    }
    for (size_t i = 0; i < count; i++) {
        if (!given->notes[i].left_out) {
            selection.place[selection.count] = i;
            selection.children[selection.count++] = given->all.children[i];
        }
    }
    *out = selection;
    return OK;
}

void selection_free(struct selection *selection) {
    free(selection->children);
    free(selection->place);
    *selection = (struct selection){0};
}
