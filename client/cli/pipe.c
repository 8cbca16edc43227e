// SPDX-License-Identifier: Apache-2.0
// `signpost pipe`: for programs that ask and register all day, in any language. The format is in docs/pipe.md.
#include "client/cli/pipe.h"

#include <jansson.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "client/cli/cli.h"
#include "client/cli/lines.h"

#define PROGRAM "signpost pipe"

// The JSON library keeps what it reads, identities, in memory of its own.
static void free_wiped(void *data) {
    if (data != NULL) {
        secret_wipe(data, malloc_usable_size(data));
    }
    free(data);
}

static err_t say(struct buf *reply) {
    buf_put_str(reply, "\n");
    err_t err = buf_check(reply);
    if (err == OK && (fwrite(reply->data, 1, reply->len, stdout) != reply->len || fflush(stdout) != 0)) {
        err = err_set(ERR_IO, "standard output cannot be written");
    }
    return err;
}

static err_t answer_line(struct pipe *pipe, struct bytes line, enum line_kind kind) {
    struct buf reply = {0};
    char detail[80];
    snprintf(detail, sizeof detail, "a line is at most %d bytes long", PIPE_LINE_MAX);
    err_t err = kind == LINE_WHOLE ? pipe_reply(pipe, line, &reply) : pipe_refuse(ERR_TOO_LARGE, detail, &reply);
    if (err == OK) {
        err = say(&reply);
    }
    buf_free(&reply);
    return err;
}

// Some programs begin their output with a byte order mark.
static struct bytes without_mark(struct bytes line) {
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    bool marked = line.len >= sizeof mark && memcmp(line.data, mark, sizeof mark) == 0;
    return marked ? bytes_of(line.data + sizeof mark, line.len - sizeof mark) : line;
}

// One line out for each line in, in their order.
static err_t answer_lines(struct pipe *pipe, struct lines *lines) {
    struct bytes line = {0};
    enum line_kind kind = LINE_NO_MORE;
    err_t err = lines_next(lines, &line, &kind);
    line = err == OK ? without_mark(line) : line;
    while (err == OK && kind != LINE_NO_MORE) {
        err = answer_line(pipe, line, kind);
        if (err == OK) {
            err = lines_next(lines, &line, &kind);
        }
    }
    return err;
}

static err_t run(const char *config) {
    struct pipe pipe = {0};
    struct lines lines;
    if (config != NULL && setenv("SIGNPOST_CONFIG", config, 1) != 0) {
        return err_set(ERR_MEMORY, "no memory");
    }
    json_set_alloc_funcs(malloc, free_wiped);
    (void)signal(SIGPIPE, SIG_IGN); // a reader that went away is an error of writing
    err_t err = lines_open(STDIN_FILENO, PIPE_LINE_MAX, &lines);
    if (err == OK) {
        err = answer_lines(&pipe, &lines);
        lines_close(&lines);
    }
    signpost_free(pipe.scheme);
    return err;
}

int pipe_main(int argc, char **argv) {
    const char *config = NULL;
    const struct option_row rows[] = {
        {"config", "FILE", OPTION_TEXT, &config, 0, 0, "the configuration file"},
    };
    const struct option_usage usage = {
        PROGRAM, "",
        "Answers lines of JSON on standard input with lines of JSON on standard output until the input ends:\n"
        "{\"id\":1,\"do\":\"ask\",\"purpose\":\"assessment\",\"children\":[{\"forenames\":\"...\"}]}. See "
        "docs/pipe.md.",
        "Exit code: 0 at the end of the input, 2 when the pipe itself fails; what could not be answered says so in its "
        "line."};
    int code = EXIT_COULD_NOT;
    if (!cli_options(argc, argv, &usage, rows, 1, &code)) {
        return code;
    }
    err_t err = run(config);
    return err == OK ? EXIT_ANSWERED : cli_fail(PROGRAM, err);
}
