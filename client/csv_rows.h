// SPDX-License-Identifier: Apache-2.0
// The rows of a CSV file (RFC 4180) by libcsv in strict mode. A row that cannot be read does not end the reading: it is
// given back with its problem, and reading goes on with the next line.
#ifndef CLIENT_CSV_ROWS_H
#define CLIENT_CSV_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define CSV_FIELDS_MAX 32
#define CSV_ROW_MAX 8192 // bytes of one row, quoted line breaks included

struct csv_row {
    size_t line;                       // where the row begins, from 1
    const char *field[CSV_FIELDS_MAX]; // borrowed until the next row
    size_t count;
    const char *problem; // NULL: the row is good; otherwise why it cannot be read, and there are no fields
};

struct csv_rows;

// A byte order mark at the beginning is skipped. ERR_NOT_FOUND, ERR_IO, ERR_MEMORY.
err_t csv_rows_open(const char *path, struct csv_rows **out);
// Sets *end after the last row. Empty lines are no rows. ERR_IO, ERR_MEMORY.
err_t csv_rows_next(struct csv_rows *rows, struct csv_row *out, bool *end);
void csv_rows_close(struct csv_rows *rows); // wipes; NULL is harmless

#endif
