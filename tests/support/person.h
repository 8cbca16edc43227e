// SPDX-License-Identifier: Apache-2.0
// A person at a terminal: a program runs in a session of its own on a pseudo-terminal, with pipes for standard input
// and output, and what it asks on the terminal is answered. A failure ends the test.
#ifndef TESTS_SUPPORT_PERSON_H
#define TESTS_SUPPORT_PERSON_H

#include <stdio.h>
#include <sys/types.h>

#include "base/bytes.h"

struct person {
    pid_t program;
    int terminal;
    FILE *in, *out;  // the program's standard input and output
    struct buf seen; // everything that the terminal has shown
    size_t read_to;  // of `seen`: what was waited for and found
};

// Runs argv[0] (a path) in `dir`; the last argument is NULL. Standard error is the terminal.
void person_start(struct person *person, const char *dir, const char *const *argv);
// Until the terminal has shown the text, after what was waited for before.
void person_wait_for(struct person *person, const char *text);
void person_type(struct person *person, const char *text);
// Sends a line to standard input.
void person_send(struct person *person, const char *line);
// A line of standard output, without its end. The caller frees.
char *person_receive(struct person *person);
// Closes standard input and returns the exit code, -1 after a signal; the rest of standard output, when `out` is not
// NULL, which the caller frees.
int person_end(struct person *person, char **out);

#endif
