// SPDX-License-Identifier: Apache-2.0
#include "client/csv_rows.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/base/refusal.h"
#include "tests/base/scratch.h"

TestSuite(csv_rows, .init = scratch_make, .fini = scratch_remove);

// Reads the file and writes what it gives as one line a row: "line: field|field", "line! problem".
static void expect_bytes(const void *data, size_t len, const char *rows_text) {
    struct csv_rows *rows = NULL;
    struct csv_row row;
    bool end = false;
    static char seen[65536];
    seen[0] = '\0';
    assert_ok(csv_rows_open(scratch_write("a.csv", 0600, data, len), &rows));
    for (;;) {
        assert_ok(csv_rows_next(rows, &row, &end));
        if (end) {
            break;
        }
        size_t at = strlen(seen);
        if (row.problem != NULL) {
            snprintf(seen + at, sizeof(seen) - at, "%zu! %s\n", row.line, row.problem);
            continue;
        }
        at += (size_t)snprintf(seen + at, sizeof(seen) - at, "%zu:", row.line);
        for (size_t i = 0; i < row.count && i < CSV_FIELDS_MAX; i++) {
            at += (size_t)snprintf(seen + at, sizeof(seen) - at, "%s%s", i == 0 ? " " : "|", row.field[i]);
        }
        snprintf(seen + at, sizeof(seen) - at, "\n");
    }
    csv_rows_close(rows);
    cr_expect_str_eq(seen, rows_text, "gave:\n%s", seen);
}

static void expect(const char *text, const char *rows_text) {
    expect_bytes(text, strlen(text), rows_text);
}

Test(csv_rows, reads_rows_and_counts_their_lines) {
    expect("a,b\nc,d\n", "1: a|b\n2: c|d\n");
    expect("a,\"b \"\"c\"\", d\"\n", "1: a|b \"c\", d\n");
    expect(" a , b \n", "1: a|b\n");
    expect("a,,\n", "1: a||\n");
}

Test(csv_rows, reads_every_kind_of_line_end) {
    expect("a,b\r\nc,d\r\n", "1: a|b\n2: c|d\n");
    expect("a,b\rc,d\r", "1: a|b\n2: c|d\n");
    expect("a,b\nc,d", "1: a|b\n2: c|d\n");
    expect("a,b\r\nc,d\r", "1: a|b\n2: c|d\n");
}

Test(csv_rows, skips_the_byte_order_mark_at_the_beginning_alone) {
    expect("\xEF\xBB\xBF"
           "a,b\n",
           "1: a|b\n");
    expect("\xEF\xBB\xBF\"a\",b\n", "1: a|b\n");
    expect("a\n\xEF\xBB\xBF"
           "b\n",
           "1: a\n2: \xEF\xBB\xBF"
           "b\n");
}

Test(csv_rows, skips_empty_lines) {
    expect("", "");
    expect("\n\n \t\na\n\nb\n\n", "4: a\n6: b\n");
}

Test(csv_rows, reads_line_breaks_inside_quotes) {
    expect("a,\"b\nc\",d\ne\n", "1: a|b\nc|d\n3: e\n");
    expect("a,\"b\r\n\r\nc\"\r\ne\r\n", "1: a|b\n\nc\n4: e\n");
}

Test(csv_rows, reports_a_quotation_mark_out_of_place_and_goes_on) {
    expect("a,b\"c\nd,e\n", "1! a quotation mark out of place\n2: d|e\n");
    expect("a,\"b\"c\nd,e\n", "1! a quotation mark out of place\n2: d|e\n");
}

Test(csv_rows, reports_a_quote_that_does_not_end_and_reads_the_lines_after_it) {
    expect("a,\"b\nc,d\ne,f", "1! a quoted field does not end\n2: c|d\n3: e|f\n");
    // The next quotation mark ends the field in the middle of another row: the first line is what is wrong.
    expect("a,\"b\nc,\"d\"\ne,f\n", "1! a quotation mark out of place\n2: c|d\n3: e|f\n");
}

Test(csv_rows, reports_a_row_that_is_too_long_and_goes_on) {
    static char text[3 * CSV_ROW_MAX];
    memset(text, 'a', 2 * CSV_ROW_MAX);
    strcpy(text + 2 * CSV_ROW_MAX, "\nb,c\n");
    expect(text, "1! too long, or a quoted field does not end\n2: b|c\n");
}

Test(csv_rows, takes_a_row_as_long_as_it_says) {
    struct csv_rows *rows = NULL;
    struct csv_row row;
    bool end;
    static char text[CSV_ROW_MAX + 1];
    memset(text, 'a', CSV_ROW_MAX - 1);
    text[CSV_ROW_MAX - 1] = '\n';
    assert_ok(csv_rows_open(scratch_write_text("a.csv", text), &rows));
    assert_ok(csv_rows_next(rows, &row, &end));
    cr_assert_null(row.problem);
    cr_assert_eq(strlen(row.field[0]), CSV_ROW_MAX - 1);
    csv_rows_close(rows);
}

Test(csv_rows, finds_its_way_out_of_a_quote_that_swallows_many_lines) {
    static char text[4 * CSV_ROW_MAX];
    char *at = stpcpy(text, "a,\"b\n");
    size_t lines = 1;
    for (; at + 16 < text + sizeof(text); lines++) {
        at = stpcpy(at, "c,d\n");
    }
    struct csv_rows *rows = NULL;
    struct csv_row row;
    bool end;
    assert_ok(csv_rows_open(scratch_write_text("a.csv", text), &rows));
    assert_ok(csv_rows_next(rows, &row, &end));
    cr_assert_not_null(row.problem);
    for (size_t line = 2; line <= lines; line++) {
        assert_ok(csv_rows_next(rows, &row, &end));
        cr_assert(!end && row.problem == NULL && row.line == line && row.count == 2, "line %zu", line);
    }
    assert_ok(csv_rows_next(rows, &row, &end));
    cr_assert(end);
    csv_rows_close(rows);
}

Test(csv_rows, reports_a_zero_byte) {
    expect_bytes("a,b\0c\nd,e\n", 10, "1! a zero byte in the row\n2: d|e\n");
}

Test(csv_rows, counts_fields_beyond_its_bound_without_keeping_them) {
    struct csv_rows *rows = NULL;
    struct csv_row row;
    bool end;
    char text[2 * CSV_FIELDS_MAX + 2];
    memset(text, ',', sizeof(text));
    strcpy(text + 2 * CSV_FIELDS_MAX, "\n");
    assert_ok(csv_rows_open(scratch_write_text("a.csv", text), &rows));
    assert_ok(csv_rows_next(rows, &row, &end));
    cr_assert_eq(row.count, 2 * CSV_FIELDS_MAX + 1);
    csv_rows_close(rows);
}

Test(csv_rows, refuses_a_file_that_is_not_there_or_no_file) {
    struct csv_rows *rows = NULL;
    struct csv_row row;
    bool end;
    assert_refused(csv_rows_open(scratch_path("none.csv"), &rows), ERR_NOT_FOUND, "none.csv");
    cr_assert_null(rows);
    assert_ok(csv_rows_open(scratch_dir(), &rows));
    assert_refused(csv_rows_next(rows, &row, &end), ERR_IO, "cannot be read");
    csv_rows_close(rows);
    csv_rows_close(NULL);
}
