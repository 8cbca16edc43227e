// SPDX-License-Identifier: Apache-2.0
// The configuration file of indexd, which indexctl reads as well.
#ifndef INDEXD_SETTINGS_H
#define INDEXD_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "indexd/alert_rules.h"
#include "indexd/engine.h"
#include "keys/descriptor.h"
#include "proto/access.h"
#include "proto/daemon.h"

struct settings { // the help texts stand in the table of settings.c
    struct daemon_settings server;
    char *store, *control, *police_agencies;
    int64_t map_size_gib, batch_children;
    int64_t feed_fresh_days;
    int64_t lapse_days, keep_days;
    int64_t checkpoint_interval_s, cosign_alarm_s;
    char *connect_to; // NULL: none
    int64_t person_limits[LIMIT_COUNT], agency_limits[LIMIT_COUNT];
    int64_t alerts[ALERT_NUMBERS];
    bool check_first;
};

extern const struct config_key settings_keys[];
extern const size_t settings_key_count;
extern const struct daemon_path settings_paths[];
extern const size_t settings_path_count;
extern const unsigned settings_calls; // groups of base/confine.h

// For indexctl. ERR_INPUT, ERR_NOT_FOUND, ERR_IO, ERR_MEMORY.
err_t settings_load(const char *path, struct settings *out);
void settings_free(struct settings *settings);

// The same settings as the engine takes them; it borrows the texts.
struct engine_settings settings_engine(const struct settings *settings);

// Loads trust and descriptor. ERR_SIGNATURE, ERR_EXPIRED, ERR_INPUT, ERR_IO.
err_t settings_scheme(const struct settings *settings, int64_t now_s, struct trust *out_trust,
                      struct descriptor *out_descriptor);

#endif
