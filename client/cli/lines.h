// SPDX-License-Identifier: Apache-2.0
// Lines of bounded length from a file descriptor. They hold identities: each is wiped when the next one is asked for.
#ifndef CLIENT_CLI_LINES_H
#define CLIENT_CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

struct lines {
    int fd;
    size_t max; // bytes of a line, without its end
    uint8_t *data;
    size_t len, used; // what was read, and how much of that the last line took
    bool ended;
};

enum line_kind { LINE_WHOLE, LINE_TOO_LONG, LINE_NO_MORE };

err_t lines_open(int fd, size_t max, struct lines *out); // ERR_MEMORY
// Waits for a line; *out is borrowed until the next call, and empty unless the line is whole. One that is too long is
// read to its end and dropped. The last line may end with the input. ERR_IO.
err_t lines_next(struct lines *lines, struct bytes *out, enum line_kind *out_kind);
void lines_close(struct lines *lines); // wipes; does not close the descriptor

#endif
