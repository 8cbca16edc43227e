// SPDX-License-Identifier: Apache-2.0
// What the subcommands share. Exit codes: EXIT_ANSWERED, and EXIT_COULD_NOT for everything else, usage errors included;
// 1 is never used, since scripts take it for "no".
#ifndef CLIENT_CLI_CLI_H
#define CLIENT_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/options.h"
#include "client/config.h"
#include "client/session.h"
#include "proto/question.h"

#define EXIT_ANSWERED 0
#define EXIT_COULD_NOT 2

#define EXIT_CODES "Exit code: 0 done or answered (read the answer), 2 could not; 1 is never used."

int ask_main(int argc, char **argv);
int register_main(int argc, char **argv);
int replace_main(int argc, char **argv);
int close_main(int argc, char **argv);
int withdraw_main(int argc, char **argv);
int sync_main(int argc, char **argv);
int pipe_main(int argc, char **argv);
int whoami_main(int argc, char **argv);
int check_main(int argc, char **argv);
int request_main(int argc, char **argv);
int moved_main(int argc, char **argv);          // moved.c
int shield_main(int argc, char **argv);         // token_file.c
int subject_access_main(int argc, char **argv); // token_file.c
int matching_main(int argc, char **argv);

// "signpost ask: detail" on standard error; returns EXIT_COULD_NOT.
int cli_fail(const char *program, err_t err);

// Reads the options. True: go on; false: *out_exit is the exit code (help was printed, or an error).
bool cli_options(int argc, char **argv, const struct option_usage *usage, const struct option_row *rows, size_t count,
                 int *out_exit);

// A purpose that a person may give: not the scheme's own `canary`. ERR_INPUT.
err_t cli_purpose(const char *code, enum purpose *out);
// --on-behalf-of: a person's id, or NULL. ERR_INPUT.
err_t cli_check_person(const char *id);

// Columns of the terminal on standard output; 0 where it is none, and nothing is wrapped.
size_t cli_width(void);

#endif
