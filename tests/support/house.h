// SPDX-License-Identifier: Apache-2.0
// The whole house for an end-to-end test: a copy of the scheme that make_scheme.sh made, a fresh store, three key
// holders and the index as real processes on ports that the system chose, and the client's programs to run against
// them.
#ifndef TESTS_SUPPORT_HOUSE_H
#define TESTS_SUPPORT_HOUSE_H

#include "proto/http_client.h"
#include "tests/support/process.h"

#define HOUSE_HOLDERS 3

struct house {
    char dir[256];
    struct daemon_process holders[HOUSE_HOLDERS];
    struct daemon_process index;
};

// Skips the test with a word where the programs were not built.
void house_open(struct house *house);
// Stops everything (an unclean stop fails the test) and removes the folder.
void house_close(struct house *house);

void house_start_holder(struct house *house, int holder); // 1..3
void house_start_index(struct house *house);
// Points the clients at the present ports; called by the starts.
void house_connect(const struct house *house);

// `signpost --config CLIENT.ini ARGUMENTS...`; the last argument is NULL.
struct outcome house_signpost(const struct house *house, const char *client, const char *input, ...);
// Any built program ("keys/ceremony/ceremony") in the house's folder.
struct outcome house_run(const struct house *house, const char *program, const char *input, ...);

// A caseload row without its status and quiet columns: "ref,forenames,surname,date_of_birth,nhs_number,upn".
// `verb` is register, close or withdraw; returns the program's exit code.
int house_change(const struct house *house, const char *verb, const char *client, const char *row);
// The answer column of `ask --csv` for the row. The caller frees.
char *house_answer(const struct house *house, const char *client, const char *row);
void house_expect(const struct house *house, const char *client, const char *row, const char *answer);

// A bare HTTPS client of the house with NAME.crt and NAME.key, and one exchange: with holder 1..3, or with the index
// (0). `body` NULL: GET. The reply is freed by the caller.
struct http_client *house_client(const struct house *house, const char *name);
struct http_exchange house_exchange(struct http_client *client, int holder, const char *path, const char *body);

// Replaces the line of a configuration or adds it, for the next start.
void house_set(const struct house *house, const char *name, const char *key, const char *value);
// Files in the house's folder.
void house_write(const struct house *house, const char *name, const char *text);
char *house_read(const struct house *house, const char *name); // the caller frees

#endif
