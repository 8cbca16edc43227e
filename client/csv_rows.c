// SPDX-License-Identifier: Apache-2.0
#include "client/csv_rows.h"

#include <csv.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

struct csv_rows {
    FILE *file;
    char file_buffer[65536]; // stdio's, kept here to be wiped
    struct csv_parser parser;
    size_t line;       // of the next line
    struct buf unread; // lines to read again, after a row that could not be read
    size_t unread_at;
    struct buf text;   // the lines of the row so far
    struct buf fields; // its fields, each with a zero
    size_t field_at[CSV_FIELDS_MAX];
    size_t count;
    bool whole, zero_byte;
};

static int is_space(unsigned char c) {
    return c == ' ' || c == '\t';
}

// libcsv moves its buffer when it grows; a block of a row's size is taken once and wiped when it goes.
static void wipe_and_free(void *block) {
    if (block != NULL) {
        secret_wipe(block, malloc_usable_size(block));
    }
    free(block);
}

static void parser_start(struct csv_parser *parser) {
    csv_init(parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_space_func(parser, is_space);
    csv_set_blk_size(parser, CSV_ROW_MAX + 64);
    csv_set_free_func(parser, wipe_and_free);
}

static void on_field(void *data, size_t len, void *ctx) {
    struct csv_rows *rows = ctx;
    if (rows->count < CSV_FIELDS_MAX) {
        rows->field_at[rows->count] = rows->fields.len;
        rows->zero_byte |= len > 0 && memchr(data, 0, len) != NULL;
        buf_put(&rows->fields, data, len);
        buf_put_u8(&rows->fields, 0);
    }
    rows->count++;
}

static void on_row(int end, void *ctx) {
    (void)end;
    ((struct csv_rows *)ctx)->whole = true;
}

err_t csv_rows_open(const char *path, struct csv_rows **out) {
    struct csv_rows *rows = calloc(1, sizeof(*rows));
    if (rows == NULL) {
        return err_set(ERR_MEMORY, "no memory to read %s", path);
    }
    rows->file = fopen(path, "re");
    if (rows->file == NULL) {
        int error = errno;
        free(rows);
        return err_set(error == ENOENT ? ERR_NOT_FOUND : ERR_IO, "%s: %s", path, strerror(error));
    }
    setvbuf(rows->file, rows->file_buffer, _IOFBF, sizeof(rows->file_buffer));
    rows->line = 1;
    parser_start(&rows->parser);
    *out = rows;
    return OK;
}

void csv_rows_close(struct csv_rows *rows) {
    if (rows == NULL) {
        return;
    }
    fclose(rows->file);
    csv_free(&rows->parser);
    buf_free(&rows->unread);
    buf_free(&rows->text);
    buf_free(&rows->fields);
    secret_wipe(rows, sizeof(*rows));
    free(rows);
}

static int next_byte(struct csv_rows *rows) {
    if (rows->unread_at < rows->unread.len) {
        return rows->unread.data[rows->unread_at++];
    }
    return getc_unlocked(rows->file);
}

// Appends the next line to the row's text, with one newline at its end, whichever of CR, LF and CR LF stood there. Of a
// line that is too long only the beginning is kept. False at the end of the file.
static bool read_line(struct csv_rows *rows) {
    size_t from = rows->text.len;
    int byte = next_byte(rows);
    if (byte == EOF) {
        return false;
    }
    for (; byte != EOF && byte != '\n' && byte != '\r'; byte = next_byte(rows)) {
        if (rows->text.len - from <= CSV_ROW_MAX) {
            buf_put_u8(&rows->text, (uint8_t)byte);
        }
    }
    // Lines that are read again have no CR, so that the byte after one is always the file's.
    int after = byte == '\r' ? next_byte(rows) : '\n';
    if (after != '\n' && after != EOF) {
        ungetc(after, rows->file);
    }
    buf_put_u8(&rows->text, '\n');
    rows->line++;
    return true;
}

static void skip_mark(struct buf *text) {
    size_t len = strlen(BYTE_ORDER_MARK);
    if (text->len >= len && memcmp(text->data, BYTE_ORDER_MARK, len) == 0) {
        text->len -= len;
        memmove(text->data, text->data + len, text->len);
    }
}

static bool is_blank(const struct buf *text) {
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i] != '\n' && !is_space(text->data[i])) {
            return false;
        }
    }
    return true;
}

// Gives the row up: its first line is what is wrong, and the lines after it are read again.
static void give_up(struct csv_rows *rows, struct csv_row *out, const char *problem) {
    struct buf again = {0};
    const uint8_t *first_end = memchr(rows->text.data, '\n', rows->text.len);
    size_t rest = first_end == NULL ? rows->text.len : (size_t)(first_end - rows->text.data) + 1;
    buf_put(&again, rows->text.data + rest, rows->text.len - rest);
    buf_put(&again, rows->unread.data + rows->unread_at, rows->unread.len - rows->unread_at);
    buf_free(&rows->unread);
    rows->unread = again;
    rows->unread_at = 0;
    rows->line = out->line + 1;
    csv_free(&rows->parser);
    parser_start(&rows->parser);
    out->problem = problem;
    out->count = 0;
}

static void give_fields(struct csv_rows *rows, struct csv_row *out) {
    out->problem = rows->zero_byte ? "a zero byte in the row" : NULL;
    out->count = rows->zero_byte ? 0 : rows->count;
    for (size_t i = 0; i < out->count && i < CSV_FIELDS_MAX; i++) {
        out->field[i] = (const char *)rows->fields.data + rows->field_at[i];
    }
}

static void row_start(struct csv_rows *rows, struct csv_row *out) {
    buf_reset(&rows->text);
    buf_reset(&rows->fields);
    rows->count = 0;
    rows->whole = rows->zero_byte = false;
    *out = (struct csv_row){.line = rows->line};
}

static err_t memory_check(const struct csv_rows *rows) {
    err_t err = buf_check(&rows->text);
    if (err == OK) {
        err = buf_check(&rows->fields);
    }
    return err == OK ? buf_check(&rows->unread) : err;
}

// Reads one more line of the row. False at the end of the file.
static bool feed(struct csv_rows *rows, struct csv_row *out) {
    size_t from = rows->text.len;
    if (!read_line(rows)) {
        return false;
    }
    if (out->line == 1 && from == 0) {
        skip_mark(&rows->text);
    }
    size_t len = rows->text.len - from;
    if (rows->text.len > CSV_ROW_MAX) {
        give_up(rows, out, "too long, or a quoted field does not end");
    } else if (from == 0 && is_blank(&rows->text)) {
        row_start(rows, out);
    } else if (csv_parse(&rows->parser, rows->text.data + from, len, on_field, on_row, rows) != len) {
        give_up(rows, out, "a quotation mark out of place");
    }
    return true;
}

err_t csv_rows_next(struct csv_rows *rows, struct csv_row *out, bool *end) {
    row_start(rows, out);
    bool more = true;
    while (more && !rows->whole && out->problem == NULL && memory_check(rows) == OK) {
        more = feed(rows, out);
    }
    *end = !more && rows->text.len == 0;
    if (!more && !*end) {
        give_up(rows, out, "a quoted field does not end");
    } else if (rows->whole && out->problem == NULL) {
        give_fields(rows, out);
    }
    if (ferror(rows->file)) {
        return err_set(ERR_IO, "cannot be read: %s", strerror(errno));
    }
    return memory_check(rows);
}
