// SPDX-License-Identifier: Apache-2.0
// The real program in a temporary folder that holds what a ceremony begins with: passphrase files and a matching file.
// A command line is one text, its words parted by single spaces; $A stands for the authority's folder and passphrase.
#ifndef TESTS_KEYS_CEREMONY_RUN_H
#define TESTS_KEYS_CEREMONY_RUN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "keys/descriptor.h"
#include "proto/roster.h"
#include "tests/support/process.h"

#define SCHEME "demo"
#define DEAL                                                                                                           \
    "deal $A -t 2 -n 3 --matching matching.json --kdf interactive --holder https://h1.example:1 "                      \
    "--holder https://h2.example:2 --holder https://h3.example:3 --index https://index.example:4 "                     \
    "--holder-passphrase-file h1.pass --holder-passphrase-file h2.pass --holder-passphrase-file h3.pass"
#define COSIGN(holder) "cosign --share auth/holder-" #holder "/share.sealed --passphrase-file h" #holder ".pass "

// A test's fixture: the folder; with an initialised authority; and with a dealt key.
void run_start(void);
void run_start_initialised(void);
void run_start_dealt(void);
void run_end(void);

struct outcome run(const char *line);
// Exit code 0 and nothing on standard error.
void done(const char *line);
// Exit code 2, and standard error names the reason.
void refused(const char *line, const char *reason);

const char *in_dir(const char *name); // a path; valid until the next call
bool is_there(const char *name);
mode_t mode_of(const char *name);
void put_file(const char *name, mode_t mode, struct bytes contents); // replaces
struct buf get_file(const char *name);
// Replaces the first `from` in the file; the texts are of one length.
void alter_file(const char *name, const char *from, const char *to);

struct trust dealt_trust(void);
err_t open_descriptor(const char *name, struct descriptor *out); // as every party opens it, now
struct roster *roster_signed(void); // the authority's, as every daemon opens it; roster_free it
uint64_t roster_version(void);
// Signs a text as the authority would, into a file.
void sign_as_authority(const char *name, struct bytes text);

#endif
