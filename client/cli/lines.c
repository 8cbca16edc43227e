// SPDX-License-Identifier: Apache-2.0
#include "client/cli/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"

err_t lines_open(int fd, size_t max, struct lines *out) {
    uint8_t *data = malloc(max + 1); // the end of a line of `max` bytes
    if (data == NULL) {
        return err_set(ERR_MEMORY, "no memory for lines");
    }
    *out = (struct lines){.fd = fd, .max = max, .data = data};
    return OK;
}

void lines_close(struct lines *lines) {
    if (lines->data != NULL) {
        secret_wipe(lines->data, lines->max + 1);
    }
    free(lines->data);
    *lines = (struct lines){0};
}

// What follows moves to the front; nothing else is left.
static void drop_used(struct lines *lines) {
    size_t left = lines->len - lines->used;
    memmove(lines->data, lines->data + lines->used, left);
    secret_wipe(lines->data + left, lines->used);
    lines->len = left;
    lines->used = 0;
}

static err_t read_more(struct lines *lines) {
    ssize_t got = 0;
    do {
        got = read(lines->fd, lines->data + lines->len, lines->max + 1 - lines->len);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return err_set(ERR_IO, "the input cannot be read: %s", strerror(errno));
    }
    lines->len += (size_t)got;
    lines->ended = got == 0;
    return OK;
}

err_t lines_next(struct lines *lines, struct bytes *out, enum line_kind *out_kind) {
    bool dropped = false;
    drop_used(lines);
    const uint8_t *end = memchr(lines->data, '\n', lines->len);
    while (end == NULL && !lines->ended) {
        if (lines->len > lines->max) {
            dropped = true;
            lines->used = lines->len;
            drop_used(lines);
        }
        err_t err = read_more(lines);
        if (err != OK) {
            return err;
        }
        end = memchr(lines->data, '\n', lines->len);
    }
    size_t len = end == NULL ? lines->len : (size_t)(end - lines->data);
    lines->used = end == NULL ? len : len + 1;
    bool nothing = end == NULL && len == 0 && !dropped;
    *out_kind = nothing ? LINE_NO_MORE : dropped ? LINE_TOO_LONG : LINE_WHOLE;
    *out = bytes_of(lines->data, *out_kind == LINE_WHOLE ? len : 0);
    return OK;
}
