// SPDX-License-Identifier: Apache-2.0
// The subcommands of `indexctl journal`, for the table in journal.c.
#ifndef INDEXD_INDEXCTL_JOURNAL_H
#define INDEXD_INDEXCTL_JOURNAL_H

int run_journal_verify(int argc, char **argv);      // journal_verify.c
int run_journal_prove(int argc, char **argv);       // journal_prove.c
int run_journal_show(int argc, char **argv);        // journal_show.c
int run_journal_destroy_key(int argc, char **argv); // journal_keys.c
int run_journal_reconcile(int argc, char **argv);   // journal_reconcile.c
int run_journal_renew(int argc, char **argv);       // journal_keys.c

#endif
