// SPDX-License-Identifier: Apache-2.0
// One line of `signpost pipe`, and the line that answers it (docs/pipe.md).
#ifndef CLIENT_CLI_PIPE_H
#define CLIENT_CLI_PIPE_H

#include "base/bytes.h"
#include "base/err.h"
#include "client/signpost.h"

#define PIPE_LINE_MAX (512 * 1024) // bytes
// Children of a line, each with its aliases: together with the canaries they are one question, of one reference.
#define PIPE_RECORDS_MAX 240

struct pipe {
    struct signpost *scheme; // NULL: not open yet, or it could not be opened
};

// Appends the reply to one line, without its end. Whatever is wrong with the line stands in the reply. ERR_MEMORY.
err_t pipe_reply(struct pipe *pipe, struct bytes line, struct buf *out);
// The reply to a line that was not kept.
err_t pipe_refuse(err_t why, const char *detail, struct buf *out);

#endif
