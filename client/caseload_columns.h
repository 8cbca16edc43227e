// SPDX-License-Identifier: Apache-2.0
// The columns of a caseload CSV, and where a file has them.
#ifndef CLIENT_CASELOAD_COLUMNS_H
#define CLIENT_CASELOAD_COLUMNS_H

#include <stddef.h>

#include "base/err.h"
#include "client/csv_rows.h"
#include "client/identity.h"

enum caseload_column {
    COLUMN_DETAILS = 0, // the fields of an identity come first, in their own order
    COLUMN_REF = IDENTITY_FIELD_COUNT,
    COLUMN_STATUS,
    COLUMN_QUIET,
    COLUMN_ENTITY,
    COLUMN_SEX,
    COLUMN_COUNT,
};

struct caseload_header {
    int at[COLUMN_COUNT]; // the field of each column; -1 where the file has none
    size_t count;         // fields in the header
};

const char *caseload_column_text(enum caseload_column column);

// ERR_INPUT names the first unknown, repeated or missing column.
err_t caseload_header_read(const struct csv_row *row, struct caseload_header *out);
// The row's text in a column; "" where the file does not have the column.
const char *caseload_field(const struct caseload_header *header, const struct csv_row *row,
                           enum caseload_column column);

#endif
