// SPDX-License-Identifier: Apache-2.0
// What the actions of `ceremony roster` share. Each changes the roster in memory; roster.c signs it, or on any error
// throws it away.
#ifndef KEYS_CEREMONY_ROSTER_ACTION_H
#define KEYS_CEREMONY_ROSTER_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/options.h"
#include "keys/ceremony/folder.h"
#include "keys/ceremony/roster_change.h"
#include "proto/roster.h"

struct roster_options {
    const char *dir, *passphrase_file;
    int64_t days, entry_days;                   // entry_days 0: as long as the certificate, or as it was
    const char *vetting_until, *training_until; // dates; NULL: as they were
    struct option_list roles, limits;
    bool json;
};

struct change {
    const struct roster_options *given;
    struct folder folder;
    int64_t now_s;
    struct roster *roster;
    const char *const *items; // certificate files, identities, or the one file of a list
    size_t count;
    char spent[PATH_MAX]; // the act that is kept; removed again when the roster is not signed
};

// The identity that items[at] names. ERR_INPUT.
err_t roster_identity_at(const struct change *change, size_t at, struct urn *out);

err_t roster_action_allowance(struct change *change);
err_t roster_action_show(struct change *change);
err_t roster_action_import_barred(struct change *change);
err_t roster_action_unbar(struct change *change);
// What the options set in entries beside the key: roles, validity, vetting, training, limits. ERR_INPUT.
err_t roster_read_settings(const struct change *change, struct roster_settings *out);

#endif
