// SPDX-License-Identifier: Apache-2.0
// The subcommands of indexctl, for the table in main.c.
#ifndef INDEXD_INDEXCTL_SUBCOMMANDS_H
#define INDEXD_INDEXCTL_SUBCOMMANDS_H

int run_init(int argc, char **argv);           // store.c
int run_rebuild(int argc, char **argv);        // store.c
int run_import(int argc, char **argv);         // bulk.c
int run_repack(int argc, char **argv);         // bulk.c
int run_backup(int argc, char **argv);         // backup.c
int run_restore(int argc, char **argv);        // backup.c
int run_stats(int argc, char **argv);          // stats.c
int run_act(int argc, char **argv);            // act.c
int run_feeds(int argc, char **argv);          // feeds.c
int run_agency(int argc, char **argv);         // agency.c
int run_subject_access(int argc, char **argv); // subject.c
int run_decommission(int argc, char **argv);   // decommission.c
int run_shield(int argc, char **argv);         // shield.c
int run_journal(int argc, char **argv);        // journal.c
int run_deny(int argc, char **argv);           // access.c
int run_alerts(int argc, char **argv);         // alerts.c
int run_blocked(int argc, char **argv);        // blocks.c
int run_unblock(int argc, char **argv);        // blocks.c

#endif
