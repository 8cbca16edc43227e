// SPDX-License-Identifier: Apache-2.0
// A line of `signpost pipe`, read whole before anything is done.
#ifndef CLIENT_CLI_PIPE_REQUEST_H
#define CLIENT_CLI_PIPE_REQUEST_H

#include <jansson.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"
#include "client/signpost.h"

enum pipe_verb { PIPE_ASK, PIPE_REGISTER, PIPE_REPLACE, PIPE_CLOSE, PIPE_WITHDRAW, PIPE_WHOAMI };

struct pipe_request {
    json_t *document; // owns every text
    json_t *id;       // a text, a number, or null where there is none
    enum pipe_verb verb;
    struct signpost_question question; // without a purpose where the line has none
    struct signpost_child *children, *was;
    size_t count;
};

// Always fills *out, as far as it came; pipe_request_free it in any case. ERR_INPUT names the field; ERR_MEMORY.
err_t pipe_request_read(struct bytes line, struct pipe_request *out);
void pipe_request_free(struct pipe_request *request);

#endif
