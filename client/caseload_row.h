// SPDX-License-Identifier: Apache-2.0
// One row of a caseload CSV: read, checked, and turned into match values, or into the reasons why not.
#ifndef CLIENT_CASELOAD_ROW_H
#define CLIENT_CASELOAD_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "client/caseload_columns.h"
#include "client/csv_rows.h"
#include "client/identity.h"
#include "client/match_keys.h"

#define CASELOAD_REF_MAX 127
#define CASELOAD_COMPLAINTS_MAX (IDENTITY_FIELD_COUNT + 1)

struct caseload_complaint {
    const char *column; // "" when it is the row
    char reason[128];   // without values
};

enum caseload_choice { CHOICE_NOT_GIVEN, CHOICE_NO, CHOICE_YES };

struct caseload_row {
    size_t line;
    const char *ref, *entity; // borrowed from the CSV row
    enum caseload_choice previous, quiet;
    struct normal_identity identity;
    struct match_values values; // none when rejected
    struct caseload_complaint complaints[CASELOAD_COMPLAINTS_MAX];
    size_t complaint_count;
    bool rejected; // otherwise the complaints' columns were set aside
};

// OK for a rejected row too; ERR_MEMORY and the like otherwise. caseload_row_free wipes.
err_t caseload_row_read(const struct match_set *set, const struct caseload_header *header, const struct csv_row *csv,
                        struct caseload_row *out);
void caseload_row_reject(struct caseload_row *row, const char *column, const char *reason);
void caseload_row_free(struct caseload_row *row);

#endif
