// SPDX-License-Identifier: Apache-2.0
// Whose journal a subcommand works on: that of an index on this machine (--config), or an exported copy (--export), for
// which public keys suffice.
#ifndef INDEXD_INDEXCTL_JOURNAL_SOURCE_H
#define INDEXD_INDEXCTL_JOURNAL_SOURCE_H

#include <stdbool.h>

#include "base/options.h"
#include "indexd/settings.h"

struct source { // zero-initialise; source_free it
    const char *config, *export;
    const char *trust, *descriptor, *ca, *certificate, *key, *connect_to;
    bool json;
    struct settings settings; // of --config
    const char *folder;       // with journal/ and log/
    char *const *operands;
    size_t operand_count;
};

// The options of every such subcommand, and of those that ask key holders.
#define SOURCE_ROWS(source)                                                                                            \
    {"config", "FILE", OPTION_TEXT, &(source)->config, 0, 0, "The configuration file of indexd: its own journal."},    \
        {"export", "FOLDER", OPTION_TEXT, &(source)->export, 0, 0, "An exported copy instead."}, {                     \
        "json", NULL, OPTION_FLAG, &(source)->json, 0, 0, "Print JSON."                                                \
    }
#define SOURCE_ROW_COUNT 3

// Reads the command line by `rows`, which hold SOURCE_ROWS, and `operands` operands. GO_ON (indexctl/request.h), or the
// exit code; source_free it in either case.
int source_read(int argc, char **argv, const struct option_usage *usage, const struct option_row *rows, size_t count,
                size_t operands, struct source *source);
void source_free(struct source *source);

// A record's number or a tree's size. ERR_INPUT.
err_t source_number(const char *text, uint64_t *out);

#endif
