// SPDX-License-Identifier: Apache-2.0
// A line of `signpost pipe`, and the reply to one that is refused: a JSON text of one line that quotes nothing of it.
//
// Covers: client/cli/pipe_request.c
#include <string.h>

#include "base/json.h"
#include "client/cli/pipe.h"
#include "client/cli/pipe_request.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct pipe_request request;
    struct buf reply = {0};
    json_t *document = NULL;
    err_t err = pipe_request_read(bytes_of(data, size), &request);
    MUST(err == OK || err == ERR_INPUT || err == ERR_TOO_LARGE);
    if (err == OK) {
        MUST(request.verb == PIPE_WHOAMI || (request.count >= 1 && request.count <= PIPE_RECORDS_MAX));
        for (size_t i = 0; i < request.count; i++) {
            MUST(request.children[i].alias_count <= SIGNPOST_ALIASES_MAX);
            MUST(request.verb == PIPE_ASK || request.children[i].ref != NULL);
        }
    } else {
        MUST(pipe_refuse(err, err_detail(), &reply) == OK && json_parse(buf_bytes(&reply), &document) == OK);
        MUST(memchr(reply.data, '\n', reply.len) == NULL);
    }
    json_decref(document);
    buf_free(&reply);
    pipe_request_free(&request);
    return 0;
}
