// SPDX-License-Identifier: Apache-2.0
// Signed acts on indexctl's side. Every subcommand that needs one takes the same options (ACT_ROWS): with --as and
// --key it is signed here - once for each person - and carried out at once; with --out it is written to a file instead,
// for the next person to sign (`indexctl act sign`) and somebody to carry out (`indexctl act run`).
#ifndef INDEXD_INDEXCTL_SIGNING_H
#define INDEXD_INDEXCTL_SIGNING_H

#include "indexd/indexctl/request.h"

struct signing {
    struct option_list certificates, keys; // pairs
    const char *reason;
    const char *out;
};

#define ACT_ROWS(signing)                                                                                              \
    {"as",                                                                                                             \
     "CERTIFICATE",                                                                                                    \
     OPTION_LIST,                                                                                                      \
     &(signing)->certificates,                                                                                         \
     0,                                                                                                                \
     0,                                                                                                                \
     "Sign with this certificate; once for each person who signs here."},                                              \
        {"key", "KEY", OPTION_LIST, &(signing)->keys, 0, 0, "The private key of the --as before it."},                 \
        {"reason", "TEXT", OPTION_TEXT, &(signing)->reason, 0, 0, "Why; it is journalled. Nothing about a child."}, {  \
        "out", "FILE", OPTION_TEXT, &(signing)->out, 0, 0, "Write the act there instead, for another person to sign."  \
    }
#define ACT_ROW_COUNT 4

// Makes the act with these arguments (consumed; NULL stands for no memory), signs it, and carries it out or writes it.
// `attachment` (may be NULL) goes beside it, and its digest into the arguments. *out_reply is NULL when it was written;
// it is the caller's.
err_t signing_perform(const struct request *request, const struct signing *signing, const char *act, json_t *arguments,
                      const json_t *attachment, json_t **out_reply);
// A subcommand that signs an act about one thing, its operand.
struct signed_subcommand {
    const struct option_usage *usage;
    const char *act, *argument; // the act's name, and that of the argument which the operand is
    const char *failed;         // said in front of an error
    void (*print)(const char *operand);
};
int signing_run(int argc, char **argv, const struct signed_subcommand *subcommand);
// Reads the file that goes beside an act; json_decref it.
err_t signing_attachment(const char *path, json_t **out);
// Carries out the act of a file.
err_t signing_send(const struct request *request, struct bytes document, const json_t *attachment, json_t **out_reply);

#endif
