// SPDX-License-Identifier: Apache-2.0
// The configuration file of keyholderd.
#ifndef KEYS_KEYHOLDERD_SETTINGS_H
#define KEYS_KEYHOLDERD_SETTINGS_H

#include <stddef.h>

#include "proto/budget.h"
#include "proto/daemon.h"

struct settings { // the help texts stand in the table of settings.c
    struct daemon_settings server;
    char *share;
    char *passphrase_file;       // NULL: asked at the terminal
    char *passphrase_credential; // NULL: not by a credential
    char *state;
    int64_t person_limits[LIMIT_COUNT], agency_limits[LIMIT_COUNT];
};

extern const struct config_key settings_keys[];
extern const size_t settings_key_count;
extern const struct daemon_path settings_paths[];
extern const size_t settings_path_count;
extern const unsigned settings_calls; // groups of base/confine.h

#endif
