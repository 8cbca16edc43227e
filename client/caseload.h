// SPDX-License-Identifier: Apache-2.0
// Caseload CSV, read by libcsv (RFC 4180): a header in any column order,
//   ref,forenames,surname,date_of_birth,nhs_number,upn,postcode,address,status,quiet
// the last four may be absent; sex and entity are accepted and ignored. Rows with one ref are one child's aliases and
// must share a date or an identifier. A bad row is reported with its line and its reason, never its values, and the
// good ones go on.
//
// A date, NHS number or UPN that cannot be right does not cost a child its place when another identifier or the full
// names and date still find it for certain: that column is set aside, and reported all the same.
#ifndef CLIENT_CASELOAD_H
#define CLIENT_CASELOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "client/identity.h"
#include "client/match_keys.h"

#define CASELOAD_ALIASES_MAX 32 // rows of one ref

struct caseload_record {
    size_t line;
    struct match_values values;
};

struct caseload_child {
    char *ref;
    char *entity; // the truth label; "" when the file has none
    bool previous, quiet;
    struct caseload_record *records; // one for each alias
    size_t record_count;
};

struct caseload_reject {
    size_t line;
    char *ref;          // the agency's own reference; "" when missing
    const char *column; // "" when it is the row
    char *reason;       // without values
    bool set_aside;     // the row went on without this column; otherwise the row is rejected
};

struct caseload {
    struct caseload_child *children; // in the order of the file (of a ref's first row)
    size_t child_count;
    struct caseload_reject *rejects; // by line
    size_t reject_count;
    size_t set_aside_count; // of the rejects
};

// ERR_INPUT for a header that cannot be used (unknown, repeated or missing column); ERR_NOT_FOUND; ERR_IO; ERR_MEMORY.
// The details themselves are dropped as soon as their match values are made.
err_t caseload_load(const char *path, const struct match_set *set, struct caseload *out);
void caseload_free(struct caseload *caseload); // wipes

// Writes the rejects as CSV "line,ref,column,reason", 0600, replacing an older file.
err_t caseload_write_rejects(const struct caseload *caseload, const char *path);

#endif
