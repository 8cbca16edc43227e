// SPDX-License-Identifier: Apache-2.0
// A line of a key holder's counts: day and hour (since 1970), the account's name (proto/account.h), and the elements
// that it may have used of that day and that hour by then. The last line of an account and a day is the day's count.
// The holder writes and reads them; the index's operator reconciles them with the journal.
#ifndef PROTO_COUNT_LINE_H
#define PROTO_COUNT_LINE_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "proto/account.h"

struct count_line {
    int64_t day, hour, used_day, used_hour;
    char *name; // in the text
};

// Appends the account's line; `ahead` elements are on top of what it has used.
void count_line_put(const struct account *account, uint32_t ahead, struct buf *out);
// Parses a line without its newline, in place. ERR_CORRUPT.
err_t count_line_parse(char *text, struct count_line *out);

#endif
