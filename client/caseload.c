// SPDX-License-Identifier: Apache-2.0
#include "client/caseload.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/file.h"
#include "base/secret.h"
#include "client/caseload_row.h"

// What a later row of the same ref must share one of. Kept until the file is read.
struct facts {
    int year, month, day;
    char nhs_number[11], upn[14];
    struct facts *before;
};

// One for each ref, in a tree by ref.
struct known {
    const char *ref; // the child's
    size_t child;
    struct facts *facts;
};

struct loader {
    const struct match_set *set;
    struct caseload_header header;
    struct caseload caseload;
    size_t child_room, reject_room;
    void *tree;
};

static int by_ref(const void *a, const void *b) {
    return strcmp(((const struct known *)a)->ref, ((const struct known *)b)->ref);
}

static void known_free(void *node) {
    struct known *known = node;
    while (known->facts != NULL) {
        struct facts *facts = known->facts;
        known->facts = facts->before;
        secret_wipe(facts, sizeof(*facts));
        free(facts);
    }
    free(known);
}

// The array with room for one more item; NULL when there is no memory.
static void *with_room(void *items, size_t *room, size_t count, size_t size) {
    if (count < *room) {
        return items;
    }
    size_t more = *room == 0 ? 64 : *room * 2;
    void *grown = reallocarray(items, more, size);
    *room = grown == NULL ? *room : more;
    return grown;
}

static err_t no_memory(void) {
    return err_set(ERR_MEMORY, "no memory for the caseload");
}

static err_t add_reject(struct loader *loader, const struct caseload_row *row,
                        const struct caseload_complaint *complaint) {
    struct caseload *caseload = &loader->caseload;
    struct caseload_reject *rejects =
        with_room(caseload->rejects, &loader->reject_room, caseload->reject_count, sizeof(*rejects));
    if (rejects == NULL) {
        return no_memory();
    }
    caseload->rejects = rejects;
    struct caseload_reject *reject = &rejects[caseload->reject_count++];
    *reject = (struct caseload_reject){.line = row->line, .column = complaint->column, .set_aside = !row->rejected};
    reject->ref = strdup(row->ref);
    reject->reason = strdup(complaint->reason);
    caseload->set_aside_count += reject->set_aside;
    return reject->ref == NULL || reject->reason == NULL ? no_memory() : OK;
}

static err_t add_rejects(struct loader *loader, const struct caseload_row *row) {
    err_t err = OK;
    for (size_t i = 0; i < row->complaint_count && err == OK; i++) {
        err = add_reject(loader, row, &row->complaints[i]);
    }
    return err;
}

static bool shares_a_fact(const struct normal_identity *identity, const struct facts *facts) {
    for (; facts != NULL; facts = facts->before) {
        bool date = identity->year != 0 && identity->year == facts->year && identity->month == facts->month &&
                    identity->day == facts->day;
        bool nhs_number = identity->nhs_number[0] != '\0' && strcmp(identity->nhs_number, facts->nhs_number) == 0;
        bool upn = identity->upn[0] != '\0' && strcmp(identity->upn, facts->upn) == 0;
        if (date || nhs_number || upn) {
            return true;
        }
    }
    return false;
}

static bool disagrees(enum caseload_choice choice, bool child) {
    return choice != CHOICE_NOT_GIVEN && (choice == CHOICE_YES) != child;
}

static void check_alias(const struct caseload_child *child, const struct facts *facts, struct caseload_row *row) {
    if (disagrees(row->previous, child->previous)) {
        caseload_row_reject(row, "status", "differs from the first row of this ref");
    } else if (disagrees(row->quiet, child->quiet)) {
        caseload_row_reject(row, "quiet", "differs from the first row of this ref");
    } else if (child->record_count == CASELOAD_ALIASES_MAX) {
        caseload_row_reject(row, "ref", "too many rows of one ref");
    } else if (!shares_a_fact(&row->identity, facts)) {
        caseload_row_reject(row, "ref", "used before, with another date of birth and no common identifier");
    }
}

static bool has_values(const struct caseload_child *child, const struct match_values *values) {
    for (size_t i = 0; i < child->record_count; i++) {
        if (match_values_equal(&child->records[i].values, values)) {
            return true;
        }
    }
    return false;
}

// Takes the row's values.
static err_t add_record(struct caseload_child *child, struct caseload_row *row) {
    if (has_values(child, &row->values)) {
        return OK;
    }
    struct caseload_record *records = reallocarray(child->records, child->record_count + 1, sizeof(*records));
    if (records == NULL) {
        return no_memory();
    }
    child->records = records;
    records[child->record_count++] = (struct caseload_record){.line = row->line, .values = row->values};
    row->values = (struct match_values){0};
    return OK;
}

static err_t add_facts(struct known *known, const struct normal_identity *identity) {
    struct facts *facts = calloc(1, sizeof(*facts));
    if (facts == NULL) {
        return no_memory();
    }
    *facts = (struct facts){identity->year, identity->month, identity->day, "", "", known->facts};
    memcpy(facts->nhs_number, identity->nhs_number, sizeof(facts->nhs_number));
    memcpy(facts->upn, identity->upn, sizeof(facts->upn));
    known->facts = facts;
    return OK;
}

static err_t add_child(struct loader *loader, const struct caseload_row *row, struct known **out) {
    struct caseload *caseload = &loader->caseload;
    struct caseload_child *children =
        with_room(caseload->children, &loader->child_room, caseload->child_count, sizeof(*children));
    if (children == NULL) {
        return no_memory();
    }
    caseload->children = children;
    struct caseload_child *child = &children[caseload->child_count];
    *child = (struct caseload_child){.previous = row->previous == CHOICE_YES, .quiet = row->quiet == CHOICE_YES};
    caseload->child_count++;
    child->ref = strdup(row->ref);
    child->entity = strdup(row->entity);
    struct known *known = calloc(1, sizeof(*known));
    if (child->ref == NULL || child->entity == NULL || known == NULL) {
        free(known);
        return no_memory();
    }
    *known = (struct known){child->ref, caseload->child_count - 1, NULL};
    if (tsearch(known, &loader->tree, by_ref) == NULL) {
        free(known);
        return no_memory();
    }
    *out = known;
    return OK;
}

static err_t add_row(struct loader *loader, struct caseload_row *row) {
    struct known key = {.ref = row->ref};
    struct known **found = row->rejected ? NULL : tfind(&key, &loader->tree, by_ref);
    struct known *known = found == NULL ? NULL : *found;
    if (known != NULL) {
        check_alias(&loader->caseload.children[known->child], known->facts, row);
    }
    err_t err = add_rejects(loader, row);
    if (err != OK || row->rejected) {
        return err;
    }
    if (known == NULL) {
        err = add_child(loader, row, &known);
    }
    if (err == OK) {
        err = add_facts(known, &row->identity);
    }
    return err == OK ? add_record(&loader->caseload.children[known->child], row) : err;
}

static err_t load_header(struct loader *loader, struct csv_rows *rows) {
    struct csv_row csv;
    bool end = false;
    err_t err = csv_rows_next(rows, &csv, &end);
    if (err == OK && end) {
        err = err_set(ERR_INPUT, "header: the file is empty");
    }
    return err == OK ? caseload_header_read(&csv, &loader->header) : err;
}

static err_t load_rows(struct loader *loader, struct csv_rows *rows) {
    bool end = false;
    err_t err = load_header(loader, rows);
    while (err == OK) {
        struct csv_row csv;
        struct caseload_row row;
        err = csv_rows_next(rows, &csv, &end);
        if (err != OK || end) {
            break;
        }
        err = caseload_row_read(loader->set, &loader->header, &csv, &row);
        if (err == OK) {
            err = add_row(loader, &row);
            caseload_row_free(&row);
        }
    }
    return err;
}

err_t caseload_load(const char *path, const struct match_set *set, struct caseload *out) {
    struct loader loader = {.set = set};
    struct csv_rows *rows = NULL;
    err_t err = csv_rows_open(path, &rows);
    if (err != OK) {
        return err;
    }
    err = load_rows(&loader, rows);
    csv_rows_close(rows);
    tdestroy(loader.tree, known_free);
    if (err != OK) {
        caseload_free(&loader.caseload);
        return err_prefix(err, "%s", path);
    }
    *out = loader.caseload;
    return OK;
}

static void child_free(struct caseload_child *child) {
    for (size_t i = 0; i < child->record_count; i++) {
        match_values_free(&child->records[i].values);
    }
    free(child->records);
    free(child->ref);
    free(child->entity);
}

void caseload_free(struct caseload *caseload) {
    for (size_t i = 0; i < caseload->child_count; i++) {
        child_free(&caseload->children[i]);
    }
    for (size_t i = 0; i < caseload->reject_count; i++) {
        free(caseload->rejects[i].ref);
        free(caseload->rejects[i].reason);
    }
    free(caseload->children);
    free(caseload->rejects);
    *caseload = (struct caseload){0};
}
