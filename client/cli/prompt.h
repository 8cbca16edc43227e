// SPDX-License-Identifier: Apache-2.0
// Asking a person at a terminal, or reading the same answers line by line from a stream.
//
// At a terminal a wrong answer is explained and asked for again, and "<" goes back one question. From a stream nothing
// is asked and a wrong line is an error: the lines after it would otherwise answer other questions. What is typed is
// identities: it is kept in this struct alone and wiped by prompt_close.
#ifndef CLIENT_CLI_PROMPT_H
#define CLIENT_CLI_PROMPT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "client/caseload.h"
#include "client/identity.h"
#include "client/match_keys.h"
#include "proto/question.h"

struct prompt {
    FILE *in;
    FILE *out; // where questions go; NULL: lines are read from a stream
    bool opened_out;
    char line[1024];
    char surname[IDENTITY_TEXT_MAX + 1]; // of the last child, for "another child, same surname"
};

// Standard input; questions go to standard error or, where that is not a terminal, to the terminal itself.
void prompt_open(struct prompt *prompt);
void prompt_close(struct prompt *prompt); // wipes

// Asks for one child: names, date, identifiers, other names. One record in *out for each name; caseload_free it. With
// `same_surname` that of the child before is kept. `ref` NULL: none. ERR_INPUT for what cannot be used, ERR_UNAVAILABLE
// when the input ends before anything was said.
err_t prompt_child(struct prompt *prompt, const struct match_set *set, const char *ref, bool same_surname,
                   struct caseload *out);
err_t prompt_ref(struct prompt *prompt, char **out); // the caller frees it
err_t prompt_purpose(struct prompt *prompt, enum purpose *out);
// False on no, on an empty line and at the end of the input.
bool prompt_yes(struct prompt *prompt, const char *question);
// Something to read, at a terminal only.
void prompt_say(struct prompt *prompt, const char *text);

#endif
