// SPDX-License-Identifier: Apache-2.0
// The client's configuration file.
#ifndef CLIENT_CONFIG_H
#define CLIENT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct client_config {
    char *descriptor, *trust;
    char *ca, *certificate, *key;
    char *handle_key;                // NULL: this client registers nothing
    char *local_contacts;            // NULL: none
    char *state;                     // folder
    char *purpose;                   // NULL: asked for each time
    char *connect_to;                // NULL: none
    char *proxy, *proxy_credentials; // NULL: by the environment, and none
    int64_t timeout_ms;
    int64_t term_days; // after which the index lets an involvement lapse
};

// `path` NULL: SIGNPOST_CONFIG, then ~/.config/signpost/signpost.ini (or under XDG_CONFIG_HOME), then
// /etc/signpost/signpost.ini, the first that exists. A `state` that is not given becomes ~/.local/state/signpost (or
// under XDG_STATE_HOME). ERR_NOT_FOUND, ERR_INPUT, ERR_IO, ERR_MEMORY.
err_t client_config_load(const char *path, struct client_config *out);
void client_config_free(struct client_config *config);
void client_config_help(FILE *out);

#endif
