// SPDX-License-Identifier: Apache-2.0
// The subcommands of `ceremony`, one file each. All run on the authority's offline machine but `cosign`, `inbox`,
// `contribute`, `accept` and `destroy`, which a key holder runs, and `describe`, which anybody may.
#ifndef KEYS_CEREMONY_CEREMONY_H
#define KEYS_CEREMONY_CEREMONY_H

int ceremony_init(int argc, char **argv);
int ceremony_deal(int argc, char **argv);
int ceremony_cosign(int argc, char **argv);
int ceremony_redescribe(int argc, char **argv);
int ceremony_inbox(int argc, char **argv);
int ceremony_contribute(int argc, char **argv);
int ceremony_refresh(int argc, char **argv);
int ceremony_rotate(int argc, char **argv);
int ceremony_accept(int argc, char **argv);
int ceremony_destroy(int argc, char **argv);
int ceremony_issue(int argc, char **argv);
int ceremony_roster(int argc, char **argv);
int ceremony_describe(int argc, char **argv);

#define CEREMONY_EXIT_CODES "Exit codes: 0 done; 2 not done, with the reason on standard error."

#endif
